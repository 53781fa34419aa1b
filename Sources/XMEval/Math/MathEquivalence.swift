// Three answers to "is this answer the gold answer": the paper's rule, the data set's own, and math_verify's.
// SPDX-License-Identifier: Apache-2.0

package enum MathEquivalence: String, CaseIterable, Sendable {
    /// Both normalised answers are LaTeX that SymPy parses, and their difference is zero. What does not parse is not
    /// equal, not even to itself.
    case paper
    /// Equal strings after the light normalisation of the MATH data set.
    case hendrycks
    /// Of whole texts: the answers that math_verify finds in a generation and in the gold solution, compared as
    /// numbers, expressions, tuples, sets, intervals, matrices or relations.
    case verify

    package func areEqual(_ prediction: String, _ gold: String) -> Bool {
        switch self {
        case .paper:
            guard let left = try? SymPyLaTeX.expression(prediction), let right = try? SymPyLaTeX.expression(gold) else {
                return false
            }
            return ExpressionEvaluator.areEqual(left, right)
        case .hendrycks: return HendrycksEquivalence.areEqual(prediction, gold)
        case .verify: return MathVerify.areEqual(generation: prediction, solution: gold)
        }
    }
}

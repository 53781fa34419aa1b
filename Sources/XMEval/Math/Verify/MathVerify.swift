// math_verify 0.9.0 as lm-evaluation-harness's minerva_math uses it: the answer found in a generation against the
// answer found in the gold solution. A found answer has a value, where it parses, and a text; one equal pair is enough.
// Start with VerifyExtraction.swift.
// SPDX-License-Identifier: Apache-2.0

enum MathVerify {
    struct Found {
        var value: VerifyValue?
        var text: Scalars?
    }

    private static let maximumLength = 10_000
    /// Of one answer; a longer one has a text only.
    private static let maximumAnswer = 1000
    /// Matches of one text that are parsed at most.
    private static let maximumMatches = 20
    /// Of the parser, for all matches of one text.
    private static let maximumSteps = 40_000

    static func areEqual(generation: String, solution: String) -> Bool {
        let gold = found(in: solution)
        let prediction = found(in: generation)
        if let left = gold.value, let right = prediction.value,
            VerifyComparison.areEqual(gold: left, prediction: right)
        {
            return true
        }
        guard let left = gold.text?.stripped(), let right = prediction.text?.stripped() else { return false }
        return !left.isEmpty && left == right
    }

    /// The first match, by preference, that parses; the text of the first match.
    static func found(in text: String) -> Found {
        let scalars = Scalars(text)
        guard scalars.count <= maximumLength else { return Found() }
        var result = Found()
        var matchesLeft = maximumMatches
        var steps = maximumSteps
        for group in VerifyExtraction(scalars).groups() {
            for match in group() {
                matchesLeft -= 1
                guard matchesLeft > 0 else { return result }
                let (value, text) = answer(of: match, steps: &steps)
                if result.text == nil, !text.isEmpty { result.text = text }
                if let value {
                    result.value = value
                    return result
                }
            }
        }
        return result
    }

    private static func answer(of match: VerifyMatch, steps: inout Int) -> (value: VerifyValue?, text: Scalars) {
        switch match.kind {
        case .number(let kind): return number(kind)
        case .box(let content):
            let text = VerifyNormalization.normalized(content, boxes: .last)
            guard text.count <= maximumAnswer else { return (nil, text) }
            return (try? VerifyConversion.value(text, steps: &steps), text)
        case .latex(let environments):
            guard environments.allSatisfy({ $0.content.count <= maximumAnswer }) else {
                return (nil, environments[0].content)
            }
            let texts = environments.map { VerifyNormalization.normalized($0.content, boxes: .all) }
            let values = zip(texts, environments).map { text, environment -> VerifyValue? in
                guard let value = try? VerifyConversion.value(text, steps: &steps) else { return nil }
                guard environment.isPercent else { return value }
                return value.expression.map { .percent($0) }
            }
            guard values.count > 1, !values.contains(nil) else { return (values[0], texts[0]) }
            // "1, 2 and 3": one set.
            let elements = values.compactMap { $0 }.flatMap { value -> [VerifyValue] in
                if case .finiteSet(let elements) = value { elements } else { [value] }
            }
            return (.set(elements), Scalars(texts.joined(separator: Scalars(" and "))))
        }
    }

    private static func number(_ kind: VerifyNumber.Kind) -> (value: VerifyValue?, text: Scalars) {
        switch kind {
        case .arithmetic(let text): return (PlainArithmetic.expression(text).map { .expression($0) }, text)
        case .number(let integer, let decimals, let isPercent):
            let digits = integer.filter { $0 != "," && $0 != " " }.drop { $0 == "0" }
            let whole = digits.isEmpty ? ["0"] : Scalars(digits)
            let text = whole + decimals.map { $0 == "," ? "." : $0 }
            let number = MathExpression.number(text.text)
            return (isPercent ? .percent(number) : .expression(number), text)
        }
    }
}

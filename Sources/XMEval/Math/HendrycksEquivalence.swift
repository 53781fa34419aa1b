// Equality of answers as strings after light normalisation: the rule that came with the MATH data set (Hendrycks et
// al. 2021), which lm-evaluation-harness's hendrycks_math uses. Where the reference's normalisation of either answer
// raises an exception, the raw strings are compared.
// SPDX-License-Identifier: Apache-2.0

enum HendrycksEquivalence {
    private static let maximumLength = 10_000

    static func areEqual(_ prediction: String, _ gold: String) -> Bool {
        let left = Scalars(prediction)
        let right = Scalars(gold)
        guard max(left.count, right.count) <= maximumLength, let first = normalized(left),
            let second = normalized(right)
        else { return left == right }
        return first == second
    }

    /// Nil where the reference raises an exception.
    static func normalized(_ answer: Scalars) -> Scalars? {
        var text = answer.replaced("\n").replaced("\\!").replaced("\\\\", by: "\\")
        text = text.replaced("tfrac", by: "frac").replaced("dfrac", by: "frac")
        text = text.replaced("\\left").replaced("\\right").replaced("^{\\circ}").replaced("^\\circ").replaced("\\$")
        // `\text{ ` only ever introduces a unit.
        let units = text.pieces("\\text{ ")
        guard units.count <= 2 else { return nil }
        text = units[0].replaced("\\%")
        text = text.replaced(" .", by: " 0.").replaced("{.", by: "{0.")
        if text.isEmpty { return text }
        if text[0] == "." { text.insert("0", at: 0) }
        // `x = 5` is 5 where the left side is that short.
        let sides = text.pieces("=")
        if sides.count == 2, sides[0].count <= 2 { text = sides[1] }
        guard let roots = bracedRoots(text), let fractions = bracedFractions(roots.replaced(" ")) else { return nil }
        text = fractions
        if text.text == "0.5" { text = Scalars("\\frac{1}{2}") }
        return slashAsFraction(text)
    }

    /// `\sqrt3` → `\sqrt{3}`.
    private static func bracedRoots(_ text: Scalars) -> Scalars? {
        let parts = text.pieces("\\sqrt")
        var result = parts[0]
        for part in parts.dropFirst() {
            guard let first = part.first else { return nil }
            result += Scalars("\\sqrt")
            result += first == "{" ? part : ["{", first, "}"] + part[1...]
        }
        return result
    }

    /// `\frac12` → `\frac{1}{2}`, `\frac1{72}` → `\frac{1}{72}`; a text that ends too early stays as it is.
    private static func bracedFractions(_ text: Scalars) -> Scalars? {
        let parts = text.pieces("\\frac")
        var result = parts[0]
        for part in parts.dropFirst() {
            guard let first = part.first else { return nil }
            result += Scalars("\\frac")
            if first == "{" {
                result += part
            } else if part.count < 2 {
                return text
            } else {
                let second = part[1]
                result += ["{", first, "}"]
                result += second == "{" ? Scalars(part[1...]) : ["{", second, "}"] + part[2...]
            }
        }
        return result
    }

    /// `3/4` → `\frac{3}{4}`, for two integers as Python prints them. Sides that are no integers at all raise an
    /// exception in the reference, so that the raw strings are compared.
    private static func slashAsFraction(_ text: Scalars) -> Scalars? {
        let sides = text.pieces("/")
        guard sides.count == 2 else { return text }
        guard sides.allSatisfy(isPythonInteger) else { return nil }
        guard sides.allSatisfy(isPrintedInteger) else { return text }
        return Scalars("\\frac{") + sides[0] + Scalars("}{") + sides[1] + ["}"]
    }

    /// What `int(text)` takes: a sign, digits, single underscores between digits. Spaces are gone already.
    private static func isPythonInteger(_ text: Scalars) -> Bool {
        let digits = text.first == "-" || text.first == "+" ? text[1...] : text[...]
        let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
        return groups.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.properties.numericType == .decimal } }
    }

    private static func isPrintedInteger(_ text: Scalars) -> Bool {
        let digits = text.first == "-" ? text[1...] : text[...]
        guard !digits.isEmpty, digits.allSatisfy(\.isASCIIDigit) else { return false }
        return digits.first != "0" || text == ["0"]
    }
}

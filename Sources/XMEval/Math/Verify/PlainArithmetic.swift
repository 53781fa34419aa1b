// Arithmetic with numbers in plain text, by the rules of Python's expressions.
// SPDX-License-Identifier: Apache-2.0

/// Sums of numbers as Python reads them, `^` being a power: `2*(3 + 4)/5`.
struct PlainArithmetic {
    private let text: Scalars
    private var index = 0
    private var depth = 0

    static func expression(_ text: Scalars) -> MathExpression? {
        var parser = PlainArithmetic(text: text.filter { $0 != "\n" }.replaced("^", by: "**"))
        guard let expression = parser.sum() else { return nil }
        parser.skipSpaces()
        return parser.index == parser.text.count ? expression : nil
    }

    private init(text: Scalars) { self.text = text }

    private mutating func skipSpaces() {
        while index < text.count, text[index].isPythonSpace { index += 1 }
    }

    private mutating func take(_ sign: String) -> Bool {
        skipSpaces()
        guard text.matches(sign, at: index) else { return false }
        index += sign.unicodeScalars.count
        return true
    }

    private mutating func sum() -> MathExpression? {
        guard var result = product() else { return nil }
        while true {
            if take("+") {
                guard let term = product() else { return nil }
                result = .sum([result, term])
            } else if take("-") {
                guard let term = product() else { return nil }
                result = .sum([result, .negative(term)])
            } else {
                return result
            }
        }
    }

    private mutating func product() -> MathExpression? {
        guard var result = signed() else { return nil }
        while true {
            skipSpaces()
            if text.matches("**", at: index) { return nil }
            if take("*") {
                guard let factor = signed() else { return nil }
                result = .product([result, factor])
            } else if take("/") {
                guard !text.matches("/", at: index), let factor = signed() else { return nil }
                result = .quotient(result, factor)
            } else {
                return result
            }
        }
    }

    private mutating func signed() -> MathExpression? {
        depth += 1
        defer { depth -= 1 }
        guard depth < 100 else { return nil }
        if take("-") { return signed().map { .negative($0) } }
        if take("+") { return signed() }
        guard let base = operand() else { return nil }
        guard take("**") else { return base }
        return signed().map { .power(base, $0) }
    }

    private mutating func operand() -> MathExpression? {
        if take("(") {
            guard let inner = sum(), take(")") else { return nil }
            return inner
        }
        skipSpaces()
        let digits = text[index...].prefix { $0.isASCIIDigit || $0 == "." }
        let points = digits.count { $0 == "." }
        guard digits.count > points, points <= 1, digits.count < 4300 else { return nil }
        guard points == 1 || digits.first != "0" || digits.allSatisfy({ $0 == "0" }) else { return nil }
        index = digits.endIndex
        return .number(Scalars(digits).text)
    }
}

// An expression as the LaTeX parsers give it, unevaluated. ExpressionEvaluator.swift gives it values.
// SPDX-License-Identifier: Apache-2.0

indirect enum MathExpression: Hashable, Sendable {
    /// Digits with at most one point, as they were written.
    case number(String)
    case symbol(String)
    case constant(Constant)
    case sum([MathExpression])
    case product([MathExpression])
    case power(MathExpression, MathExpression)
    case function(String, [MathExpression])

    enum Constant: Hashable, Sendable {
        case pi, e, i, eulerGamma, infinity
    }

    static func integer(_ value: Int) -> MathExpression {
        value < 0 ? .negative(.number(String(-value))) : .number(String(value))
    }

    static func negative(_ value: MathExpression) -> MathExpression { .product([.number("-1"), value]) }
    static func quotient(_ numerator: MathExpression, _ denominator: MathExpression) -> MathExpression {
        .product([numerator, .power(denominator, .number("-1"))])
    }
    static func root(_ base: MathExpression, _ degree: MathExpression) -> MathExpression {
        .power(base, .power(degree, .number("-1")))
    }

    static func rational(_ fraction: SmallFraction) -> MathExpression {
        let numerator = MathExpression.number(String(fraction.numerator))
        return fraction.denominator == 1
            ? numerator : .quotient(numerator, .number(String(fraction.denominator)))
    }

    /// The fraction that `rational` made this of; nil for a decimal and for anything that is not calculated yet.
    var rational: SmallFraction? {
        switch self {
        case .number(let digits):
            return digits.utf8.contains(UInt8(ascii: ".")) ? nil : SmallFraction(decimal: digits)
        case .product(let factors):
            guard factors.count == 2, case .number = factors[0], case .power(.number, .number("-1")) = factors[1],
                case .power(let denominator, _) = factors[1], let bottom = denominator.rational,
                let top = factors[0].rational
            else { return nil }
            return bottom.integer.flatMap { $0 == 0 ? nil : SmallFraction(top.numerator, $0) }
        default: return nil
        }
    }

    var isDecimal: Bool {
        if case .number(let digits) = self { digits.utf8.contains(UInt8(ascii: ".")) } else { false }
    }

    var isNegativeInfinity: Bool { self == .negative(.constant(.infinity)) }

    private var parts: [MathExpression] {
        switch self {
        case .number, .symbol, .constant: []
        case .sum(let parts), .product(let parts), .function(_, let parts): parts
        case .power(let base, let exponent): [base, exponent]
        }
    }

    func contains(_ predicate: (MathExpression) -> Bool) -> Bool {
        predicate(self) || parts.contains { $0.contains(predicate) }
    }

    var hasSymbols: Bool {
        contains { if case .symbol = $0 { true } else { false } }
    }

    var symbols: Set<String> {
        if case .symbol(let name) = self { [name] } else { parts.reduce(into: []) { $0.formUnion($1.symbols) } }
    }

    var hasInfinity: Bool { contains { $0 == .constant(.infinity) } }
}

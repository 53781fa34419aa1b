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

    var hasInfinity: Bool { contains { $0 == .constant(.infinity) } }
}

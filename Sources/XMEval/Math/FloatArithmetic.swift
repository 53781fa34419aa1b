// Constants with decimals. To SymPy a decimal is a double: 7 · 22.8 / 7 is not 22.8 to it, 0.5 is 1/2, and √5.0
// is a number that no rounding makes √5. They are therefore calculated as SymPy does.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum FloatArithmetic {
    private enum Value {
        case exact(SmallFraction)
        case double(Double)

        var asDouble: Double {
            switch self {
            case .exact(let fraction): fraction.double
            case .double(let value): value
            }
        }
    }

    /// Digits that a double holds; SymPy gives longer decimals a higher precision.
    private static let maximumDigits = 15

    /// Whether two expressions are equal where one is a constant with decimals or has decimals within a function, which
    /// only decimals can match there: sin 3.0x is not sin 3x. Nil otherwise.
    static func verdict(_ left: MathExpression, _ right: MathExpression) -> Bool? {
        guard left.hasDecimals || right.hasDecimals else { return nil }
        guard !left.hasSymbols, !right.hasSymbols else {
            return left.hasDecimals != right.hasDecimals
                && (left.hasDecimalsInFunctions || right.hasDecimalsInFunctions) ? false : nil
        }
        let values = (value(left), value(right))
        switch values {
        case (let first?, let second?): return first.asDouble == second.asDouble
        // A double against an irrational number.
        case (.double, nil) where !right.hasDecimals, (nil, .double) where !left.hasDecimals: return false
        default: return nil
        }
    }

    private static func value(_ expression: MathExpression) -> Value? {
        switch expression {
        case .number(let digits):
            guard let fraction = SmallFraction(decimal: digits) else { return nil }
            guard digits.utf8.contains(UInt8(ascii: ".")) else { return .exact(fraction) }
            return digits.utf8.count <= maximumDigits ? .double(fraction.double) : nil
        case .sum(let terms): return fold(terms, SmallFraction.sum, +)
        // Division is multiplication by the rounded inverse.
        case .product(let factors): return fold(factors, SmallFraction.product, *)
        case .power(let base, let exponent):
            guard let base = value(base), let exponent = value(exponent) else { return nil }
            if case .exact(let base) = base, case .exact(let exponent) = exponent {
                return exponent.integer.flatMap { base.raised(to: $0) }.map { .exact($0) }
            }
            let power = pow(base.asDouble, exponent.asDouble)
            return power.isFinite ? .double(power) : nil
        case .function:
            // A function of a decimal is a decimal.
            return expression.hasDecimals ? ExpressionEvaluator.real(expression).map { .double($0) } : nil
        case .symbol, .constant: return nil
        }
    }

    private static func fold(
        _ parts: [MathExpression], _ exact: (SmallFraction, SmallFraction) -> SmallFraction?,
        _ double: (Double, Double) -> Double
    ) -> Value? {
        guard var result = value(parts[0]) else { return nil }
        for part in parts.dropFirst() {
            guard let next = value(part) else { return nil }
            if case .exact(let left) = result, case .exact(let right) = next {
                guard let both = exact(left, right) else { return nil }
                result = .exact(both)
            } else {
                result = .double(double(result.asDouble, next.asDouble))
            }
        }
        return result
    }
}

extension MathExpression {
    fileprivate var hasDecimals: Bool { contains(\.isDecimal) }

    fileprivate var hasDecimalsInFunctions: Bool {
        contains { part in
            if case .function(_, let arguments) = part { arguments.contains(where: \.hasDecimals) } else { false }
        }
    }
}

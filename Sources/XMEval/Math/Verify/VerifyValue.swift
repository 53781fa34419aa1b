// What math_verify's parser gives: an expression, or a set, tuple, interval, matrix or relation of expressions.
// SPDX-License-Identifier: Apache-2.0

indirect enum VerifyValue: Hashable, Sendable {
    case expression(MathExpression)
    /// A percentage by its number: 50 % is close to 1/2, but also equal to 50.
    case percent(MathExpression)
    case tuple([VerifyValue])
    /// In the order of writing, without duplicates.
    case finiteSet([VerifyValue])
    case interval(MathExpression, MathExpression, leftOpen: Bool, rightOpen: Bool)
    case union([VerifyValue])
    case intersection([VerifyValue])
    case difference(VerifyValue, VerifyValue)
    case namedSet(String)
    case matrix([[MathExpression]])
    /// Neighbours related one after the other: 1 < x ≤ 2 has three sides and two relations.
    case relation(sides: [VerifyValue], [Relation])

    enum Relation: String, Hashable, Sendable {
        case equal = "="
        case unequal = "≠"
        case less = "<"
        case lessOrEqual = "≤"
        case greater = ">"
        case greaterOrEqual = "≥"

        var flipped: Relation {
            switch self {
            case .equal, .unequal: self
            case .less: .greater
            case .lessOrEqual: .greaterOrEqual
            case .greater: .less
            case .greaterOrEqual: .lessOrEqual
            }
        }
    }

    static func set(_ elements: [VerifyValue]) -> VerifyValue {
        var kept: [VerifyValue] = []
        for element in elements where !kept.contains(element) { kept.append(element) }
        return .finiteSet(kept)
    }

    /// The expression of a percentage as a number.
    static func hundredth(_ expression: MathExpression) -> MathExpression {
        .quotient(expression, .number("100"))
    }

    var expression: MathExpression? {
        switch self {
        case .expression(let expression): expression
        case .percent(let number): Self.hundredth(number)
        default: nil
        }
    }

    var isSet: Bool {
        switch self {
        case .finiteSet, .interval, .union, .intersection, .difference, .namedSet: true
        default: false
        }
    }
}

// The value of an expression at a point, in up to three forms: a fraction where it is a constant one, an element of a
// finite field where it is a rational function of its symbols, and an approximation. Exact forms decide where both
// sides have them.
// SPDX-License-Identifier: Apache-2.0

struct ExpressionValue: Sendable {
    var fraction: SmallFraction?
    var element: FieldElement?
    var approximation: Approximation?

    static func + (left: ExpressionValue, right: ExpressionValue) -> ExpressionValue {
        ExpressionValue(
            fraction: both(left.fraction, right.fraction, SmallFraction.sum),
            element: both(left.element, right.element, +),
            approximation: both(left.approximation, right.approximation, +))
    }

    static func * (left: ExpressionValue, right: ExpressionValue) -> ExpressionValue {
        ExpressionValue(
            fraction: both(left.fraction, right.fraction, SmallFraction.product),
            element: both(left.element, right.element, *),
            approximation: both(left.approximation, right.approximation, *))
    }

    func raised(to exponent: ExpressionValue) -> ExpressionValue {
        guard let power = exponent.fraction?.integer else {
            return ExpressionValue(
                approximation: Self.both(approximation, exponent.approximation) { $0.raised(to: $1) })
        }
        return ExpressionValue(
            fraction: fraction?.raised(to: power), element: element?.raised(to: power),
            approximation: approximation?.raised(to: power))
    }

    private static func both<Form>(_ left: Form?, _ right: Form?, _ operation: (Form, Form) -> Form?) -> Form? {
        guard let left, let right else { return nil }
        return operation(left, right)
    }

    init(fraction: SmallFraction? = nil, element: FieldElement? = nil, approximation: Approximation? = nil) {
        self.fraction = fraction
        self.element = element
        self.approximation = approximation ?? fraction.map { Approximation($0.double) }
    }

    init(_ fraction: SmallFraction?) {
        self.init(
            fraction: fraction,
            element: fraction.flatMap { value in
                FieldElement(value.denominator).raised(to: -1).map { FieldElement(value.numerator) * $0 }
            })
    }

    /// Nil where the values are too inexact to tell.
    func agrees(with other: ExpressionValue) -> Bool? {
        if let element, let same = other.element { return element == same }
        guard let approximation, let same = other.approximation else { return nil }
        return Approximation.agree(approximation, same, tolerance: ExpressionEvaluator.tolerance)
    }
}

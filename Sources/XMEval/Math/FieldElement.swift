// Arithmetic modulo the prime 2⁶¹ − 1. Two rational functions that differ have different values at a random point of
// the field but for a chance of degree / 2⁶¹ (Schwartz and Zippel), so that identity is decided exactly with integers
// of any size and without big numbers.
// SPDX-License-Identifier: Apache-2.0

struct FieldElement: Hashable, Sendable {
    static let modulus: UInt64 = (1 << 61) - 1
    static let one = FieldElement(1)

    private let value: UInt64

    init(_ value: UInt64) { self.value = value % Self.modulus }

    init(_ value: Int) {
        let magnitude = FieldElement(UInt64(value.magnitude))
        self = value < 0 ? -magnitude : magnitude
    }

    /// Of a decimal number: digits with at most one point, perhaps a minus sign.
    init(decimal text: String) {
        var digits = FieldElement(0)
        var scale = FieldElement.one
        var isFraction = false
        let ten = FieldElement(10)
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") { isFraction = true }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { continue }
            digits = digits * ten + FieldElement(UInt64(byte - UInt8(ascii: "0")))
            if isFraction { scale = scale * ten }
        }
        // The scale is a power of ten, which the prime does not divide.
        let quotient = digits * scale.power(Int(Self.modulus - 2))
        self = text.utf8.first == UInt8(ascii: "-") ? -quotient : quotient
    }

    var isZero: Bool { value == 0 }

    static func + (left: FieldElement, right: FieldElement) -> FieldElement { FieldElement(left.value + right.value) }
    static prefix func - (element: FieldElement) -> FieldElement { FieldElement(modulus - element.value) }
    static func * (left: FieldElement, right: FieldElement) -> FieldElement {
        let product = left.value.multipliedFullWidth(by: right.value)
        // 2⁶¹ is 1 here: the bits from 61 on are added to the lower ones.
        let upper = product.high << 3 | product.low >> 61
        return FieldElement(upper + product.low & modulus)
    }

    /// For an exponent of zero or more.
    private func power(_ exponent: Int) -> FieldElement {
        var result = FieldElement.one
        var square = self
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = result * square }
            square = square * square
            rest >>= 1
        }
        return result
    }

    /// Nil for a negative power of zero.
    func raised(to exponent: Int) -> FieldElement? {
        guard exponent < 0 else { return power(exponent) }
        guard !isZero, exponent != .min else { return nil }
        return power(Int(Self.modulus - 2)).power(-exponent)
    }
}

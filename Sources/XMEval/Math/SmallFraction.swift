// Fractions of 64-bit integers: the constants of nearly every answer, exactly. What does not fit has no fraction, and
// is compared as a field element or an approximation.
// SPDX-License-Identifier: Apache-2.0

/// A fraction in lowest terms with a positive denominator; operations give nil where 64 bits do not suffice.
struct SmallFraction: Hashable, Sendable {
    let numerator: Int
    let denominator: Int

    init?(_ numerator: Int, _ denominator: Int = 1) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var (a, b) = (abs(numerator), abs(denominator))
        while b != 0 { (a, b) = (b, a % b) }
        let sign = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / a
        self.denominator = sign * denominator / a
    }

    /// Of digits with at most one point, perhaps a minus sign.
    init?(decimal text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1].count : 0
        guard decimals <= 18, let digits = Int(parts.map { String(decoding: $0, as: UTF8.self) }.joined()) else {
            return nil
        }
        self.init(digits, (0..<decimals).reduce(1) { power, _ in power * 10 })
    }

    var integer: Int? { denominator == 1 ? numerator : nil }
    var double: Double { Double(numerator) / Double(denominator) }

    static func sum(_ left: SmallFraction, _ right: SmallFraction) -> SmallFraction? {
        guard let first = product(left.numerator, right.denominator),
            let second = product(right.numerator, left.denominator),
            let denominator = product(left.denominator, right.denominator)
        else { return nil }
        let (numerator, overflow) = first.addingReportingOverflow(second)
        return overflow ? nil : SmallFraction(numerator, denominator)
    }

    static func product(_ left: SmallFraction, _ right: SmallFraction) -> SmallFraction? {
        guard let numerator = product(left.numerator, right.numerator),
            let denominator = product(left.denominator, right.denominator)
        else { return nil }
        return SmallFraction(numerator, denominator)
    }

    func raised(to exponent: Int) -> SmallFraction? {
        guard exponent >= 0 else {
            return exponent == .min ? nil : SmallFraction(denominator, numerator)?.raised(to: -exponent)
        }
        if exponent == 0 || self == SmallFraction(1) { return SmallFraction(1) }
        if numerator == 0 { return self }
        if self == SmallFraction(-1) { return exponent % 2 == 0 ? SmallFraction(1) : self }
        guard exponent < 64 else { return nil }
        var result = SmallFraction(1)
        for _ in 0..<exponent { result = result.flatMap { SmallFraction.product($0, self) } }
        return result
    }

    private static func product(_ left: Int, _ right: Int) -> Int? {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? nil : product
    }
}

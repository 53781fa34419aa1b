// A complex number in double precision with a bound on its absolute error, so that two values are told apart where
// their difference exceeds what rounding may have done, and nothing is concluded from values that rounding has ruined.
// Branches are the principal ones, as in SymPy.
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct Approximation: Sendable {
    var re: Double
    var im: Double
    var error: Double

    /// Relative rounding error of one operation, with a margin for the library's functions.
    private static let unit = 4 * Double.ulpOfOne

    init(_ re: Double, _ im: Double = 0, error: Double? = nil) {
        self.re = re
        self.im = im
        self.error = (error ?? 0) + Self.unit * hypot(re, im)
    }

    var magnitude: Double { hypot(re, im) }
    var isFinite: Bool { re.isFinite && im.isFinite && error.isFinite }
    var isReal: Bool { abs(im) <= error }
    var isZero: Bool { magnitude <= error }

    /// Whether two values agree to `tolerance`; nil where their errors are too large to tell.
    static func agree(_ left: Approximation, _ right: Approximation, tolerance: Double) -> Bool? {
        guard left.isFinite, right.isFinite else { return nil }
        let scale = max(1e-30, left.magnitude, right.magnitude)
        let error = 2 * (left.error + right.error)
        guard error <= tolerance * max(scale, 1e-3) else { return nil }
        return hypot(left.re - right.re, left.im - right.im) <= error
    }

    static func + (left: Approximation, right: Approximation) -> Approximation {
        Approximation(left.re + right.re, left.im + right.im, error: left.error + right.error)
    }

    static prefix func - (value: Approximation) -> Approximation {
        var result = value
        (result.re, result.im) = (-value.re, -value.im)
        return result
    }

    static func * (left: Approximation, right: Approximation) -> Approximation {
        Approximation(
            left.re * right.re - left.im * right.im, left.re * right.im + left.im * right.re,
            error: left.magnitude * right.error + right.magnitude * left.error + left.error * right.error)
    }

    /// Nil for what may be zero.
    var inverse: Approximation? {
        let size = magnitude
        guard size > 2 * error, size.isFinite else { return nil }
        return Approximation(re / size / size, -im / size / size, error: 2 * error / size / size)
    }

    var exponential: Approximation {
        let size = exp(re)
        return Approximation(size * cos(im), size * sin(im), error: size * expm1(min(error, 700)))
    }

    /// Nil for zero.
    var logarithm: Approximation? {
        guard magnitude > 2 * error else { return nil }
        // The branch cut: a value that may lie on either side of it has no certain logarithm, a real one has.
        if re < 0, im != 0, abs(im) <= error {
            return Approximation(log(magnitude), .pi, error: 2 * error / magnitude)
        }
        return Approximation(log(magnitude), atan2(im, re), error: 2 * error / magnitude)
    }

    func raised(to exponent: Int) -> Approximation? {
        guard exponent >= 0 else {
            guard exponent > -(1 << 40), let inverse else { return nil }
            return inverse.raised(to: -exponent)
        }
        var result = Approximation(1)
        var square = self
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = result * square }
            rest >>= 1
            if rest > 0 { square = square * square }
        }
        return result
    }

    func raised(to exponent: Approximation) -> Approximation? {
        if isZero { return exponent.re > exponent.error && magnitude == 0 ? Approximation(0) : nil }
        return logarithm.map { ($0 * exponent).exponential }
    }

    var squareRoot: Approximation? { raised(to: Approximation(0.5)) }
    static let i = Approximation(0, 1)

    /// Functions of the LaTeX parsers by their names; nil outside of a domain and for unknown names.
    func applying(_ name: String) -> Approximation? {
        let one = Approximation(1)
        let i = Approximation.i
        func half(_ value: Approximation) -> Approximation { value * Approximation(0.5) }
        var sine: Approximation { -(i * half((i * self).exponential + -(-(i * self)).exponential)) }
        var cosine: Approximation { half((i * self).exponential + (-(i * self)).exponential) }
        var hyperbolicSine: Approximation { half(exponential + -(-self).exponential) }
        var hyperbolicCosine: Approximation { half(exponential + (-self).exponential) }
        switch name {
        case "exp": return exponential
        case "log": return logarithm
        case "sin": return sine
        case "cos": return cosine
        case "tan": return cosine.inverse.map { sine * $0 }
        case "csc": return sine.inverse
        case "sec": return cosine.inverse
        case "cot": return sine.inverse.map { cosine * $0 }
        case "sinh": return hyperbolicSine
        case "cosh": return hyperbolicCosine
        case "tanh": return hyperbolicCosine.inverse.map { hyperbolicSine * $0 }
        case "asin":
            // −i ln(iz + √(1 − z²))
            return (one + -(self * self)).squareRootOrZero.flatMap { (i * self + $0).logarithm }.map { -(i * $0) }
        case "acos": return applying("asin").map { Approximation(.pi / 2) + -$0 }
        case "atan":
            // (i/2) (ln(1 − iz) − ln(1 + iz))
            guard let low = (one + -(i * self)).logarithm, let high = (one + i * self).logarithm else { return nil }
            return half(i * (low + -high))
        case "acsc": return inverse?.applying("asin")
        case "asec": return inverse?.applying("acos")
        case "acot": return isZero ? Approximation(.pi / 2) : inverse?.applying("atan")
        case "asinh": return (self * self + one).squareRootOrZero.flatMap { (self + $0).logarithm }
        case "acosh":
            guard let low = (self + -one).squareRootOrZero, let high = (self + one).squareRootOrZero else { return nil }
            return (self + low * high).logarithm
        case "atanh":
            guard let low = (one + -self).logarithm, let high = (one + self).logarithm else { return nil }
            return half(high + -low)
        case "abs": return Approximation(magnitude, error: error)
        case "conjugate", "overline": return Approximation(re, -im, error: error)
        case "floor": return rounded { $0.rounded(.down) }
        case "ceiling": return rounded { $0.rounded(.up) }
        default: return nil
        }
    }

    private var squareRootOrZero: Approximation? { isZero ? Approximation(0, error: error.squareRoot()) : squareRoot }

    /// Of both parts, as SymPy defines floor and ceiling; nil where an error reaches over a step.
    private func rounded(_ rule: (Double) -> Double) -> Approximation? {
        func part(_ value: Double) -> Double? {
            let exact = value.rounded()
            if value == exact { return exact }
            return rule(value - error) == rule(value + error) ? rule(value) : nil
        }
        guard magnitude < 1e15, let re = part(re), let im = part(im) else { return nil }
        return Approximation(re, im)
    }

    /// Γ by Lanczos' approximation (g = 7, nine terms).
    var gamma: Approximation? {
        guard magnitude < 150 else { return nil }
        if re < 0.5 {
            // Γ(z) Γ(1 − z) = π / sin πz
            guard let reflected = (Approximation(1) + -self).gamma,
                let sine = (self * Approximation(.pi)).applying("sin")
            else { return nil }
            return (sine * reflected).inverse.map { $0 * Approximation(.pi) }
        }
        let coefficients = [
            676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
            -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
        ]
        let z = self + Approximation(-1)
        var series = Approximation(0.99999999999980993)
        for (index, coefficient) in coefficients.enumerated() {
            guard let term = (z + Approximation(Double(index + 1))).inverse else { return nil }
            series = series + Approximation(coefficient) * term
        }
        let t = z + Approximation(7.5)
        guard let power = t.raised(to: z + Approximation(0.5)) else { return nil }
        var result = Approximation((2 * Double.pi).squareRoot()) * power * (-t).exponential * series
        result.error += 1e-13 * result.magnitude
        return result
    }
}

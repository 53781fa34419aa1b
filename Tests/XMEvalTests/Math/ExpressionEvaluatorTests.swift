// Values of expressions: exact in the finite field, with honest errors elsewhere.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import XMEval

@Suite("ExpressionEvaluator")
struct ExpressionEvaluatorTests {
    @Test("the field has inverses, and decimals are fractions in it")
    func field() throws {
        let seven = FieldElement(7)
        #expect(try #require(seven.raised(to: -1)) * seven == .one)
        #expect(FieldElement(decimal: "-2.50") * FieldElement(2) == -FieldElement(5))
        #expect(FieldElement(0).raised(to: -1) == nil)
        #expect(FieldElement(0).raised(to: 0) == .one)
        // Fermat: a^(p − 1) = 1.
        #expect(FieldElement(12345).raised(to: Int(FieldElement.modulus - 1)) == .one)
        #expect(FieldElement(Int.min) + FieldElement(Int.max) == -.one)
        #expect(FieldElement(decimal: String(FieldElement.modulus)).isZero)
    }

    @Test("fractions are in lowest terms and refuse to overflow")
    func fractions() throws {
        let half = try #require(SmallFraction(-2, -4))
        #expect(half == SmallFraction(decimal: "0.5"))
        #expect(SmallFraction(1, 0) == nil)
        #expect(half.raised(to: -3) == SmallFraction(8))
        #expect(half.raised(to: 64) == nil)
        let large = try #require(SmallFraction(Int.max))
        #expect(SmallFraction.sum(large, large) == nil)
        #expect(SmallFraction.product(large, half)?.denominator == 2)
    }

    @Test(
        "functions, against Foundation",
        arguments: [
            ("sin", sin(0.7)), ("cos", cos(0.7)), ("tan", tan(0.7)), ("exp", exp(0.7)), ("log", log(0.7)),
            ("asin", asin(0.7)),
            ("acos", acos(0.7)), ("atan", atan(0.7)), ("sinh", sinh(0.7)), ("cosh", cosh(0.7)), ("tanh", tanh(0.7)),
            ("asinh", asinh(0.7)), ("atanh", atanh(0.7)), ("sec", 1 / cos(0.7)), ("csc", 1 / sin(0.7)),
            ("cot", 1 / tan(0.7)),
            ("acot", atan(1 / 0.7)), ("floor", 0), ("ceiling", 1), ("abs", 0.7), ("conjugate", 0.7),
        ] as [(String, Double)])
    func functions(name: String, value: Double) throws {
        let result = try #require(Approximation(0.7).applying(name))
        #expect(abs(result.re - value) <= result.error + 1e-15 && abs(result.im) <= result.error)
        #expect(result.error < 1e-13)
    }

    @Test("the gamma function, on both sides of a half")
    func gamma() throws {
        for x in [0.25, 1.5, 4.5, -1.5, 20.25] {
            let value = try #require(Approximation(x).gamma)
            #expect(abs(value.re / tgamma(x) - 1) < 1e-12)
        }
        // |Γ(i)|² = π / sinh π
        let size = try #require(Approximation.i.gamma).magnitude
        #expect(abs(size * size - Double.pi / sinh(Double.pi)) < 1e-12)
    }

    @Test("nothing is concluded from values that rounding has ruined")
    func ruined() {
        let large = Approximation(1e20)
        let difference = (large + Approximation(1)) + -large
        #expect(Approximation.agree(difference, Approximation(1), tolerance: 1e-9) == nil)
        #expect(Approximation.agree(Approximation(.infinity), Approximation(.infinity), tolerance: 1e-9) == nil)
        #expect(Approximation.agree(Approximation(1), Approximation(1 + 1e-12), tolerance: 1e-9) == false)
    }
}

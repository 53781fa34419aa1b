// Values of expressions at fixed random points, and the equality that follows from them. ExpressionValue.swift says
// what a value is.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Evaluates at one point: every symbol has a value that depends on its name and the point's number only.
struct ExpressionEvaluator {
    /// The relative error above which a point says nothing.
    static let tolerance = 1e-9
    static let points = 8
    /// Terms of a series that are added up; nodes that one evaluation may visit.
    private static let maximumTerms = 200
    private static let maximumNodes = 20_000

    private let point: UInt64
    private let symbolsAreReal: Bool
    private var bound: [String: ExpressionValue] = [:]
    private var nodesLeft = Self.maximumNodes

    init(point: Int, symbolsAreReal: Bool) {
        self.point = UInt64(point)
        self.symbolsAreReal = symbolsAreReal
    }

    /// Whether two expressions are equal at every point that can tell, and one can. Expressions that are written alike
    /// are equal without values, as SymPy's terms cancel, but not infinities, whose difference is undefined.
    static func areEqual(_ left: MathExpression, _ right: MathExpression, symbolsAreReal: Bool = false) -> Bool {
        guard !left.hasInfinity, !right.hasInfinity else { return false }
        if left == right { return true }
        if let verdict = FloatArithmetic.verdict(left, right) { return verdict }
        let isConstant = !left.hasSymbols && !right.hasSymbols
        var agreements = 0
        for point in 0..<(isConstant ? 1 : points) {
            var evaluator = ExpressionEvaluator(point: point, symbolsAreReal: symbolsAreReal)
            switch evaluator.value(left).agrees(with: evaluator.value(right)) {
            case true: agreements += 1
            case false: return false
            case nil: continue
            }
        }
        return agreements > 0
    }

    /// Whether one expression is a constant, not zero, times the other; only of expressions with two symbols or more.
    static func areProportional(_ left: MathExpression, _ right: MathExpression) -> Bool {
        guard left.symbols.count > 1, left.symbols == right.symbols else { return false }
        func value(_ expression: MathExpression, _ point: Int) -> ExpressionValue {
            var evaluator = ExpressionEvaluator(point: point, symbolsAreReal: true)
            return evaluator.value(expression)
        }
        // left(0) right(p) = right(0) left(p)
        let (first, second) = (value(left, 0), value(right, 0))
        return (1..<points).allSatisfy { point in
            (first * value(right, point)).agrees(with: second * value(left, point)) == true
        }
    }

    /// Negative, zero or positive as the first is smaller than, equal to or greater than the second; nil where they are
    /// no real constants or too close to tell.
    static func order(_ left: MathExpression, _ right: MathExpression) -> Int? {
        func extended(_ expression: MathExpression) -> Double? {
            if expression == .constant(.infinity) { return .infinity }
            if expression.isNegativeInfinity { return -.infinity }
            return nil
        }
        if left == right { return 0 }
        if let value = extended(left) { return value < 0 ? -1 : 1 }
        if let value = extended(right) { return value < 0 ? 1 : -1 }
        guard !left.hasSymbols, !right.hasSymbols else { return nil }
        var evaluator = ExpressionEvaluator(point: 0, symbolsAreReal: true)
        let (first, second) = (evaluator.value(left), evaluator.value(right))
        guard let low = first.approximation, let high = second.approximation, low.isReal, high.isReal else {
            return nil
        }
        if let same = first.agrees(with: second), same { return 0 }
        return low.re < high.re ? -1 : 1
    }

    /// The real number that a constant is.
    static func real(_ expression: MathExpression) -> Double? {
        guard !expression.hasSymbols else { return nil }
        var evaluator = ExpressionEvaluator(point: 0, symbolsAreReal: true)
        guard let value = evaluator.value(expression).approximation, value.isFinite, value.isReal else { return nil }
        return value.re
    }

    mutating func value(_ expression: MathExpression) -> ExpressionValue {
        nodesLeft -= 1
        guard nodesLeft > 0 else { return ExpressionValue() }
        switch expression {
        case .number(let digits):
            let fraction = SmallFraction(decimal: digits)
            return ExpressionValue(
                fraction: fraction, element: FieldElement(decimal: digits),
                approximation: fraction == nil ? Double(digits).map { Approximation($0) } : nil)
        case .symbol(let name): return bound[name] ?? random(name)
        case .constant(let constant): return value(constant)
        case .sum(let terms):
            return terms.reduce(ExpressionValue(SmallFraction(0))) { $0 + value($1) }
        case .product(let factors):
            return factors.reduce(ExpressionValue(SmallFraction(1))) { $0 * value($1) }
        case .power(let base, let exponent): return value(base).raised(to: value(exponent))
        case .function(let name, let arguments): return value(name, arguments)
        }
    }

    private func value(_ constant: MathExpression.Constant) -> ExpressionValue {
        switch constant {
        case .pi: ExpressionValue(approximation: Approximation(.pi))
        case .e: ExpressionValue(approximation: Approximation(1).exponential)
        case .i: ExpressionValue(approximation: .i)
        case .eulerGamma: ExpressionValue(approximation: Approximation(0.5772156649015329))
        case .infinity: ExpressionValue()
        }
    }

    private mutating func value(_ name: String, _ arguments: [MathExpression]) -> ExpressionValue {
        if name == "series_sum" || name == "series_product", let series = series(name, arguments) { return series }
        let values = arguments.map { value($0) }
        let fraction = values[0].fraction
        switch name {
        case "factorial":
            if let n = fraction?.integer, n >= 0 { return factorial(n) }
            return ExpressionValue(approximation: values[0].approximation.flatMap { ($0 + Approximation(1)).gamma })
        case "binomial":
            guard let n = fraction?.integer, let k = values[1].fraction?.integer else { break }
            return binomial(n, k)
        case "abs":
            if let fraction { return ExpressionValue(SmallFraction(abs(fraction.numerator), fraction.denominator)) }
        case "floor", "ceiling":
            guard let fraction else { break }
            let down = fraction.numerator / fraction.denominator
            let rest = fraction.numerator % fraction.denominator
            let step = name == "floor" ? (rest < 0 ? -1 : 0) : (rest > 0 ? 1 : 0)
            return ExpressionValue(SmallFraction(down + step))
        case "conjugate":
            if let fraction { return ExpressionValue(fraction) }
        case "log":
            guard values.count == 2 else { break }
            guard let number = values[0].approximation?.logarithm,
                let base = values[1].approximation?.logarithm?.inverse
            else { return ExpressionValue() }
            return ExpressionValue(approximation: number * base)
        default: break
        }
        let approximations = values.compactMap(\.approximation)
        guard approximations.count == values.count else { return ExpressionValue() }
        if values.count == 1, ExpressionEvaluator.known.contains(name) {
            return ExpressionValue(approximation: approximations[0].applying(name))
        }
        // Any other function: something smooth that depends on the name and on every argument.
        var phase = random(name).approximation
        for (index, argument) in approximations.enumerated() {
            let weight = random("\(name) \(index)").approximation
            phase = phase.flatMap { sum in weight.map { sum + $0 * argument } }
        }
        return ExpressionValue(approximation: phase.flatMap { $0.applying("sin") })
    }

    private static let known: Set<String> = [
        "exp", "log", "sin", "cos", "tan", "csc", "sec", "cot", "sinh", "cosh", "tanh", "asin", "acos", "atan", "acsc",
        "asec", "acot", "asinh", "acosh", "atanh", "abs", "conjugate", "floor", "ceiling",
    ]

    /// Larger factorials have no place in an answer.
    private static let maximumFactors = 10_000

    private func factorial(_ n: Int) -> ExpressionValue {
        guard n <= Self.maximumFactors else { return ExpressionValue() }
        return product(n) { SmallFraction($0 + 1) }
    }

    private func binomial(_ n: Int, _ k: Int) -> ExpressionValue {
        guard k >= 0, n >= 0, n <= 1 << 40 else { return ExpressionValue(k < 0 ? SmallFraction(0) : nil) }
        guard k <= n else { return ExpressionValue(SmallFraction(0)) }
        let k = min(k, n - k)
        guard k <= Self.maximumFactors else { return ExpressionValue() }
        return product(k) { SmallFraction(n - $0, $0 + 1) }
    }

    private func product(_ count: Int, _ factor: (Int) -> SmallFraction?) -> ExpressionValue {
        (0..<count).reduce(ExpressionValue(SmallFraction(1))) { $0 * ExpressionValue(factor($1)) }
    }

    /// A sum or product from one integer to another: variable, first, last, body.
    private mutating func series(_ name: String, _ arguments: [MathExpression]) -> ExpressionValue? {
        guard arguments.count == 4, case .symbol(let variable) = arguments[0],
            let first = value(arguments[1]).fraction?.integer, let last = value(arguments[2]).fraction?.integer,
            first <= last, last - first < Self.maximumTerms
        else { return nil }
        let outer = bound[variable]
        defer { bound[variable] = outer }
        let isSum = name == "series_sum"
        var result = ExpressionValue(SmallFraction(isSum ? 0 : 1))
        for index in first...last {
            bound[variable] = ExpressionValue(SmallFraction(index))
            let term = value(arguments[3])
            result = isSum ? result + term : result * term
        }
        return result
    }

    /// A value for a name at this point: FNV-1a of the name, mixed by SplitMix64.
    private func random(_ name: String) -> ExpressionValue {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let (offset, turn) = (state >> 32 & 7, state >> 40 & 3)
        state ^= point &* 0xd6e8_feb8_6659_fd93
        func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
        func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
        // Small (1/16 to 4) at even points and large (64 to 4096) at odd ones, so that neither a constant nor the
        // highest power decides the sign of a sum everywhere: √p² is not p. The four directions of either size are such
        // that the value and its square each lie on both sides of zero.
        let element = FieldElement(next())
        let exponent = uniform()
        let size = exp2(point & 1 == 0 ? exponent * 6 - 4 : exponent * 6 + 6)
        let octant = Double(offset) + [0, 3, 6, 1][Int(((point >> 1) + turn) & 3)]
        let angle = (octant + uniform()) * Double.pi / 4
        let isReal = symbolsAreReal && !name.utf8.contains(UInt8(ascii: " "))
        let approximation =
            isReal
            ? Approximation(cos(angle) < 0 ? -size : size) : Approximation(size * cos(angle), size * sin(angle))
        return ExpressionValue(element: element, approximation: approximation)
    }
}

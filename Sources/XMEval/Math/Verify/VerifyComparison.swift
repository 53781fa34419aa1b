// math_verify's comparison of a gold value with a prediction. It is not symmetric: `x = 5` for the gold answer 5 is the
// value 5, and a tuple is compared in order with a set as it was written.
// SPDX-License-Identifier: Apache-2.0

enum VerifyComparison {
    /// Decimals agree to six places.
    private static let places = 1e6
    private static let maximumDepth = 16

    static func areEqual(gold: VerifyValue, prediction: VerifyValue, depth: Int = 0) -> Bool {
        guard depth < maximumDepth else { return false }
        var (gold, prediction) = (shortened(gold), shortened(prediction))
        if prediction.isEquation, !gold.isEquation {
            prediction = prediction.lastSide
        } else if gold.isAssignment, !prediction.isEquation {
            gold = gold.lastSide
        }
        if case .relation(let sides, let relations) = gold, prediction.isSet,
            let solutions = RealSet(sides: sides, relations), let set = RealSet(prediction)
        {
            return solutions == set
        }
        if gold == prediction { return !gold.isUndefined }
        if case .relation = gold, case .relation = prediction { return relationsAreEqual(gold, prediction, depth) }
        if gold.isCollection || prediction.isCollection { return collectionsAreEqual(gold, prediction, depth) }
        if gold.symbol != nil || prediction.symbol != nil { return symbolsAreEqual(gold, prediction) }
        if case .matrix(let left) = gold, case .matrix(let right) = prediction {
            return left.count == right.count
                && zip(left, right).allSatisfy { rows in
                    rows.0.count == rows.1.count
                        && zip(rows.0, rows.1).allSatisfy {
                            expressionsAreEqual(.expression($0), .expression($1))
                        }
                }
        }
        return expressionsAreEqual(gold, prediction)
    }

    /// A chain of equations that begins with a name: the name and the last side.
    private static func shortened(_ value: VerifyValue) -> VerifyValue {
        guard case .relation(let sides, let relations) = value, value.isAssignment, relations.count > 1 else {
            return value
        }
        return .relation(sides: [sides[0], sides[sides.count - 1]], [.equal])
    }

    // MARK: Numbers and expressions

    private static func expressionsAreEqual(_ gold: VerifyValue, _ prediction: VerifyValue) -> Bool {
        guard let left = gold.expression, let right = prediction.expression else { return false }
        let (first, second) = (gold.number, prediction.number)
        if first?.isDecimal == true || second?.isDecimal == true {
            // A decimal against any constant: to six places.
            if let low = ExpressionEvaluator.real(left), let high = ExpressionEvaluator.real(right),
                (low * places).rounded(.toNearestOrEven) == (high * places).rounded(.toNearestOrEven)
            {
                let isInteger = first?.rational?.integer != nil || second?.rational?.integer != nil
                // SymPy does not round an integer to a decimal.
                if !isInteger { return true }
            }
        } else if let first = first?.rational?.integer, let second = second?.rational?.integer, first == second {
            // 9 % is 9.
            return true
        }
        return ExpressionEvaluator.areEqual(left, right, symbolsAreReal: true)
    }

    private static func symbolsAreEqual(_ gold: VerifyValue, _ prediction: VerifyValue) -> Bool {
        func isE(_ value: VerifyValue) -> Bool { value.expression == .constant(.e) }
        switch (gold.symbol, prediction.symbol) {
        case (let left?, let right?): return left == right
        case (let name?, nil): return name == "e" && isE(prediction) || prediction.names(name)
        case (nil, let name?): return name == "e" && isE(gold) || gold.names(name)
        case (nil, nil): return false
        }
    }

    // MARK: Sets, tuples, intervals

    private static func collectionsAreEqual(_ gold: VerifyValue, _ prediction: VerifyValue, _ depth: Int) -> Bool {
        let left = gold.isCollection ? gold : .finiteSet([gold])
        let right = prediction.isCollection ? prediction : .finiteSet([prediction])
        if case .interval(let a, let b, let leftOpen, let rightOpen) = left,
            case .interval(let c, let d, let otherLeft, let otherRight) = right
        {
            return leftOpen == otherLeft && rightOpen == otherRight
                && areEqual(gold: .expression(a), prediction: .expression(c), depth: depth + 1)
                && areEqual(gold: .expression(b), prediction: .expression(d), depth: depth + 1)
        }
        if left == right { return true }
        if left.isSet, right.isSet, let first = RealSet(left), let second = RealSet(right), first == second {
            return true
        }
        switch (left, right) {
        case (.finiteSet(let a), .finiteSet(let b)), (.finiteSet(let a), .tuple(let b)):
            return isPermutation(a, b, depth)
        case (.tuple(let a), .finiteSet(let b)), (.tuple(let a), .tuple(let b)): return inOrder(a, b, depth)
        case (.interval(let a, let b, true, true), .finiteSet(let c)),
            (.interval(let a, let b, true, true), .tuple(let c)):
            return inOrder([.expression(a), .expression(b)], c, depth)
        case (.finiteSet(let a), .interval(let c, let d, true, true)):
            return isPermutation(a, [.expression(c), .expression(d)], depth)
        case (.tuple(let a), .interval(let c, let d, true, true)):
            return inOrder(a, [.expression(c), .expression(d)], depth)
        default: return false
        }
    }

    private static func inOrder(_ gold: [VerifyValue], _ prediction: [VerifyValue], _ depth: Int) -> Bool {
        gold.count == prediction.count
            && zip(gold, prediction).allSatisfy { areEqual(gold: $0, prediction: $1, depth: depth + 1) }
    }

    /// Every element of one has a partner in the other.
    private static func isPermutation(_ gold: [VerifyValue], _ prediction: [VerifyValue], _ depth: Int) -> Bool {
        guard gold.count == prediction.count, gold.count <= 64 else { return false }
        var rest = prediction
        for element in gold {
            let partner = rest.firstIndex { areEqual(gold: element, prediction: $0, depth: depth + 1) }
            guard let partner else { return false }
            rest.remove(at: partner)
        }
        return true
    }

    // MARK: Relations

    private static func relationsAreEqual(_ gold: VerifyValue, _ prediction: VerifyValue, _ depth: Int) -> Bool {
        guard case .relation(let sides, let relations) = gold,
            case .relation(let others, let otherRelations) = prediction, relations.count == otherRelations.count
        else { return false }
        return relations.indices.allSatisfy { index in
            isEqual(
                sides[index], relations[index], sides[index + 1], others[index], otherRelations[index],
                others[index + 1], depth)
        }
    }

    private static func isEqual(
        _ left: VerifyValue, _ relation: VerifyValue.Relation, _ right: VerifyValue, _ otherLeft: VerifyValue,
        _ otherRelation: VerifyValue.Relation, _ otherRight: VerifyValue, _ depth: Int
    ) -> Bool {
        if left == otherLeft, right == otherRight, relation == otherRelation { return true }
        guard let a = left.expression, let b = right.expression, let c = otherLeft.expression,
            let d = otherRight.expression
        else {
            // Of a name and a set, both.
            return relation == .equal && otherRelation == .equal && left == otherLeft
                && areEqual(gold: right, prediction: otherRight, depth: depth + 1)
        }
        func areEqualDifferences(_ first: MathExpression, _ second: MathExpression) -> Bool {
            ExpressionEvaluator.areEqual(first, second, symbolsAreReal: true)
        }
        let gold = MathExpression.sum([a, .negative(b)])
        if relation == otherRelation, areEqualDifferences(gold, .sum([c, .negative(d)])) { return true }
        if relation == otherRelation.flipped, relation != .unequal, areEqualDifferences(gold, .sum([d, .negative(c)])) {
            return true
        }
        // The same solutions: one equation is a multiple of the other.
        guard relation == .equal, otherRelation == .equal else { return false }
        return ExpressionEvaluator.areProportional(gold, .sum([c, .negative(d)]))
    }
}

extension VerifyValue {
    var isCollection: Bool {
        if case .tuple = self { true } else { isSet }
    }

    /// A number as it is compared: of a percentage, what stands before the sign.
    fileprivate var number: MathExpression? {
        switch self {
        case .percent(let number): number
        case .expression(let expression): expression.isDecimal || expression.rational != nil ? expression : nil
        default: nil
        }
    }

    fileprivate var symbol: String? {
        if case .expression(.symbol(let name)) = self { name } else { nil }
    }

    /// Whether a name is how the value is written: a product of letters, or a number in a `\text{…}`.
    fileprivate func names(_ name: String) -> Bool {
        guard case .expression(let expression) = self else { return false }
        if let fraction = expression.rational {
            let digits = "\(fraction.numerator)"
            return name == (fraction.denominator == 1 ? digits : digits + "/\(fraction.denominator)")
        }
        guard case .product(let factors) = expression else { return false }
        let letters = factors.map { factor -> String? in
            switch factor {
            case .symbol(let name): name
            case .constant(.e): "e"
            default: nil
            }
        }
        return !letters.contains(nil) && letters.compactMap { $0 }.joined() == name
    }

    fileprivate var isUndefined: Bool {
        guard case .expression(let expression) = self else { return false }
        return expression.contains { $0 == .power(.number("0"), .number("-1")) }
    }

    fileprivate var isEquation: Bool {
        if case .relation(_, let relations) = self { relations.allSatisfy { $0 == .equal } } else { false }
    }

    /// Equations whose first side is made of symbols only.
    fileprivate var isAssignment: Bool {
        guard case .relation(let sides, _) = self, isEquation else { return false }
        return sides[0].isOnlySymbols
    }

    fileprivate var lastSide: VerifyValue {
        if case .relation(let sides, _) = self { sides[sides.count - 1] } else { self }
    }

    var isOnlySymbols: Bool {
        switch self {
        case .expression(let expression): expression.isOnlySymbols
        case .tuple(let elements): elements.allSatisfy(\.isOnlySymbols)
        default: false
        }
    }
}

extension MathExpression {
    /// Names, products and functions of names: `f(x)`, `A/S`.
    fileprivate var isOnlySymbols: Bool {
        switch self {
        case .symbol: true
        case .number, .constant: false
        case .sum(let parts), .product(let parts), .function(_, let parts): parts.allSatisfy(\.isOnlySymbols)
        case .power(let base, let exponent): base.isOnlySymbols && (exponent == .number("-1") || exponent.isOnlySymbols)
        }
    }
}

// Sums, products and powers of values that are expressions or matrices.
// SPDX-License-Identifier: Apache-2.0

enum MatrixArithmetic {
    private static let maximumSize = 6

    static func sum(_ left: VerifyValue, _ right: VerifyValue) throws -> VerifyValue {
        if let first = left.expression, let second = right.expression { return .expression(.sum([first, second])) }
        guard case .matrix(let first) = left, case .matrix(let second) = right, first.count == second.count,
            first[0].count == second[0].count
        else { throw VerifyConversion.Unsupported() }
        return .matrix(zip(first, second).map { zip($0, $1).map { .sum([$0, $1]) } })
    }

    static func product(_ left: VerifyValue, _ right: VerifyValue) throws -> VerifyValue {
        switch (left, right) {
        case (.matrix(let first), .matrix(let second)):
            guard first[0].count == second.count, first.count * second.count * second[0].count <= 1000 else {
                throw VerifyConversion.Unsupported()
            }
            let columns = transposed(second)
            return .matrix(
                first.map { row in columns.map { column in .sum(zip(row, column).map { .product([$0, $1]) }) } })
        case (.matrix(let rows), let scalar), (let scalar, .matrix(let rows)):
            guard let factor = scalar.expression else { throw VerifyConversion.Unsupported() }
            return .matrix(rows.map { $0.map { .product([factor, $0]) } })
        default:
            guard let first = left.expression, let second = right.expression else {
                throw VerifyConversion.Unsupported()
            }
            return .expression(.product(factors(first) + factors(second)))
        }
    }

    /// Products are flat, so that letters in a row can be read as a word.
    private static func factors(_ expression: MathExpression) -> [MathExpression] {
        if case .product(let factors) = expression, expression.rational == nil { return factors }
        return [expression]
    }

    /// Of integers, the fraction itself.
    static func quotient(_ left: VerifyValue, _ right: VerifyValue) throws -> VerifyValue {
        guard let denominator = right.expression else { throw VerifyConversion.Unsupported() }
        if case .matrix = left { return try product(.expression(.power(denominator, .number("-1"))), left) }
        guard let numerator = left.expression else { throw VerifyConversion.Unsupported() }
        if let top = numerator.rational?.integer, let bottom = denominator.rational?.integer,
            let fraction = SmallFraction(top, bottom)
        {
            return .expression(.rational(fraction))
        }
        return .expression(.quotient(numerator, denominator))
    }

    /// A power of a matrix is equal to nothing in the reference, so that it is none here.
    static func power(_ base: VerifyValue, _ exponent: MathExpression) throws -> VerifyValue {
        guard let base = base.expression else { throw VerifyConversion.Unsupported() }
        return .expression(.power(base, exponent))
    }

    static func transposed(_ rows: [[MathExpression]]) -> [[MathExpression]] {
        rows[0].indices.map { column in rows.map { $0[column] } }
    }

    /// Along the first row.
    static func determinant(_ rows: [[MathExpression]]) throws -> MathExpression {
        guard rows.count == rows[0].count, rows.count <= maximumSize else { throw VerifyConversion.Unsupported() }
        if rows.count == 1 { return rows[0][0] }
        return .sum(
            try rows.indices.map { column in
                let minor = rows.dropFirst().map { row in row.indices.filter { $0 != column }.map { row[$0] } }
                let term = MathExpression.product([rows[0][column], try determinant(minor)])
                return column % 2 == 0 ? term : .negative(term)
            })
    }
}

// Sets of real numbers as sorted disjoint intervals, for unions, intersections and solutions of inequalities.
// SPDX-License-Identifier: Apache-2.0

struct RealSet {
    struct Piece {
        var low: Double
        var high: Double
        var lowOpen: Bool
        var highOpen: Bool

        var isEmpty: Bool { low > high || low == high && (lowOpen || highOpen) }
    }

    private(set) var pieces: [Piece]

    /// Ends that differ by less are one.
    private static let tolerance = 1e-12

    init(_ pieces: [Piece]) {
        let sorted = pieces.filter { !$0.isEmpty }.sorted {
            ($0.low, $0.lowOpen ? 1 : 0) < ($1.low, $1.lowOpen ? 1 : 0)
        }
        var joined: [Piece] = []
        for piece in sorted {
            if let last = joined.last,
                piece.low < last.high || Self.same(piece.low, last.high) && !(piece.lowOpen && last.highOpen)
            {
                if piece.high > last.high || Self.same(piece.high, last.high) && !piece.highOpen {
                    joined[joined.count - 1].high = piece.high
                    joined[joined.count - 1].highOpen = piece.highOpen
                }
            } else {
                joined.append(piece)
            }
        }
        self.pieces = joined
    }

    /// Nil for what is no set of real constants.
    init?(_ value: VerifyValue) {
        switch value {
        case .namedSet("\\mathbb{R}"), .namedSet("ℝ"):
            self.init([Piece(low: -.infinity, high: .infinity, lowOpen: true, highOpen: true)])
        case .finiteSet(let elements):
            let numbers = elements.compactMap { $0.expression.flatMap(ExpressionEvaluator.real) }
            guard numbers.count == elements.count else { return nil }
            self.init(numbers.map { Piece(low: $0, high: $0, lowOpen: false, highOpen: false) })
        case .interval(let low, let high, let lowOpen, let highOpen):
            guard let low = Self.end(low), let high = Self.end(high) else { return nil }
            self.init([Piece(low: low, high: high, lowOpen: lowOpen, highOpen: highOpen)])
        case .union(let sets):
            let parts = sets.compactMap { RealSet($0) }
            guard parts.count == sets.count else { return nil }
            self.init(parts.flatMap(\.pieces))
        case .intersection(let sets):
            let parts = sets.compactMap { RealSet($0) }
            guard parts.count == sets.count else { return nil }
            self = parts.dropFirst().reduce(parts[0]) { $0.intersection($1) }
        case .difference(let left, let right):
            guard let from = RealSet(left), let removed = RealSet(right) else { return nil }
            self = from.intersection(removed.complement)
        default: return nil
        }
    }

    private static func end(_ expression: MathExpression) -> Double? {
        if expression == .constant(.infinity) { return .infinity }
        if expression.isNegativeInfinity { return -.infinity }
        return ExpressionEvaluator.real(expression)
    }

    private static func same(_ left: Double, _ right: Double) -> Bool {
        left == right || abs(left - right) <= tolerance * max(1, abs(left), abs(right))
    }

    private var complement: RealSet {
        var gaps: [Piece] = []
        var (low, lowOpen) = (-Double.infinity, true)
        for piece in pieces {
            gaps.append(Piece(low: low, high: piece.low, lowOpen: lowOpen, highOpen: !piece.lowOpen))
            (low, lowOpen) = (piece.high, !piece.highOpen)
        }
        gaps.append(Piece(low: low, high: .infinity, lowOpen: lowOpen, highOpen: true))
        return RealSet(gaps.filter { $0.low.isFinite || $0.high.isFinite || pieces.isEmpty })
    }

    func intersection(_ other: RealSet) -> RealSet {
        RealSet(
            pieces.flatMap { left in
                other.pieces.map { right in
                    let low = max(left.low, right.low)
                    let high = min(left.high, right.high)
                    return Piece(
                        low: low, high: high,
                        lowOpen: left.low == low && left.lowOpen || right.low == low && right.lowOpen,
                        highOpen: left.high == high && left.highOpen || right.high == high && right.highOpen)
                }
            })
    }

    static func == (left: RealSet, right: RealSet) -> Bool {
        left.pieces.count == right.pieces.count
            && zip(left.pieces, right.pieces).allSatisfy {
                same($0.low, $1.low) && same($0.high, $1.high) && $0.lowOpen == $1.lowOpen
                    && $0.highOpen == $1.highOpen
            }
    }

    /// Where a chain of relations between one symbol and constants holds: `1 < x \le 2`.
    init?(sides: [VerifyValue], _ relations: [VerifyValue.Relation]) {
        var result = RealSet([Piece(low: -.infinity, high: .infinity, lowOpen: true, highOpen: true)])
        var symbol: MathExpression?
        for (index, relation) in relations.enumerated() {
            guard let left = sides[index].expression, let right = sides[index + 1].expression else { return nil }
            let isLeft = if case .symbol = left { true } else { false }
            let variable = isLeft ? left : right
            guard case .symbol = variable, symbol == nil || symbol == variable,
                let bound = Self.end(isLeft ? right : left)
            else { return nil }
            symbol = variable
            let below = Piece(low: -.infinity, high: bound, lowOpen: true, highOpen: true)
            let above = Piece(low: bound, high: .infinity, lowOpen: true, highOpen: true)
            let point = Piece(low: bound, high: bound, lowOpen: false, highOpen: false)
            let holds: [Piece] =
                switch isLeft ? relation : relation.flipped {
                case .equal: [point]
                case .unequal: [below, above]
                case .less: [below]
                case .lessOrEqual: [below, point]
                case .greater: [above]
                case .greaterOrEqual: [above, point]
                }
            result = result.intersection(RealSet(holds))
        }
        self = result
    }
}

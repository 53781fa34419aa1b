// Arithmetic operators with Python's semantics: integer division rounds down, strings and lists can be concatenated and
// repeated, `%` formats strings. Integers of more than 64 bits are an error.
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension JinjaEvaluator {
    mutating func binary(
        _ name: JinjaExpression.Binary, _ left: JinjaValue, _ right: JinjaValue
    ) throws -> JinjaValue {
        switch (name, left, right) {
        case (.concatenate, _, _):
            try charge(left)
            try charge(right)
            // The result is always plain text.
            return try checked(.string(JinjaText(try text(of: left).points + text(of: right).points)))
        case (.add, .string(let a), .string(let b)):
            try charge(left)
            try charge(right)
            let (isMarkup, points) = (
                a.isMarkup || b.isMarkup, a.asPart(ofMarkup: b.isMarkup) + b.asPart(ofMarkup: a.isMarkup)
            )
            return try checked(.string(JinjaText(points, isMarkup: isMarkup)))
        case (.add, .list(let a), .list(let b)) where a.kind == .list && b.kind == .list || a.isTuple && b.isTuple:
            try charge(left)
            try charge(right)
            return try checked(.list(JinjaList(a.items + b.items, kind: a.kind == .list ? .list : .tuple)))
        case (.multiply, .string, .int), (.multiply, .string, .bool), (.multiply, .list, .int),
            (.multiply, .list, .bool):
            if let value = try repeated(left, right.integer ?? 0) { return value }
        case (.multiply, .int, .string), (.multiply, .bool, .string), (.multiply, .int, .list),
            (.multiply, .bool, .list):
            if let value = try repeated(right, left.integer ?? 0) { return value }
        case (.modulo, .string(let pattern), _):
            try charge(left)
            return try checked(.string(try JinjaFormat.percent(pattern, right, self)))
        default: break
        }
        if let a = left.integer, let b = right.integer, let value = try whole(name, a, b) { return value }
        guard let a = left.number, let b = right.number else { throw misuse(name.rawValue, left, right) }
        return .double(try real(name, a, b))
    }

    /// A repeated string or list; nil for other values.
    private mutating func repeated(_ value: JinjaValue, _ times: Int) throws -> JinjaValue? {
        let times = max(0, times)
        try checkSize(value.size, times: times)
        try checkSize(times)
        try charge(more: value.size * times >> 4)
        switch value {
        case .string(let text): return .string(text.with(repeatElement(text.points, count: times).joined()))
        case .list(let list) where list.kind == .list || list.isTuple:
            let items = Array(repeatElement(list.items, count: times).joined())
            return .list(JinjaList(items, kind: list.kind == .list ? .list : .tuple))
        default: return nil
        }
    }

    /// Integer arithmetic, rounding down like Python; nil if it must be done in floating point.
    private func whole(_ name: JinjaExpression.Binary, _ a: Int, _ b: Int) throws -> JinjaValue? {
        func inRange(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
            guard !result.overflow else { throw failed("\(a) \(name.rawValue) \(b) has more than 64 bits") }
            return result.partialValue
        }
        switch name {
        case .add: return .int(try inRange(a.addingReportingOverflow(b)))
        case .subtract: return .int(try inRange(a.subtractingReportingOverflow(b)))
        case .multiply: return .int(try inRange(a.multipliedReportingOverflow(by: b)))
        case .floorDivide, .modulo:
            guard b != 0 else { throw failed("division by zero") }
            if b == -1, name == .modulo { return .int(0) }
            let quotient = try inRange(a.dividedReportingOverflow(by: b))
            let rest = a - quotient * b
            let roundsDown = rest != 0 && (rest < 0) != (b < 0)
            return .int(name == .modulo ? (roundsDown ? rest + b : rest) : (roundsDown ? quotient - 1 : quotient))
        case .power:
            guard b >= 0 else { return nil }
            guard b < 64 || a.magnitude <= 1 else { throw failed("\(a) ** \(b) has more than 64 bits") }
            return .int(
                try (0..<(a.magnitude <= 1 ? min(b, 2 - b % 2) : b)).reduce(1) { value, _ in
                    try inRange(value.multipliedReportingOverflow(by: a))
                })
        case .divide:
            let exact = 1 << 53
            guard b != 0, a.magnitude > exact || b.magnitude > exact else { return nil }
            // Python rounds the exact quotient, not the operands.
            let (quotient, rest) = (try inRange(a.dividedReportingOverflow(by: b)), a % (b == -1 ? 1 : b))
            guard rest == 0 else { throw failed("\(a) / \(b) of numbers beyond 53 bits is not supported") }
            return .double(Double(quotient))
        case .concatenate: return nil
        }
    }

    private func real(_ name: JinjaExpression.Binary, _ a: Double, _ b: Double) throws -> Double {
        switch name {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide, .floorDivide, .modulo:
            guard b != 0 else { throw failed("division by zero") }
            return name == .divide ? a / b : Self.floorDivision(a, b, givesRest: name == .modulo)
        case .power:
            if a == 0, b < 0 { throw failed("0 to a negative power") }
            if a < 0, a.isFinite, b.isFinite, b != b.rounded() { throw failed("\(a) ** \(b) is a complex number") }
            let power = pow(a, b)
            guard !power.isInfinite || a.isInfinite || b.isInfinite else { throw failed("\(a) ** \(b) is too large") }
            return power
        case .concatenate: preconditionFailure("text is joined before")
        }
    }

    /// float // and %, as CPython computes them (Objects/floatobject.c, _float_div_mod).
    private static func floorDivision(_ a: Double, _ b: Double, givesRest: Bool) -> Double {
        var rest = fmod(a, b)
        var quotient = (a - rest) / b
        if rest != 0 {
            if (b < 0) != (rest < 0) {
                rest += b
                quotient -= 1
            }
        } else {
            rest = Double(signOf: b, magnitudeOf: 0)
        }
        if givesRest { return rest }
        guard quotient != 0 else { return Double(signOf: a / b, magnitudeOf: 0) }
        let floor = quotient.rounded(.down)
        return quotient - floor > 0.5 ? floor + 1 : floor
    }
}

extension JinjaText {
    /// The text as it is added to Markup: HTML-escaped unless it is Markup itself.
    func asPart(ofMarkup isPart: Bool) -> [JinjaPoint] { isPart && !isMarkup ? escaped().points : points }

    /// Markup with the five special characters of HTML escaped; Markup is returned unchanged.
    func escaped() -> JinjaText {
        guard !isMarkup else { return self }
        let names: [Unicode.Scalar: String] = ["&": "&amp;", ">": "&gt;", "<": "&lt;", "'": "&#39;", "\"": "&#34;"]
        return JinjaText(
            points.flatMap { point in names[point.scalar].map { point.replaced(by: $0) } ?? [point] }, isMarkup: true)
    }
}

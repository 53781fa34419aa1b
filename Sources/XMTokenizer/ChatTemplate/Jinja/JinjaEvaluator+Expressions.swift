// Evaluates expressions: names, comparisons, conditionals, calls, filters and tests. Arithmetic is in the +Arithmetic
// file, attributes and items are in the +Parts file.
// SPDX-License-Identifier: Apache-2.0

extension JinjaEvaluator {
    mutating func evaluate(_ expression: JinjaExpression) throws -> JinjaValue {
        try charge()
        return try deeper { try $0.dispatch(expression) }
    }

    private mutating func dispatch(_ expression: JinjaExpression) throws -> JinjaValue {
        switch expression {
        case .literal(let value): return value
        case .name(let name): return try lookup(name) ?? JinjaFunctions.value(name, self) ?? .undefined(name: name)
        case .list(let items, let isTuple):
            return try checked(
                .list(JinjaList(try items.map { try evaluate($0) }, kind: isTuple ? .tuple : .list)))
        case .dict(let entries):
            var pairs: [(key: JinjaValue, value: JinjaValue)] = []
            for entry in entries { pairs.append((try evaluate(entry.key), try evaluate(entry.value))) }
            return try checked(.dict(try mapping(pairs)))
        case .not(let operand): return .bool(try !truth(of: evaluate(operand)))
        case .and(let left, let right):
            let value = try evaluate(left)
            return try truth(of: value) ? evaluate(right) : value
        case .or(let left, let right):
            let value = try evaluate(left)
            return try truth(of: value) ? value : evaluate(right)
        case .conditional(let then, let condition, let otherwise):
            if try truth(of: evaluate(condition)) { return try evaluate(then) }
            return try otherwise.map { try evaluate($0) } ?? .undefined(name: "the else of an inline if")
        case .compare(let first, let rest): return try compare(first, rest)
        case .negative(let operand):
            let value = try evaluate(operand)
            // 0 - x would lose the sign of zero.
            if case .double(let number) = value { return .double(-number) }
            return try binary(.subtract, .int(0), value)
        case .positive(let operand):
            let value = try evaluate(operand)
            if case .double = value { return value }
            return try binary(.add, .int(0), value)
        case .binary(let name, let left, let right):
            return try binary(name, try evaluate(left), try evaluate(right))
        // Values first, because evaluating them may change state that `attribute` and `item` read.
        case .attribute(let object, let name):
            let object = try evaluate(object)
            return try attribute(object, JinjaText(name))
        case .item(let object, let key):
            let (object, key) = (try evaluate(object), try evaluate(key))
            return try item(object, key)
        case .slice(let object, let start, let end, let step):
            return try slice(
                try evaluate(object), try start.map { try evaluate($0) }, try end.map { try evaluate($0) },
                try step.map { try evaluate($0) })
        case .call(let callee, let arguments): return try call(try evaluate(callee), try evaluate(arguments))
        case .filter(let value, let name, let arguments):
            return try filter(name, try evaluate(value), try evaluate(arguments))
        case .test(let value, let name, let arguments):
            return .bool(try test(name, try evaluate(value), try evaluate(arguments)))
        }
    }

    mutating func evaluate(_ arguments: JinjaArguments) throws -> JinjaCallArguments {
        var result = JinjaCallArguments(
            positional: try arguments.positional.map { try evaluate($0) },
            named: try arguments.named.map { ($0.name, try evaluate($0.value)) })
        if let list = arguments.list { result.positional += try iterate(try evaluate(list)) }
        if let mapping = arguments.mapping {
            guard case .dict(let dict) = try evaluate(mapping), dict.entries.allSatisfy({ $0.key.text != nil }) else {
                throw failed("'**' takes a mapping whose keys are strings")
            }
            for entry in dict.named {
                guard !result.named.contains(where: { $0.name == entry.key }) else {
                    throw failed("duplicate argument '\(entry.key)'")
                }
                result.named.append((entry.key, entry.value))
            }
        }
        return result
    }

    /// A mapping, whose keys must be hashable.
    func mapping(_ pairs: [(key: JinjaValue, value: JinjaValue)]) throws -> JinjaDict {
        for (key, _) in pairs where JinjaKey(key) == nil {
            throw failed("a value of type \(key.typeName) cannot be a key of a mapping")
        }
        return JinjaDict(pairs: pairs)
    }

    // MARK: - Comparisons

    private mutating func compare(
        _ first: JinjaExpression, _ rest: [(JinjaExpression.Comparison, JinjaExpression)]
    ) throws -> JinjaValue {
        var left = try evaluate(first)
        for (comparison, expression) in rest {
            let right = try evaluate(expression)
            try charge(left)
            try charge(right)
            if try !holds(left, comparison, right) { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    mutating func holds(
        _ left: JinjaValue, _ comparison: JinjaExpression.Comparison, _ right: JinjaValue
    ) throws -> Bool {
        switch comparison {
        case .equal: return left == right
        case .notEqual: return left != right
        case .contained: return try contains(right, left)
        case .notContained: return try !contains(right, left)
        case .less: return try isLess(left, right, "<")
        case .greater: return try isLess(right, left, ">")
        case .lessOrEqual: return try isLess(left, right, "<=") || left == right
        case .greaterOrEqual: return try isLess(right, left, ">=") || left == right
        }
    }

    private mutating func contains(_ container: JinjaValue, _ item: JinjaValue) throws -> Bool {
        switch container {
        case .string(let text):
            guard let part = item.text else { throw failed("'in' asks for a \(item.typeName) inside a string") }
            return text.contains(part)
        case .dict where JinjaKey(item) == nil:
            throw failed("a value of type \(item.typeName) cannot be a key of a mapping")
        default: break
        }
        let items = try iterate(container)
        guard let place = items.firstIndex(of: item) else { return false }
        // Later items of an iterator remain to be visited.
        if case .iterator(let number) = container { iterators[number] = Array(items[(place + 1)...]) }
        return true
    }

    func isLess(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws -> Bool {
        if let a = left.text, let b = right.text { return a < b }
        if let a = left.integer, let b = right.integer { return a < b }
        if case .list(let a) = left, case .list(let b) = right,
            a.kind == .list && b.kind == .list || a.isTuple && b.isTuple
        {
            for (x, y) in zip(a.items, b.items) where x != y { return try isLess(x, y, sign) }
            return a.items.count < b.items.count
        }
        guard let a = left.number, let b = right.number else { throw misuse(sign, left, right) }
        // Beyond 2^53 not every integer is exact as a Double.
        if a == b, let whole = left.integer { return whole < Int(exactly: b) ?? .max }
        if a == b, let whole = right.integer { return Int(exactly: a).map { $0 < whole } ?? false }
        return a < b
    }

    func misuse(_ sign: String, _ left: JinjaValue, _ right: JinjaValue) -> JinjaError {
        for case .undefined(let name) in [left, right] { return failed("'\(name)' is undefined") }
        return failed("\(left.typeName) \(sign) \(right.typeName) is not defined")
    }

    // MARK: - Calls

    private mutating func call(_ callee: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        switch callee {
        case .macro(let index): return try call(macros[index], arguments)
        case .loop(let number): return try recurse(number, arguments)
        case .method(.none, let name): return try callFunction(name, arguments)
        case .method(.loop(let number), let name): return try callLoopMethod(name, number, arguments)
        case .method(let owner, let name):
            try charge(owner)
            return try checked(try callMethod(name, of: owner, arguments))
        case .undefined(let name): throw JinjaError.unknown(line: line, kind: "function or method", name: name)
        case let value: throw failed("a value of type \(value.typeName) cannot be called")
        }
    }
}

// Expressions: operators with Python's meaning, attributes and items with Jinja's (what is not there is undefined, and
// using an undefined value is an error), calls, filters and tests.
// SPDX-License-Identifier: Apache-2.0

extension JinjaEvaluator {
    mutating func evaluate(_ expression: JinjaExpression) throws -> JinjaValue {
        try charge()
        return try deeper { try $0.dispatch(expression) }
    }

    private mutating func dispatch(_ expression: JinjaExpression) throws -> JinjaValue {
        switch expression {
        case .literal(let value): return value
        case .name(let name): return lookup(name) ?? function(name) ?? .undefined(name: name)
        case .list(let items, let kind):
            return try checked(.list(JinjaList(try items.map { try evaluate($0) }, kind: kind)))
        case .dict(let entries): return try dictionary(entries)
        case .not(let operand): return .bool(try !evaluate(operand).isTrue)
        case .and(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? try evaluate(right) : value
        case .or(let left, let right):
            let value = try evaluate(left)
            return value.isTrue ? value : try evaluate(right)
        case .conditional(let then, let condition, let otherwise):
            if try evaluate(condition).isTrue { return try evaluate(then) }
            return try otherwise.map { try evaluate($0) } ?? .undefined(name: "the else of an inline if")
        case .compare(let first, let rest): return try compare(first, rest)
        case .negative(let operand):
            let value = try evaluate(operand)
            // 0 - x would lose the sign of zero.
            if case .double(let number) = value { return .double(-number) }
            return try binary(.subtract, .int(0), value)
        case .positive(let operand): return try binary(.add, .int(0), try evaluate(operand))
        case .binary(let name, let left, let right):
            return try binary(name, try evaluate(left), try evaluate(right))
        case .attribute(let object, let name): return try attribute(try evaluate(object), name)
        case .item(let object, let key): return try item(try evaluate(object), try evaluate(key))
        case .slice(let object, let start, let end, let step):
            return try slice(
                try evaluate(object), try start.map { try evaluate($0) }, try end.map { try evaluate($0) },
                try step.map { try evaluate($0) })
        case .call(let callee, let arguments): return try call(callee, try evaluate(arguments))
        case .filter(let value, let name, let arguments):
            return try filter(name, try evaluate(value), try evaluate(arguments))
        case .test(let value, let name, let arguments):
            return .bool(try test(name, try evaluate(value), try evaluate(arguments).positional))
        }
    }

    mutating func evaluate(_ arguments: JinjaArguments) throws -> JinjaCallArguments {
        JinjaCallArguments(
            positional: try arguments.positional.map { try evaluate($0) },
            named: try arguments.named.map { ($0.name, try evaluate($0.value)) })
    }

    private mutating func dictionary(
        _ entries: [(key: JinjaExpression, value: JinjaExpression)]
    ) throws -> JinjaValue {
        var pairs: [(key: JinjaValue, value: JinjaValue)] = []
        for entry in entries {
            let key = try evaluate(entry.key)
            switch key {
            case .string, .int, .double, .bool, .none: pairs.append((key, try evaluate(entry.value)))
            default: throw failed("a key of a mapping is a \(key.typeName); strings and numbers are supported")
            }
        }
        return try checked(.dict(JinjaDict(pairs: pairs)))
    }

    // MARK: - Operators

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

    private mutating func holds(
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

    mutating func contains(_ container: JinjaValue, _ item: JinjaValue) throws -> Bool {
        if case .string(let text) = container {
            guard let part = item.text else { throw failed("'in' asks for a \(item.typeName) inside a string") }
            return PythonText.contains(text, part)
        }
        let items = try iterate(container)
        guard let place = items.firstIndex(of: item) else { return false }
        // What stands behind the item is still there to go through.
        if case .iterator(let number) = container { iterators[number] = Array(items[(place + 1)...]) }
        return true
    }

    func isLess(_ left: JinjaValue, _ right: JinjaValue, _ sign: String) throws -> Bool {
        if let a = left.text, let b = right.text {
            return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
        }
        if let a = left.integer, let b = right.integer { return a < b }
        guard let a = left.number, let b = right.number else { throw misuse(sign, left, right) }
        return a < b
    }

    private func misuse(_ sign: String, _ left: JinjaValue, _ right: JinjaValue) -> JinjaError {
        for case .undefined(let name) in [left, right] { return failed("'\(name)' is undefined") }
        return failed("\(left.typeName) \(sign) \(right.typeName) is not defined")
    }

    mutating func binary(
        _ name: JinjaExpression.Binary, _ left: JinjaValue, _ right: JinjaValue
    ) throws -> JinjaValue {
        if name == .concatenate {
            try charge(left)
            try charge(right)
            return try checked(.string(left.pythonText + right.pythonText))
        }
        if name == .add {
            try charge(left)
            try charge(right)
            if let a = left.text, let b = right.text { return try checked(.string(a + b)) }
            if case .list(let a) = left, case .list(let b) = right, a.kind == b.kind, a.isIndexed {
                return try checked(.list(JinjaList(a.items + b.items, kind: a.kind)))
            }
        }
        if name == .multiply, let text = left.text, let times = right.integer {
            try checkSize(max(0, times).multipliedReportingOverflow(by: text.utf8.count + 1).partialValue)
            try checkSize(times)
            return .string(String(repeating: text, count: max(0, times)))
        }
        if name == .multiply, case .list(let list) = left, list.isIndexed, let times = right.integer {
            try checkSize(max(0, times).multipliedReportingOverflow(by: list.size).partialValue)
            try checkSize(times)
            let items = Array(repeatElement(list.items, count: max(0, times)).joined())
            return .list(JinjaList(items, kind: list.kind))
        }
        if let a = left.integer, let b = right.integer, let value = try whole(name, a, b) { return .int(value) }
        guard let a = left.number, let b = right.number else { throw misuse(name.rawValue, left, right) }
        return .double(try real(name, a, b))
    }

    /// Integer arithmetic, rounding down as Python does; nil where the result is a real number.
    private func whole(_ name: JinjaExpression.Binary, _ a: Int, _ b: Int) throws -> Int? {
        func inRange(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
            guard !result.overflow else { throw failed("\(a) \(name.rawValue) \(b) has more than 64 bits") }
            return result.partialValue
        }
        switch name {
        case .add: return try inRange(a.addingReportingOverflow(b))
        case .subtract: return try inRange(a.subtractingReportingOverflow(b))
        case .multiply: return try inRange(a.multipliedReportingOverflow(by: b))
        case .floorDivide, .modulo:
            guard b != 0 else { throw failed("division by zero") }
            let quotient = try inRange(a.dividedReportingOverflow(by: b))
            let rest = a - quotient * b
            let roundsDown = rest != 0 && (rest < 0) != (b < 0)
            return name == .modulo ? (roundsDown ? rest + b : rest) : (roundsDown ? quotient - 1 : quotient)
        case .power:
            guard b >= 0 else { return nil }
            guard b < 64 || a.magnitude <= 1 else { throw failed("\(a) ** \(b) has more than 64 bits") }
            return try (0..<(a.magnitude <= 1 ? min(b, 2 - b % 2) : b)).reduce(1) { value, _ in
                try inRange(value.multipliedReportingOverflow(by: a))
            }
        case .divide, .concatenate: return nil
        }
    }

    private func real(_ name: JinjaExpression.Binary, _ a: Double, _ b: Double) throws -> Double {
        switch name {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide, .floorDivide, .modulo:
            guard b != 0 else { throw failed("division by zero") }
            if name == .divide { return a / b }
            let rest = a.truncatingRemainder(dividingBy: b)
            let shifted = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
            return name == .modulo ? shifted : ((a - shifted) / b).rounded()
        case .power:
            // Whole exponents are all that templates use; others would need the C library's rounding.
            guard b == b.rounded(), b.magnitude <= 1024 else { throw failed("\(a) ** \(b) is not supported") }
            let power = (0..<Int(b.magnitude)).reduce(1.0) { value, _ in value * a }
            return b < 0 ? 1 / power : power
        case .concatenate: throw failed("text is not a number")
        }
    }

    // MARK: - Parts of values

    private func attribute(_ object: JinjaValue, _ name: String) throws -> JinjaValue {
        switch object {
        case .undefined(let missing): throw failed("'\(missing)' is undefined, so it has no '\(name)'")
        case .namespace(let index): return namespaces[index][name] ?? .undefined(name: name)
        case .string where JinjaMethods.ofStrings.contains(name): return .method(object, name)
        case .dict(let dict):
            if JinjaMethods.ofMappings.contains(name) { return .method(object, name) }
            if JinjaMethods.forbidden.contains(name) { return .undefined(name: name) }
            return dict[name] ?? .undefined(name: name)
        default: return .undefined(name: name)
        }
    }

    private func item(_ object: JinjaValue, _ key: JinjaValue) throws -> JinjaValue {
        switch (object, key) {
        case (.undefined(let name), _): throw failed("'\(name)' is undefined, so it has no items")
        case (.list(let list), _) where list.isIndexed:
            guard let index = key.integer else { break }
            let place = index < 0 ? index + list.items.count : index
            return list.items.indices.contains(place) ? list.items[place] : .undefined(name: "item \(index)")
        case (.string(let text), _):
            guard let index = key.integer else { break }
            let scalars = Array(text.unicodeScalars)
            let place = index < 0 ? index + scalars.count : index
            return scalars.indices.contains(place)
                ? .string(String(scalars[place])) : .undefined(name: "item \(index)")
        case (.dict(let dict), _):
            if let value = dict[key] { return value }
        default: break
        }
        // What is no item may be an attribute: `message['items']` without such a key is the method.
        if case .string(let name) = key { return try attribute(object, name) }
        return .undefined(name: key.pythonText)
    }

    private mutating func slice(
        _ object: JinjaValue, _ start: JinjaValue?, _ end: JinjaValue?, _ step: JinjaValue?
    ) throws -> JinjaValue {
        try charge(object)
        func bound(_ value: JinjaValue?) throws -> Int? {
            guard let value, value != .none else { return nil }
            guard let number = value.integer else { throw failed("a slice with a \(value.typeName)") }
            return number
        }
        let stride = try bound(step) ?? 1
        guard stride != 0 else { throw failed("a slice with step 0") }
        let (first, last) = (try bound(start), try bound(end))
        switch object {
        case .list(let list) where list.isIndexed:
            let indices = PythonText.sliceIndices(first, last, stride, count: list.items.count)
            return .list(JinjaList(indices.map { list.items[$0] }, kind: list.kind))
        case .string(let text):
            let scalars = Array(text.unicodeScalars)
            var result = String.UnicodeScalarView()
            for index in PythonText.sliceIndices(first, last, stride, count: scalars.count) {
                result.append(scalars[index])
            }
            return .string(String(result))
        case .undefined(let name): throw failed("'\(name)' is undefined")
        default: throw failed("a \(object.typeName) has no slices")
        }
    }

    // MARK: - Calls

    /// A global function as a value; `strftime_now` is there when the caller gave a clock.
    private func function(_ name: String) -> JinjaValue? {
        switch name {
        case "raise_exception", "namespace", "range", "dict": .method(.none, name)
        case "strftime_now": strftime == nil ? nil : .method(.none, name)
        default: nil
        }
    }

    private mutating func call(_ callee: JinjaExpression, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        if case .attribute(.name("loop"), "cycle") = callee, case .dict(let loop)? = lookup("loop"),
            let index = loop["index0"]?.integer, !arguments.positional.isEmpty
        {
            return arguments.positional[index % arguments.positional.count]
        }
        switch try evaluate(callee) {
        case .macro(let index): return try call(macros[index], arguments)
        case .method(.none, let name): return try callFunction(name, arguments)
        case .method(let owner, let name):
            try charge(owner)
            var arguments = arguments
            if name == "join", let items = arguments.positional.first {
                arguments.positional[0] = .list(try iterate(items))
            }
            return try checked(try JinjaMethods.call(name, of: owner, arguments, self))
        case .undefined(let name): throw JinjaError.unknown(line: line, kind: "function or method", name: name)
        case let value: throw failed("a \(value.typeName) cannot be called")
        }
    }

    private mutating func callFunction(_ name: String, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        switch name {
        case "raise_exception":
            throw JinjaError.raised(line: line, message: arguments.positional.first?.pythonText ?? "")
        case "strftime_now":
            guard let strftime, let format = arguments.value(0, "format")?.text else {
                throw failed("strftime_now takes a format")
            }
            return .string(strftime(format))
        case "range": return try range(arguments.positional)
        default:
            var pairs: [(key: JinjaValue, value: JinjaValue)] = []
            if case .dict(let dict)? = arguments.positional.first { pairs = dict.entries }
            let dict = JinjaDict(pairs: pairs + arguments.named.map { (.string($0.name), $0.value) })
            _ = try checked(.dict(dict))
            guard name == "namespace" else { return .dict(dict) }
            namespaces.append(dict)
            return .namespace(namespaces.count - 1)
        }
    }

    /// At most 100,000 numbers, as Jinja's sandbox allows.
    private mutating func range(_ arguments: [JinjaValue]) throws -> JinjaValue {
        let numbers = arguments.compactMap(\.integer)
        guard (1...3).contains(arguments.count), numbers.count == arguments.count, numbers.count < 3 || numbers[2] != 0
        else { throw failed("range takes one to three whole numbers, and no step of 0") }
        let (from, to) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
        var items: [JinjaValue] = []
        for value in stride(from: from, to: to, by: numbers.count == 3 ? numbers[2] : 1) {
            guard items.count < 100_000 else {
                throw JinjaError.limit(line: line, what: "numbers in a range", limit: 100_000)
            }
            items.append(.int(value))
        }
        let list = JinjaValue.list(items)
        try charge(list)
        return list
    }
}

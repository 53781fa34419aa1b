// The tests of templates: what may stand behind `is`. To add one: its name in `names`, its case in `test`.
// Every other name is refused as for filters.
// SPDX-License-Identifier: Apache-2.0

enum JinjaTests {
    static let names = Set([
        "boolean", "callable", "defined", "divisibleby", "even", "false", "float", "integer", "iterable", "lower",
        "mapping", "none", "number", "odd", "sequence", "string", "true", "undefined", "upper",
    ]).union(taking)

    /// Those that take one argument, also without parentheses: `x is equalto y`.
    static let taking: Set<String> = [
        "divisibleby", "eq", "equalto", "==", "ne", "!=", "in", "lt", "<", "lessthan", "gt", ">", "greaterthan", "le",
        "<=", "ge", ">=", "sameas",
    ]
}

extension JinjaEvaluator {
    mutating func test(_ name: String, _ value: JinjaValue, _ arguments: [JinjaValue]) throws -> Bool {
        if JinjaTests.taking.contains(name) {
            guard let argument = arguments.first else { throw failed("the test '\(name)' takes an argument") }
            return try test(name, value, argument)
        }
        guard JinjaTests.names.contains(name) else {
            throw JinjaError.unknown(line: line, kind: "test", name: name)
        }
        switch (name, value) {
        case ("defined", .undefined): return false
        case ("defined", _): return true
        case ("undefined", .undefined), ("none", .none), ("string", .string), ("mapping", .dict): return true
        case ("number", .int), ("number", .double), ("number", .bool), ("integer", .int), ("float", .double):
            return true
        case ("boolean", .bool): return true
        case ("true", .bool(let truth)): return truth
        case ("false", .bool(let truth)): return !truth
        case ("iterable", .list), ("iterable", .dict), ("iterable", .string), ("iterable", .undefined): return true
        case ("iterable", .iterator): return true
        case ("sequence", .list(let list)): return list.isIndexed
        case ("sequence", .dict), ("sequence", .string), ("sequence", .undefined): return true
        case ("upper", .string(let text)): return PythonText.holds("isupper", text)
        case ("lower", .string(let text)): return PythonText.holds("islower", text)
        case ("callable", .macro), ("callable", .method): return true
        case ("odd", _), ("even", _):
            guard let number = value.integer else { throw failed("'\(name)' of a \(value.typeName)") }
            return (number % 2 != 0) == (name == "odd")
        default: return false
        }
    }

    private mutating func test(_ name: String, _ value: JinjaValue, _ argument: JinjaValue) throws -> Bool {
        switch name {
        case "eq", "equalto", "==": return value == argument
        case "ne", "!=": return value != argument
        case "sameas": return isSame(value, argument)
        case "in": return try contains(argument, value)
        case "divisibleby":
            guard let number = value.integer, let divisor = argument.integer, divisor != 0, divisor != -1 else {
                throw failed("'divisibleby' takes whole numbers, and not 0")
            }
            return number % divisor == 0
        default:
            if let a = value.text, let b = argument.text {
                return order(
                    name, a.unicodeScalars.elementsEqual(b.unicodeScalars),
                    a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars))
            }
            guard let a = value.number, let b = argument.number else {
                throw failed("\(value.typeName) and \(argument.typeName) have no order")
            }
            return order(name, a == b, a < b)
        }
    }

    /// Python's `is`, as far as it does not depend on where objects lie: a number is no truth value.
    private func isSame(_ value: JinjaValue, _ argument: JinjaValue) -> Bool {
        value.typeName == argument.typeName && value == argument
    }

    private func order(_ name: String, _ isEqual: Bool, _ isLess: Bool) -> Bool {
        switch name {
        case "lt", "<", "lessthan": isLess
        case "le", "<=": isLess || isEqual
        case "gt", ">", "greaterthan": !isLess && !isEqual
        default: !isLess
        }
    }
}

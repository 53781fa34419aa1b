// The tests of templates: what may stand behind `is`. To add one: its name in `names`, its case in `test`.
// The parser refuses every other name.
// SPDX-License-Identifier: Apache-2.0

enum JinjaTests {
    static let names = Set([
        "boolean", "callable", "defined", "divisibleby", "false", "float", "integer", "iterable", "mapping", "none",
        "number", "odd", "even", "sequence", "string", "true", "undefined",
    ]).union(taking)

    /// Those that take one argument, also without parentheses: `x is equalto y`.
    static let taking: Set<String> = [
        "divisibleby", "eq", "equalto", "==", "ne", "!=", "in", "lt", "<", "gt", ">", "le", "<=", "ge", ">=",
    ]
}

extension JinjaEvaluator {
    func test(_ name: String, _ value: JinjaValue, _ arguments: [JinjaValue]) throws -> Bool {
        if JinjaTests.taking.contains(name) {
            guard let argument = arguments.first else { throw failed("the test '\(name)' takes an argument") }
            return try test(name, value, argument)
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
        case ("sequence", .list), ("sequence", .dict), ("sequence", .string), ("sequence", .undefined): return true
        case ("callable", .macro), ("callable", .method): return true
        case ("odd", _), ("even", _):
            guard let number = value.integer else { throw failed("'\(name)' of a \(value.typeName)") }
            return (number % 2 != 0) == (name == "odd")
        default: return false
        }
    }

    private func test(_ name: String, _ value: JinjaValue, _ argument: JinjaValue) throws -> Bool {
        switch name {
        case "eq", "equalto", "==": return value == argument
        case "ne", "!=": return value != argument
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

    private func order(_ name: String, _ isEqual: Bool, _ isLess: Bool) -> Bool {
        switch name {
        case "lt", "<": isLess
        case "le", "<=": isLess || isEqual
        case "gt", ">": !isLess && !isEqual
        default: !isLess
        }
    }
}

// The tests (`x is …`), with the names and arguments of Jinja's (jinja2/tests.py). To add one: a signature here, a case
// in `test`. Other names are rejected as for filters.
// SPDX-License-Identifier: Apache-2.0

enum JinjaTests {
    static let signatures: [String: JinjaSignature] = [
        "boolean": "", "callable": "", "defined": "", "divisibleby": "num", "escaped": "", "even": "", "false": "",
        "filter": "", "float": "", "in": "seq", "integer": "", "iterable": "", "lower": "", "mapping": "", "none": "",
        "number": "", "odd": "", "sameas": "other", "sequence": "", "string": "", "test": "", "true": "",
        "undefined": "", "upper": "", "==": "b, /", "eq": "b, /", "equalto": "b, /", "!=": "b, /", "ne": "b, /",
        "<": "b, /", "lt": "b, /", "lessthan": "b, /", "<=": "b, /", "le": "b, /", ">": "b, /", "gt": "b, /",
        "greaterthan": "b, /", ">=": "b, /", "ge": "b, /",
    ]
}

extension JinjaEvaluator {
    mutating func test(_ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> Bool {
        guard let signature = JinjaTests.signatures[name] else {
            throw JinjaError.unknown(line: line, kind: "test", name: name)
        }
        let bound = try signature.bind(arguments, of: "the test '\(name)'", line: line)
        let other = bound["b"] ?? bound["other"] ?? bound["seq"] ?? bound["num"] ?? .none
        switch name {
        case "==", "eq", "equalto": return value == other
        case "!=", "ne": return value != other
        case "<", "lt", "lessthan": return try holds(value, .less, other)
        case "<=", "le": return try holds(value, .lessOrEqual, other)
        case ">", "gt", "greaterthan": return try holds(value, .greater, other)
        case ">=", "ge": return try holds(value, .greaterOrEqual, other)
        case "in": return try holds(value, .contained, other)
        case "sameas": return try isSame(value, other, bound)
        case "divisibleby": return try rest(value, other, bound) == .int(0)
        case "odd": return try rest(value, .int(2), bound) == .int(1)
        case "even": return try rest(value, .int(2), bound) == .int(0)
        case "lower": return try text(of: value).holds("islower")
        case "upper": return try text(of: value).holds("isupper")
        case "filter":
            let name = try hashable(value, bound).text?.string ?? ""
            return JinjaFilters.signatures[name] != nil || JinjaFilters.unsupported.contains(name)
        case "test": return JinjaTests.signatures[try hashable(value, bound).text?.string ?? ""] != nil
        default: return isKind(value, name)
        }
    }

    private func hashable(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        guard JinjaKey(value) != nil else {
            throw arguments.failed("takes a name, found a value of type \(value.typeName)")
        }
        return value
    }

    /// Tests of a value's type or of a single value.
    private func isKind(_ value: JinjaValue, _ name: String) -> Bool {
        switch (name, value) {
        case ("defined", _): return !value.isUndefined
        case ("undefined", .undefined), ("none", .none), ("string", .string), ("mapping", .dict): return true
        case ("number", .int), ("number", .double), ("number", .bool), ("integer", .int), ("float", .double):
            return true
        case ("boolean", .bool): return true
        case ("true", .bool(let truth)): return truth
        case ("false", .bool(let truth)): return !truth
        case ("escaped", .string(let text)): return text.isMarkup
        case ("iterable", .list), ("iterable", .dict), ("iterable", .string), ("iterable", .undefined),
            ("iterable", .iterator), ("iterable", .loop):
            return true
        case ("sequence", .list(let list)): return list.isIndexed
        case ("sequence", .dict), ("sequence", .string), ("sequence", .undefined): return true
        // An undefined value counts as callable, but calling it is an error.
        case ("callable", .macro), ("callable", .method), ("callable", .loop), ("callable", .undefined): return true
        default: return false
        }
    }

    private mutating func rest(
        _ value: JinjaValue, _ divisor: JinjaValue, _ arguments: JinjaBoundArguments
    ) throws -> JinjaValue {
        guard value.text == nil else { throw arguments.failed("takes a number, found a string") }
        return try binary(.modulo, value, divisor)
    }

    /// Python's `is`, as far as it does not depend on object identity.
    private func isSame(_ value: JinjaValue, _ other: JinjaValue, _ arguments: JinjaBoundArguments) throws -> Bool {
        guard value.typeName == other.typeName, value == other else { return false }
        switch value {
        case .none, .bool, .namespace, .iterator, .macro, .loop: return true
        case .int(let number) where (-5...256).contains(number): return true
        default:
            throw arguments.failed(
                "of two equal values of type \(value.typeName) is not supported; compare with '=='")
        }
    }
}

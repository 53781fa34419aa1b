// The methods of Python's strings and mappings that templates call. Values never change, so those that would change
// theirs (append, update, pop) are not here, as transformers' sandbox forbids them too.
// SPDX-License-Identifier: Apache-2.0

enum JinjaMethods {
    static let ofStrings: Set<String> = [
        "strip", "lstrip", "rstrip", "split", "rsplit", "startswith", "endswith", "upper", "lower", "title",
        "capitalize", "replace", "find", "join", "count", "splitlines", "isdigit",
    ]
    static let ofMappings: Set<String> = ["items", "get", "keys", "values"]

    static func call(
        _ name: String, of owner: JinjaValue, _ arguments: JinjaCallArguments, _ evaluator: JinjaEvaluator
    ) throws -> JinjaValue {
        switch owner {
        case .dict(let dict):
            switch name {
            case "items":
                return .list(dict.entries.map { .list(JinjaList([.string($0.key), $0.value], isTuple: true)) })
            case "keys": return .list(dict.entries.map { .string($0.key) })
            case "values": return .list(dict.entries.map(\.value))
            default:
                let key = try text(arguments, 0, "key", of: name, evaluator)
                return dict[key] ?? arguments.value(1, "default") ?? .none
            }
        case .string(let string): return try call(name, of: string, arguments, evaluator)
        default: throw evaluator.failed("a \(owner.typeName) has no method '\(name)'")
        }
    }

    /// An argument that must be a string.
    private static func text(
        _ arguments: JinjaCallArguments, _ index: Int, _ parameter: String, of method: String,
        _ evaluator: JinjaEvaluator
    ) throws -> String {
        let value = arguments.value(index, parameter)
        guard let text = value?.text else {
            throw evaluator.failed("'\(method)' takes a string, found \(value?.typeName ?? "nothing")")
        }
        return text
    }

    private static func call(
        _ name: String, of string: String, _ arguments: JinjaCallArguments, _ evaluator: JinjaEvaluator
    ) throws -> JinjaValue {
        func text(_ index: Int, _ parameter: String) throws -> String {
            try Self.text(arguments, index, parameter, of: name, evaluator)
        }
        func optional(_ index: Int, _ parameter: String) throws -> String? {
            guard let value = arguments.value(index, parameter), value != .none else { return nil }
            return try text(index, parameter)
        }
        switch name {
        case "strip": return .string(PythonText.strip(string, try optional(0, "chars")))
        case "lstrip": return .string(PythonText.strip(string, try optional(0, "chars"), right: false))
        case "rstrip": return .string(PythonText.strip(string, try optional(0, "chars"), left: false))
        case "split", "rsplit":
            let separator = try optional(0, "sep")
            if separator?.isEmpty == true { throw evaluator.failed("'\(name)' with an empty separator") }
            let limit = arguments.value(1, "maxsplit")?.integer ?? -1
            if name == "rsplit" {
                guard let separator else { throw evaluator.failed("'rsplit' takes a separator here") }
                return .list(PythonText.splitFromRight(string, separator, limit: limit).map { .string($0) })
            }
            return .list(PythonText.split(string, separator, limit: limit).map { .string($0) })
        case "splitlines":
            var lines = PythonText.split(string.replacing("\r\n", with: "\n"), "\n", limit: -1)
            if lines.last == "" { lines.removeLast() }
            return .list(lines.map { .string($0) })
        case "startswith", "endswith":
            var parts: [String] = []
            if case .list(let list)? = arguments.positional.first, list.isTuple {
                parts = list.items.compactMap(\.text)
            } else {
                parts = [try text(0, "prefix")]
            }
            return .bool(
                parts.contains { part in
                    name == "startswith"
                        ? string.utf8.starts(with: part.utf8)
                        : string.utf8.reversed().starts(with: part.utf8.reversed())
                })
        case "upper": return .string(string.uppercased())
        case "lower": return .string(string.lowercased())
        case "title": return .string(PythonText.title(string))
        case "capitalize": return .string(PythonText.capitalize(string))
        case "replace":
            return try replace(
                string, try text(0, "old"), try text(1, "new"), arguments.value(2, "count")?.integer, evaluator)
        case "find":
            guard let byte = PythonText.find(Array(try text(0, "sub").utf8), in: Array(string.utf8)) else {
                return .int(-1)
            }
            return .int(String(decoding: Array(string.utf8)[..<byte], as: UTF8.self).unicodeScalars.count)
        case "count": return .int(PythonText.split(string, try text(0, "sub"), limit: -1).count - 1)
        case "isdigit":
            return .bool(!string.isEmpty && string.unicodeScalars.allSatisfy { $0.properties.numericType == .decimal })
        default: return try join(try evaluator.iterate(arguments.positional.first ?? .none), string, evaluator)
        }
    }

    static func replace(
        _ string: String, _ old: String, _ new: String, _ count: Int?, _ evaluator: JinjaEvaluator
    ) throws -> JinjaValue {
        let limit = count.map { $0 < 0 ? -1 : $0 } ?? -1
        guard !old.isEmpty else { throw evaluator.failed("'replace' of an empty string") }
        let parts = PythonText.split(string, old, limit: limit)
        try evaluator.checkSize(string.utf8.count + parts.count * new.utf8.count)
        return .string(parts.joined(separator: new))
    }

    static func join(_ items: [JinjaValue], _ separator: String, _ evaluator: JinjaEvaluator) throws -> JinjaValue {
        let size = items.reduce(0) { $0 + $1.size }
        try evaluator.checkSize(size + items.count * separator.utf8.count)
        return .string(items.map(\.pythonText).joined(separator: separator))
    }
}

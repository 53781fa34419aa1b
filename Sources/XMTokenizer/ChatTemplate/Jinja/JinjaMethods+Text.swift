// The methods of Python's strings. To add one: its name in `ofStrings`, its case in `call`, a golden in the fixtures'
// script. PythonText.swift does the work.
// SPDX-License-Identifier: Apache-2.0

extension JinjaMethods {
    static let ofStrings: Set<String> = [
        "capitalize", "count", "endswith", "find", "format", "index", "isalnum", "isalpha", "isdecimal", "isdigit",
        "islower",
        "isnumeric", "isspace", "isupper", "join", "lower", "lstrip", "partition", "removeprefix", "removesuffix",
        "replace", "rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "title",
        "upper",
    ]

    static func call(
        _ name: String, of string: String, _ arguments: JinjaCallArguments, _ evaluator: JinjaEvaluator
    ) throws -> JinjaValue {
        func text(_ index: Int, _ parameter: String) throws -> String {
            let value = arguments.value(index, parameter)
            guard let text = value?.text else {
                throw evaluator.failed("'\(name)' takes a string, found \(value?.typeName ?? "nothing")")
            }
            return text
        }
        func optional(_ index: Int, _ parameter: String) throws -> String? {
            guard let value = arguments.value(index, parameter), value != .none else { return nil }
            return try text(index, parameter)
        }
        func texts(_ parts: [String], kind: JinjaList.Kind = .list) -> JinjaValue {
            .list(JinjaList(parts.map { .string($0) }, kind: kind))
        }
        switch name {
        case "strip": return .string(PythonText.strip(string, try optional(0, "chars")))
        case "lstrip": return .string(PythonText.strip(string, try optional(0, "chars"), right: false))
        case "rstrip": return .string(PythonText.strip(string, try optional(0, "chars"), left: false))
        case "split", "rsplit":
            let separator = try optional(0, "sep")
            if separator?.isEmpty == true { throw evaluator.failed("'\(name)' with an empty separator") }
            let limit = arguments.value(1, "maxsplit")?.integer ?? -1
            return texts(
                name == "split"
                    ? PythonText.split(string, separator, limit: limit)
                    : PythonText.splitFromRight(string, separator, limit: limit))
        case "partition", "rpartition":
            let separator = try text(0, "sep")
            guard !separator.isEmpty else { throw evaluator.failed("'\(name)' with an empty separator") }
            let isRight = name == "rpartition"
            let parts =
                isRight
                ? PythonText.splitFromRight(string, separator, limit: 1)
                : PythonText.split(string, separator, limit: 1)
            guard parts.count == 2 else { return texts(isRight ? ["", "", string] : [string, "", ""], kind: .tuple) }
            return texts([parts[0], separator, parts[1]], kind: .tuple)
        case "splitlines":
            return texts(PythonText.lines(string, keepingEnds: arguments.value(0, "keepends")?.isTrue == true))
        case "startswith", "endswith":
            var parts: [String] = []
            if case .list(let list)? = arguments.positional.first, list.kind == .tuple {
                parts = list.items.compactMap(\.text)
            } else {
                parts = [try text(0, "prefix")]
            }
            return .bool(
                parts.contains { name == "startswith" ? PythonText.starts(string, $0) : PythonText.ends(string, $0) })
        case "removeprefix":
            let part = try text(0, "prefix")
            guard PythonText.starts(string, part) else { return .string(string) }
            return .string(String(decoding: string.utf8.dropFirst(part.utf8.count), as: UTF8.self))
        case "removesuffix":
            let part = try text(0, "suffix")
            guard PythonText.ends(string, part) else { return .string(string) }
            return .string(String(decoding: string.utf8.dropLast(part.utf8.count), as: UTF8.self))
        case "format": return .string(try format(string, arguments, evaluator))
        case "upper": return .string(string.uppercased())
        case "lower": return .string(string.lowercased())
        case "title": return .string(PythonText.title(string))
        case "capitalize": return .string(PythonText.capitalize(string))
        case "replace":
            return try replace(
                string, try text(0, "old"), try text(1, "new"), arguments.value(2, "count")?.integer, evaluator)
        case "find", "index", "rfind":
            let part = try text(0, "sub")
            let place = PythonText.place(of: part, in: string, fromRight: name == "rfind")
            if place == nil, name == "index" { throw evaluator.failed("'index' of a text that is not there") }
            return .int(place ?? -1)
        case "count":
            let part = try text(0, "sub")
            guard !part.isEmpty else { return .int(string.unicodeScalars.count + 1) }
            return .int(PythonText.split(string, part, limit: -1).count - 1)
        case "join":
            guard case .list(let list)? = arguments.positional.first, list.items.allSatisfy({ $0.text != nil }) else {
                throw evaluator.failed("'join' takes strings")
            }
            return try join(list.items, string, evaluator)
        default: return .bool(PythonText.holds(name, string))
        }
    }

    /// str.format with fields `{}`, `{0}` and `{name}`; widths and precisions are not supported.
    private static func format(
        _ pattern: String, _ arguments: JinjaCallArguments, _ evaluator: JinjaEvaluator
    ) throws -> String {
        var result = ""
        var rest = pattern.unicodeScalars[...]
        var next = 0
        while let scalar = rest.popFirst() {
            guard scalar == "{" || scalar == "}" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            if rest.first == scalar {
                rest.removeFirst()
                result.unicodeScalars.append(scalar)
                continue
            }
            guard scalar == "{", let end = rest.firstIndex(of: "}") else {
                throw evaluator.failed("'format' found a single '\(scalar)'")
            }
            let field = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            let place = field.isEmpty ? next : Int(field) ?? arguments.positional.count
            if field.isEmpty { next += 1 }
            guard place >= 0, let value = arguments.value(place, field) else {
                throw evaluator.failed("'format' has no value for the field '\(field)', or the field is not supported")
            }
            result += value.pythonText
            try evaluator.checkSize(result.utf8.count)
        }
        return result
    }
}

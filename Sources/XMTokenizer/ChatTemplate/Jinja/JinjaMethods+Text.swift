// The methods of Python's strings: arguments and limits. JinjaText+Python.swift implements them.
// SPDX-License-Identifier: Apache-2.0

extension JinjaMethods {
    static let ofStrings: [String: JinjaSignature] = [
        "capitalize": "", "center": "width, fillchar=, /", "count": "sub, start=, end=, /",
        "endswith": "suffix, start=, end=, /", "expandtabs": "tabsize=", "find": "sub, start=, end=, /",
        "format": "*args, **kwargs", "index": "sub, start=, end=, /", "isalnum": "", "isalpha": "", "isascii": "",
        "isdecimal": "", "isdigit": "", "isidentifier": "", "islower": "", "isnumeric": "", "isprintable": "",
        "isspace": "", "istitle": "", "isupper": "", "join": "iterable, /", "ljust": "width, fillchar=, /",
        "lower": "", "lstrip": "chars=, /", "partition": "sep, /", "removeprefix": "prefix, /",
        "removesuffix": "suffix, /", "replace": "old, new, count=, /", "rfind": "sub, start=, end=, /",
        "rindex": "sub, start=, end=, /", "rjust": "width, fillchar=, /", "rpartition": "sep, /",
        "rsplit": "sep=, maxsplit=", "rstrip": "chars=, /", "split": "sep=, maxsplit=", "splitlines": "keepends=",
        "startswith": "prefix, start=, end=, /", "strip": "chars=, /", "swapcase": "", "title": "", "upper": "",
        "zfill": "width, /",
    ]
    /// Methods that escape their arguments for Markup; the others behave as for a string.
    static let escaping: Set<String> = [
        "center", "format", "join", "ljust", "lstrip", "partition", "replace", "rjust", "rpartition", "rstrip",
        "strip",
    ]
}

extension JinjaEvaluator {
    mutating func callMethod(
        _ name: String, of string: JinjaText, _ arguments: JinjaBoundArguments
    ) throws -> JinjaValue {
        func texts(_ parts: [JinjaText]) -> [JinjaValue] { parts.map { .string($0) } }
        if string.isMarkup, JinjaMethods.escaping.contains(name),
            !["lstrip", "rstrip", "strip"].contains(name) || arguments["chars"] != nil
        {
            throw arguments.failed("of a text that is marked safe is not supported")
        }
        switch name {
        case "strip": return .string(string.strip(try arguments.text("chars", orNone: true)))
        case "lstrip": return .string(string.strip(try arguments.text("chars", orNone: true), right: false))
        case "rstrip": return .string(string.strip(try arguments.text("chars", orNone: true), left: false))
        case "split", "rsplit":
            let separator = try arguments.text("sep", orNone: true)
            if separator?.isEmpty == true { throw arguments.failed("with an empty separator") }
            let limit = try arguments.integer("maxsplit") ?? -1
            return .list(
                texts(
                    name == "split"
                        ? string.split(separator, limit: limit) : string.splitFromRight(separator, limit: limit)))
        case "partition", "rpartition":
            let separator = try arguments.requiredText("sep")
            guard !separator.isEmpty else { throw arguments.failed("with an empty separator") }
            let isRight = name == "rpartition"
            guard let place = isRight ? string.findLast(separator) : string.find(separator) else {
                return .tuple(texts(isRight ? ["", "", string] : [string, "", ""]))
            }
            let end = place + separator.count
            return .tuple(texts([string.part(0..<place), separator, string.part(end..<string.count)]))
        case "splitlines": return .list(texts(string.lines(keepingEnds: arguments.flag("keepends"))))
        case "startswith", "endswith": return .bool(try isAtEdge(name, string, arguments))
        case "removeprefix":
            let part = try arguments.requiredText("prefix")
            return .string(string.starts(part) ? string.part(part.count..<string.count) : string)
        case "removesuffix":
            let part = try arguments.requiredText("suffix")
            return .string(string.ends(part) ? string.part(0..<string.count - part.count) : string)
        case "format": return .string(try JinjaFormat.braces(string, arguments, self))
        case "upper": return .string(string.uppercased())
        case "lower": return .string(string.lowercased())
        case "title": return .string(string.titlecased())
        case "capitalize": return .string(string.capitalized())
        case "swapcase": return .string(string.swappingCase())
        case "replace":
            return .string(
                try replaced(
                    string, try arguments.requiredText("old"), try arguments.requiredText("new"),
                    try arguments.integer("count") ?? -1))
        case "find", "index", "rfind", "rindex":
            let part = try arguments.requiredText("sub")
            let range = try bounds(arguments, "start", "end", string.count)
            let place = range.flatMap {
                name.hasPrefix("r") ? string.findLast(part, in: $0) : string.find(part, in: $0)
            }
            if place == nil, name.hasSuffix("index") { throw arguments.failed("of a text that is not there") }
            return .int(place ?? -1)
        case "count":
            let part = try arguments.requiredText("sub")
            let range = try bounds(arguments, "start", "end", string.count)
            return .int(range.map { string.occurrences(of: part, in: $0) } ?? 0)
        case "join":
            let items = try iterate(arguments.value("iterable"))
            let parts = items.compactMap(\.text)
            guard parts.count == items.count else { throw arguments.failed("takes strings only") }
            guard !parts.contains(where: \.isMarkup) else {
                throw arguments.failed("of texts that are marked safe is not supported")
            }
            return .string(try joined(parts, string))
        case "center", "ljust", "rjust":
            let width = try arguments.integer("width") ?? 0
            let fill = try arguments.text("fillchar") ?? " "
            guard fill.count == 1 else { throw arguments.failed("takes one character as 'fillchar'") }
            try checkSize(width)
            return .string(
                string.padded(to: width, with: fill.points[0], left: name != "ljust", right: name != "rjust"))
        case "zfill":
            let width = try arguments.integer("width") ?? 0
            try checkSize(width)
            return .string(string.filledWithZeros(to: width))
        case "expandtabs":
            let size = try arguments.integer("tabsize") ?? 8
            try checkSize(size, times: string.points.count { $0.value == 9 })
            return .string(string.expandingTabs(to: size))
        default: return .bool(string.holds(name))
        }
    }

    /// str.startswith and str.endswith, with one text or a tuple of texts, within bounds.
    private func isAtEdge(_ name: String, _ string: JinjaText, _ arguments: JinjaBoundArguments) throws -> Bool {
        let parameter = name == "startswith" ? "prefix" : "suffix"
        var parts: [JinjaText] = []
        if case .list(let list) = arguments.value(parameter), list.isTuple {
            parts = list.items.compactMap(\.text)
            guard parts.count == list.items.count else { throw arguments.failed("takes strings only") }
        } else {
            parts = [try arguments.requiredText(parameter)]
        }
        guard let range = try bounds(arguments, "start", "end", string.count) else { return false }
        let text = string.part(range)
        return parts.contains { name == "startswith" ? text.starts($0) : text.ends($0) }
    }
}

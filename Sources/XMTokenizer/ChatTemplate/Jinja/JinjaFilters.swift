// The filters of templates. To add one: its name in `names`, its case in `filter`, a golden in the fixtures' script.
// The parser refuses every other name, but inside an `if`: there it is an error when it is come to, as in Jinja.
// Those of sequences are in the +Sequences file.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum JinjaFilters {
    static let names: Set<String> = [
        "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "indent", "int", "items", "join",
        "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round",
        "safe", "select", "selectattr", "sort", "string", "sum", "title", "tojson", "trim", "unique", "upper",
    ]
}

extension JinjaEvaluator {
    mutating func filter(_ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        guard JinjaFilters.names.contains(name) else {
            throw JinjaError.unknown(line: line, kind: "filter", name: name)
        }
        try charge(value)
        return try checked(try apply(name, value, arguments))
    }

    private mutating func apply(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
    ) throws -> JinjaValue {
        switch name {
        case "default", "d":
            let isMissing =
                if case .undefined = value { true } else {
                    arguments.value(1, "boolean")?.isTrue == true && !value.isTrue
                }
            return isMissing ? arguments.value(0, "default_value") ?? .string("") : value
        case "trim": return .string(PythonText.strip(value.pythonText, arguments.value(0, "chars")?.text))
        case "upper": return .string(value.pythonText.uppercased())
        case "lower": return .string(value.pythonText.lowercased())
        case "title": return .string(PythonText.titleOfWords(value.pythonText))
        case "capitalize": return .string(PythonText.capitalize(value.pythonText))
        case "string": return .string(value.pythonText)
        case "safe": return value
        case "replace":
            guard let old = arguments.value(0, "old"), let new = arguments.value(1, "new") else {
                throw failed("'replace' takes two strings")
            }
            return try JinjaMethods.replace(
                value.pythonText, old.pythonText, new.pythonText, arguments.value(2, "count")?.integer, self)
        case "int", "float": return number(name, value, arguments)
        case "abs":
            if let whole = value.integer { return .int(whole == .min ? .max : abs(whole)) }
            guard let number = value.number else { throw failed("'abs' of a \(value.typeName)") }
            return .double(number.magnitude)
        case "tojson": return try json(value, arguments)
        case "join":
            var items = try iterate(value)
            if let path = arguments.value(1, "attribute") { items = try items.map { try part($0, path) } }
            return try JinjaMethods.join(items, arguments.value(0, "d")?.pythonText ?? "", self)
        case "items":
            if case .undefined = value { return makeIterator([]) }
            guard case .dict(let dict) = value else {
                throw failed("'items' of a \(value.typeName); it takes a mapping")
            }
            return makeIterator(dict.pairs)
        case "indent": return try indented(value.pythonText, arguments)
        case "round": return try rounded(value, arguments)
        default: return try sequence(name, value, arguments)
        }
    }

    /// What is no number gives the default, as in Jinja.
    private func number(_ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments) -> JinjaValue {
        let text = value.text.map { PythonText.strip($0, nil) }
        let real = value.number ?? text.flatMap { Double($0) }
        guard name == "int" else { return real.map { .double($0) } ?? arguments.value(0, "default") ?? .double(0) }
        if let whole = value.integer ?? text.flatMap({ Int($0) }) { return .int(whole) }
        return real.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map { .int($0) }
            ?? arguments.value(0, "default") ?? .int(0)
    }

    /// As transformers defines it: json.dumps without escaping letters.
    private func json(_ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        var style = JinjaValue.JSONStyle()
        style.escapesLetters = arguments.value(0, "ensure_ascii")?.isTrue == true
        switch arguments.value(1, "indent") {
        case nil, JinjaValue.none?: break
        case .int(let width)? where (0...16).contains(width): style.indent = String(repeating: " ", count: width)
        case .string(let text)? where text.utf8.count <= 16: style.indent = text
        case let other?: throw failed("'tojson' with the indent \(other.pythonRepresentation); at most 16 blanks")
        }
        if let indent = style.indent {
            style.itemSeparator = ","
            try checkSize(value.size * (1 + value.depth * indent.utf8.count))
        }
        if case .list(let separators)? = arguments.value(2, "separators"), separators.items.count == 2 {
            style.itemSeparator = separators.items[0].pythonText
            style.keySeparator = separators.items[1].pythonText
            try checkSize(value.size * (1 + style.itemSeparator.utf8.count + style.keySeparator.utf8.count))
        }
        style.sortKeys = arguments.value(3, "sort_keys")?.isTrue == true
        guard let text = value.json(style) else {
            throw failed("'tojson' of a value that is, or holds, a thing that JSON cannot say (\(value.typeName))")
        }
        return .string(text)
    }

    /// Every line but the first, or with `first` all, behind some blanks; empty lines only with `blank`.
    private func indented(_ text: String, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        let margin: String
        switch arguments.value(0, "width") {
        case .string(let text)?: margin = text
        case nil: margin = "    "
        case let width?:
            guard let count = width.integer, count <= 1000 else { throw failed("'indent' takes a number up to 1000") }
            margin = String(repeating: " ", count: max(0, count))
        }
        let lines = PythonText.lines(text + "\n")
        try checkSize(text.utf8.count + lines.count * margin.utf8.count)
        let indentsBlank = arguments.value(2, "blank")?.isTrue == true
        let rest = lines.dropFirst().map { $0.isEmpty && !indentsBlank ? $0 : margin + $0 }
        let first = arguments.value(1, "first")?.isTrue == true ? margin + lines[0] : lines[0]
        return .string(([first] + rest).joined(separator: "\n"))
    }

    /// To the nearest, or with `method` up or down; halves go to the even neighbour, as in Python.
    private func rounded(_ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        guard let number = value.number, let precision = (arguments.value(0, "precision") ?? .int(0)).integer,
            (0...15).contains(precision)
        else { throw failed("'round' takes a number, and 0 to 15 digits") }
        let scale = (0..<precision).reduce(1.0) { power, _ in power * 10 }
        switch arguments.value(1, "method")?.text ?? "common" {
        case "ceil": return .double((number * scale).rounded(.up) / scale)
        case "floor": return .double((number * scale).rounded(.down) / scale)
        default:
            if let whole = value.integer { return .int(whole) }
            // The C library rounds the exact value; multiplying first would round twice.
            return .double(Double(String(format: "%.\(precision)f", number)) ?? number)
        }
    }
}

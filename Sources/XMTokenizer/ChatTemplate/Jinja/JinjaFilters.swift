// The filters of templates. To add one: its name in `names`, its case in `filter`, a golden in the fixtures' script.
// The parser refuses every other name, so that a template fails when it is read and not in a rare branch.
// SPDX-License-Identifier: Apache-2.0

enum JinjaFilters {
    static let names: Set<String> = [
        "abs", "capitalize", "count", "d", "default", "first", "float", "int", "items", "join", "last", "length",
        "list", "lower", "map", "reject", "rejectattr", "replace", "reverse", "safe", "select", "selectattr",
        "string", "title", "tojson", "trim", "upper",
    ]
}

extension JinjaEvaluator {
    mutating func filter(_ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
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
        case "title": return .string(PythonText.title(value.pythonText))
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
            if case .undefined = value { return .list([]) }
            guard case .dict = value else { throw failed("'items' of a \(value.typeName); it takes a mapping") }
            return try JinjaMethods.call("items", of: value, arguments, self)
        case "map", "select", "reject", "selectattr", "rejectattr": return try each(name, value, arguments)
        default: return try sequence(name, value)
        }
    }

    /// Filters of a sequence without arguments.
    private func sequence(_ name: String, _ value: JinjaValue) throws -> JinjaValue {
        let items = try iterate(value)
        switch name {
        case "first": return items.first ?? .undefined(name: "first item of an empty sequence")
        case "last": return items.last ?? .undefined(name: "last item of an empty sequence")
        case "length", "count": return .int(items.count)
        case "reverse":
            guard case .string = value else { return .list(items.reversed()) }
            return .string(items.reversed().map(\.pythonText).joined())
        default: return .list(items)
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
        if arguments.value(0, "ensure_ascii")?.isTrue == true { throw failed("'tojson' with ensure_ascii") }
        var style = JinjaValue.JSONStyle()
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

    /// The part of an item that an attribute path ("function.name") or an index names.
    private func part(_ item: JinjaValue, _ path: JinjaValue) throws -> JinjaValue {
        guard let text = path.text else {
            guard case .list(let list) = item, let index = path.integer, list.items.indices.contains(index) else {
                return .undefined(name: path.pythonText)
            }
            return list.items[index]
        }
        var value = item
        for name in PythonText.split(text, ".", limit: -1) {
            switch value {
            case .dict(let dict): value = dict[name] ?? .undefined(name: name)
            case .list(let list):
                value =
                    Int(name).flatMap { list.items.indices.contains($0) ? list.items[$0] : nil }
                    ?? .undefined(name: name)
            case .undefined(let missing): throw failed("'\(missing)' is undefined, so it has no '\(name)'")
            default: value = .undefined(name: name)
            }
        }
        return value
    }

    /// Filters that apply another filter, or a test, to each item.
    private mutating func each(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments
    ) throws -> JinjaValue {
        let items = try iterate(value)
        var rest = arguments
        if name == "map" {
            if let path = arguments.named.first(where: { $0.name == "attribute" })?.value {
                let standard = arguments.named.first { $0.name == "default" }?.value
                return .list(
                    try items.map { item in
                        let value = try part(item, path)
                        if case .undefined = value, let standard { return standard }
                        return value
                    })
            }
            guard let filter = arguments.positional.first?.text, JinjaFilters.names.contains(filter) else {
                let found = arguments.positional.first?.pythonText ?? "nothing"
                throw JinjaError.unknown(line: line, kind: "filter in 'map'", name: found)
            }
            rest.positional.removeFirst()
            var mapped: [JinjaValue] = []
            for item in items { mapped.append(try self.filter(filter, item, rest)) }
            return .list(mapped)
        }
        var path: JinjaValue?
        if name.hasSuffix("attr") {
            guard !rest.positional.isEmpty else { throw failed("'\(name)' takes the name of an attribute") }
            path = rest.positional.removeFirst()
        }
        let test = rest.positional.isEmpty ? nil : rest.positional.removeFirst().pythonText
        if let test, !JinjaTests.names.contains(test) {
            throw JinjaError.unknown(line: line, kind: "test in '\(name)'", name: test)
        }
        var chosen: [JinjaValue] = []
        for item in items {
            try charge()
            let subject = try path.map { try part(item, $0) } ?? item
            let holds = try test.map { try self.test($0, subject, rest.positional) } ?? subject.isTrue
            if holds == name.hasPrefix("select") { chosen.append(item) }
        }
        return .list(chosen)
    }
}

// The filters, with the names and arguments of Jinja's (jinja2/filters.py). To add one: a signature here, a case in
// `apply`, a golden in the fixtures' script. The parser rejects other names, except inside an `if`, where it is an
// error when executed, as in Jinja. Filters of sequences are in the +Sequences file.
// SPDX-License-Identifier: Apache-2.0

enum JinjaFilters {
    static let signatures: [String: JinjaSignature] = [
        "abs": "", "attr": "name", "batch": "linecount, fill_with=", "capitalize": "", "center": "width=", "count": "",
        "d": "default_value=, boolean=", "default": "default_value=, boolean=",
        "dictsort": "case_sensitive=, by=, reverse=", "e": "", "escape": "", "first": "", "float": "default=",
        "forceescape": "", "format": "*args, **kwargs", "groupby": "attribute, default=, case_sensitive=",
        "indent": "width=, first=, blank=", "int": "default=, base=", "items": "", "join": "d=, attribute=",
        "last": "", "length": "", "list": "", "lower": "", "map": "*args, **kwargs",
        "max": "case_sensitive=, attribute=", "min": "case_sensitive=, attribute=", "reject": "*args, **kwargs",
        "rejectattr": "*args, **kwargs", "replace": "old, new, count=", "reverse": "",
        "round": "precision=, method=", "safe": "", "select": "*args, **kwargs", "selectattr": "*args, **kwargs",
        "slice": "slices, fill_with=", "sort": "reverse=, case_sensitive=, attribute=", "string": "",
        "sum": "attribute=, start=", "title": "", "tojson": "ensure_ascii=, indent=, separators=, sort_keys=",
        "trim": "chars=", "truncate": "length=, killwords=, end=, leeway=",
        "unique": "case_sensitive=, attribute=", "upper": "", "wordcount": "",
    ]
    /// Jinja's other filters, whose existence a template can test for.
    static let unsupported: Set<String> = [
        "filesizeformat", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap", "xmlattr",
    ]
}

extension JinjaEvaluator {
    mutating func filter(_ name: String, _ value: JinjaValue, _ arguments: JinjaCallArguments) throws -> JinjaValue {
        guard let signature = JinjaFilters.signatures[name] else {
            throw JinjaError.unknown(line: line, kind: "filter", name: name)
        }
        try charge(value)
        return try checked(
            try apply(name, value, try signature.bind(arguments, of: "the filter '\(name)'", line: line)))
    }

    private mutating func apply(
        _ name: String, _ value: JinjaValue, _ arguments: JinjaBoundArguments
    ) throws -> JinjaValue {
        switch name {
        case "default", "d":
            let isMissing = value.isUndefined || arguments.flag("boolean") && !value.isTrue
            return isMissing ? arguments["default_value"] ?? .string("") : value
        case "trim": return .string(try text(of: value).strip(try arguments.text("chars", orNone: true)))
        case "upper": return .string(try text(of: value).uppercased())
        case "lower": return .string(try text(of: value).lowercased())
        case "title": return .string(JinjaText(try text(of: value).titledWords().points))
        case "capitalize": return .string(try text(of: value).capitalized())
        case "string": return .string(try text(of: value))
        case "safe": return .string(JinjaText(try text(of: value).points, isMarkup: true))
        case "escape", "e": return .string(try text(of: value).escaped())
        case "forceescape": return .string(JinjaText(try text(of: value).points).escaped())
        case "replace":
            return .string(
                try replaced(
                    JinjaText(try text(of: value).points), try text(of: arguments.value("old")),
                    try text(of: arguments.value("new")), try arguments.integer("count", orNone: true) ?? -1))
        case "center":
            let width = try arguments.integer("width") ?? 80
            try checkSize(width)
            return .string(try text(of: value).padded(to: width, left: true, right: true))
        case "wordcount":
            let text = try text(of: value)
            func isWord(_ point: JinjaPoint) -> Bool {
                PythonText.isLetter(point.scalar) || PythonText.isNumeric(point.scalar) || point.value == 0x5F
            }
            return .int(text.points.split { !isWord($0) }.count)
        case "truncate": return try truncated(value, arguments)
        case "format":
            guard arguments.more.isEmpty || arguments.named.isEmpty else {
                throw arguments.failed("takes values by position or by name, not both")
            }
            let values: JinjaValue =
                arguments.named.isEmpty ? .tuple(arguments.more) : .dict(JinjaDict(arguments.named))
            return .string(try JinjaFormat.percent(try text(of: value), values, self))
        case "int": return try whole(value, arguments)
        case "float":
            if case .undefined(let name) = value { throw arguments.failed("got '\(name)', which is undefined") }
            let number = value.number ?? value.text.flatMap { JinjaNumbers.real($0) }
            return number.map { .double($0) } ?? arguments["default"] ?? .double(0)
        case "abs":
            if let whole = value.integer {
                guard whole != .min else { throw arguments.failed("got a number beyond 64 bits") }
                return .int(abs(whole))
            }
            guard let number = value.number else { throw arguments.failed("got a value of type \(value.typeName)") }
            return .double(number.magnitude)
        case "tojson": return try json(value, arguments)
        case "indent": return try indented(value, arguments)
        case "round": return try rounded(value, arguments)
        case "attr":
            let name = try arguments.requiredText("name").string
            return try ownAttribute(value, name) ?? .undefined(name: name)
        default: return try sequence(name, value, arguments)
        }
    }

    /// str.replace, within the size limits.
    func replaced(_ text: JinjaText, _ old: JinjaText, _ new: JinjaText, _ limit: Int) throws -> JinjaText {
        let found = old.isEmpty ? text.count + 1 : text.occurrences(of: old, in: 0..<text.count)
        try checkSize(new.count, times: limit < 0 ? found : min(found, limit))
        return text.replacing(old, with: new, limit: limit)
    }

    /// The default if the value is not a number; "42.23" gives 42, as in Jinja.
    private func whole(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        let standard = arguments["default"] ?? .int(0)
        let base = try arguments.integer("base") ?? 10
        let number: Double?
        switch value {
        case .undefined(let name): throw arguments.failed("got '\(name)', which is undefined")
        case .int, .bool: return .int(value.integer ?? 0)
        case .double(let real):
            guard !real.isInfinite else { throw arguments.failed("got an infinite number") }
            number = real
        case .string(let text):
            do throws(JinjaNumbers.Failure) {
                return .int(try JinjaNumbers.whole(text, base: base))
            } catch {
                guard error == .invalid else { throw arguments.failed("got a number beyond 64 bits") }
                number = JinjaNumbers.real(text)
            }
        default: return standard
        }
        guard let number, number.isFinite else { return standard }
        guard let whole = Int(exactly: number.rounded(.towardZero)) else {
            throw arguments.failed("got a number beyond 64 bits")
        }
        return .int(whole)
    }

    /// As defined by transformers: json.dumps without escaping non-ASCII letters.
    private func json(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        var style = JinjaValue.JSONStyle()
        style.escapesLetters = arguments.flag("ensure_ascii")
        switch arguments.value("indent") {
        case .none: break
        case .string(let text): style.indent = text
        case let width:
            guard let count = width.integer, count <= 1000 else {
                throw arguments.failed("takes a string or a number up to 1000 as 'indent'")
            }
            style.indent = JinjaText(repeatElement(JinjaPoint(" "), count: max(0, count)))
        }
        if style.indent != nil { style.itemSeparator = "," }
        switch arguments.value("separators") {
        case .none: break
        case .list(let list) where list.items.count == 2 && list.items.allSatisfy({ $0.text != nil }):
            style.itemSeparator = list.items[0].text ?? ""
            style.keySeparator = list.items[1].text ?? ""
        default: throw arguments.failed("takes two strings as 'separators'")
        }
        let margin = style.indent?.count ?? 0
        try checkSize(
            value.size, times: 1 + value.depth * margin + style.itemSeparator.count + style.keySeparator.count)
        style.sortKeys = arguments.flag("sort_keys")
        do {
            return .string(try value.json(style))
        } catch {
            throw arguments.failed("cannot write \(error.reason)")
        }
    }

    /// Indents every line but the first, or with `first` all; empty lines only with `blank`.
    private func indented(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        guard let text = value.text else {
            if case .undefined(let name) = value { throw arguments.failed("got '\(name)', which is undefined") }
            throw arguments.failed("takes a string, found a value of type \(value.typeName)")
        }
        let margin: JinjaText
        if let given = arguments["width"]?.text {
            margin = given
        } else {
            let count = try arguments.integer("width") ?? 4
            try checkSize(count)
            margin = JinjaText(repeatElement(JinjaPoint(" "), count: max(0, count)))
        }
        let lines = JinjaText(text.points + [JinjaPoint("\n")]).lines()
        try checkSize(margin.count, times: lines.count)
        var result = arguments.flag("first") ? margin : JinjaText("")
        for (index, line) in lines.enumerated() {
            if index > 0 {
                result.append("\n")
                if !line.isEmpty || arguments.flag("blank") { result.append(margin) }
            }
            result.append(line)
        }
        return .string(text.with(result.points))
    }

    private func truncated(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        if value.isUndefined { return value }
        guard let text = value.text else {
            throw arguments.failed("takes a string, found a value of type \(value.typeName)")
        }
        let length = try arguments.integer("length") ?? 255
        let end = try arguments.text("end") ?? "..."
        let leeway = try arguments.integer("leeway", orNone: true) ?? 5
        guard length >= end.count, leeway >= 0 else {
            throw arguments.failed("needs a 'length' of at least \(end.count) and a 'leeway' of at least 0")
        }
        guard text.count > length, text.count - length > leeway else { return value }
        let head = text.part(0..<length - end.count)
        let kept = arguments.flag("killwords") ? head : head.splitFromRight(" ", limit: 1)[0]
        return .string(text.with(kept.points + end.asPart(ofMarkup: text.isMarkup)))
    }

    /// Rounds to nearest, or with `method` up or down; ties to even, as in Python.
    private func rounded(_ value: JinjaValue, _ arguments: JinjaBoundArguments) throws -> JinjaValue {
        let method = try arguments.text("method")?.string ?? "common"
        guard ["common", "ceil", "floor"].contains(method) else {
            throw arguments.failed("takes 'common', 'ceil' or 'floor' as 'method', found '\(method)'")
        }
        if case .undefined(let name) = value { throw arguments.failed("got '\(name)', which is undefined") }
        guard let number = value.number else { throw arguments.failed("got a value of type \(value.typeName)") }
        let digits = try arguments.integer("precision", orNone: method == "common")
        let wantsWhole = arguments["precision"]?.isNone == true
        func whole(_ number: Double) throws -> JinjaValue {
            guard let whole = Int(exactly: number) else { throw arguments.failed("gives a number beyond 64 bits") }
            return .int(whole)
        }
        if method == "common" {
            if let integer = value.integer {
                guard let result = JinjaNumbers.rounded(integer, digits: digits ?? 0) else {
                    throw arguments.failed("gives a number beyond 64 bits")
                }
                return .int(result)
            }
            return wantsWhole
                ? try whole(number.rounded(.toNearestOrEven))
                : .double(JinjaNumbers.rounded(number, digits: digits ?? 0))
        }
        guard number.isFinite, (-22...22).contains(digits ?? 0) else {
            throw arguments.failed("takes finite numbers and a 'precision' of -22 to 22 with '\(method)'")
        }
        let scale = (0..<(digits ?? 0).magnitude).reduce(1.0) { power, _ in power * 10 }
        let factor = (digits ?? 0) < 0 ? 1 / scale : scale
        // Python's ceil and floor return integers, which have no -0.
        return .double(((number * factor).rounded(method == "ceil" ? .up : .down) + 0) / factor)
    }
}

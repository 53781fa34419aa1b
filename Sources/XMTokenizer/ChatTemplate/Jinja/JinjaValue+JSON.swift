// Converts values from and to JSON. Parsing preserves the order of keys: the tools of a conversation must reach the
// model as they were written. Output equals json.dumps.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

extension JinjaValue {
    /// Parses one JSON value. Throws `JinjaError.json`.
    package init(json text: String) throws {
        var text = text
        self = try text.withUTF8 { bytes in
            var scanner = JSONScanner(UnsafeRawBufferPointer(bytes))
            do throws(JSONError) {
                let value = try Self.read(&scanner, depth: 0)
                try scanner.end()
                return value
            } catch {
                throw JinjaError.json(offset: error.offset, reason: error.reason)
            }
        }
    }

    /// A value that was parsed before. Throws `JinjaError.json` for numbers beyond 64 bits.
    package init(_ value: JSONValue) throws {
        switch value {
        case .null: self = .none
        case .bool(let flag): self = .bool(flag)
        case .string(let text): self = .string(text)
        case .number(let spelling): self = try JinjaValue(json: spelling)
        case .array(let items): self = .list(try items.map { try JinjaValue($0) })
        case .object(let object): self = .dict(JinjaDict(try object.map { ($0.key, try JinjaValue($0.value)) }))
        }
    }

    private static func read(_ scanner: inout JSONScanner, depth: Int) throws(JSONError) -> JinjaValue {
        switch scanner.kind() {
        case .object:
            var entries: [(key: JinjaValue, value: JinjaValue)] = []
            try scanner.members(depth: depth) { scanner, key throws(JSONError) in
                entries.append((.string(String(decoding: key, as: UTF8.self)), try read(&scanner, depth: depth + 1)))
            }
            return .dict(JinjaDict(pairs: entries))
        case .list:
            var items: [JinjaValue] = []
            try scanner.list(depth: depth) { scanner throws(JSONError) in
                items.append(try read(&scanner, depth: depth + 1))
            }
            return .list(items)
        case .other: break
        }
        let start = scanner.position
        switch try scanner.value(depth: depth) {
        case .null: return .none
        case .bool(let value): return .bool(value)
        case .string(let text): return .string(text)
        case .number(let text):
            if let whole = Int(text) { return .int(whole) }
            let isWhole = !text.utf8.contains { ".eE".utf8.contains($0) }
            guard !isWhole, let value = Double(text), value.isFinite else {
                throw JSONError(offset: start, reason: "a number beyond 64 bits (\(text))")
            }
            return .double(value)
        case .array, .object: preconditionFailure("lists and objects are read above")
        }
    }

    /// The layout options of json.dumps.
    struct JSONStyle {
        var indent: JinjaText?
        var itemSeparator: JinjaText = ", "
        var keySeparator: JinjaText = ": "
        var sortKeys = false
        /// Whether characters outside ASCII are written as \uXXXX.
        var escapesLetters = false
    }

    /// A value that JSON cannot express.
    struct NotJSON: Error {
        let reason: String
    }

    /// json.dumps(value, ensure_ascii=False).
    func json(_ style: JSONStyle = JSONStyle()) throws(NotJSON) -> JinjaText {
        var out = JinjaText("")
        try appendJSON(to: &out, style, margin: "\n")
        return out
    }

    /// A key as a JSON string.
    private func keyText() throws(NotJSON) -> JinjaText {
        switch self {
        case .string(let text): return text
        case .none, .bool, .int, .double: return try json()
        default: throw NotJSON(reason: "a key of type \(typeName)")
        }
    }

    private static func sorted(
        _ entries: [(key: JinjaValue, value: JinjaValue)]
    ) throws(NotJSON) -> [(key: JinjaValue, value: JinjaValue)] {
        if entries.allSatisfy({ $0.key.text != nil }) {
            return entries.sorted { $0.key.text! < $1.key.text! }
        }
        guard entries.allSatisfy({ $0.key.number != nil }) else { throw NotJSON(reason: "keys that have no order") }
        return entries.sorted { $0.key.number! < $1.key.number! }
    }

    private func appendJSON(to out: inout JinjaText, _ style: JSONStyle, margin: JinjaText) throws(NotJSON) {
        switch self {
        case .none: out.append("null")
        case .bool(let value): out.append(value ? "true" : "false")
        case .int(let value): out.append("\(value)")
        case .double(let value):
            out.append(
                value.isNaN
                    ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : JinjaNumbers.text(value))
        case .string(let text): Self.appendJSON(text, to: &out, style)
        case .list(let list) where list.kind == .list || list.isTuple:
            try Self.appendItems(list.items, ("[", "]"), to: &out, style, margin) {
                out, item, margin throws(NotJSON) in
                try item.appendJSON(to: &out, style, margin: margin)
            }
        case .dict(let dict):
            let entries = style.sortKeys ? try Self.sorted(dict.entries) : dict.entries
            try Self.appendItems(entries, ("{", "}"), to: &out, style, margin) {
                out, entry, margin throws(NotJSON) in
                Self.appendJSON(try entry.key.keyText(), to: &out, style)
                out.append(style.keySeparator)
                try entry.value.appendJSON(to: &out, style, margin: margin)
            }
        case .undefined(let name): throw NotJSON(reason: "'\(name)', which is undefined")
        case .list, .namespace, .iterator, .macro, .loop, .method: throw NotJSON(reason: "a value of type \(typeName)")
        }
    }

    private static func appendItems<Item>(
        _ items: [Item], _ brackets: (String, String), to out: inout JinjaText, _ style: JSONStyle,
        _ margin: JinjaText, _ append: (inout JinjaText, Item, JinjaText) throws(NotJSON) -> Void
    ) throws(NotJSON) {
        out.append(brackets.0)
        let inner = items.isEmpty ? nil : style.indent.map { JinjaText(margin.points + $0.points) }
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(style.itemSeparator) }
            if let inner { out.append(inner) }
            try append(&out, item, inner ?? margin)
        }
        if inner != nil { out.append(margin) }
        out.append(brackets.1)
    }

    private static func appendJSON(_ text: JinjaText, to out: inout JinjaText, _ style: JSONStyle) {
        out.append("\"")
        for point in text.points {
            let scalar = point.scalar
            switch scalar {
            case "\"": out.points += point.replaced(by: "\\\"")
            case "\\": out.points += point.replaced(by: "\\\\")
            case "\n": out.points += point.replaced(by: "\\n")
            case "\r": out.points += point.replaced(by: "\\r")
            case "\t": out.points += point.replaced(by: "\\t")
            case "\u{8}": out.points += point.replaced(by: "\\b")
            case "\u{C}": out.points += point.replaced(by: "\\f")
            case _ where style.escapesLetters && scalar.value > 0x7E:
                for unit in String(scalar).utf16 {
                    out.points += point.replaced(by: "\\u" + hexadecimal(UInt32(unit), width: 4))
                }
            case ..<" ": out.points += point.replaced(by: "\\u" + hexadecimal(scalar.value, width: 4))
            default: out.points.append(point)
            }
        }
        out.append("\"")
    }
}

// Values as text, byte for byte as Python writes them: str(), repr() and json.dumps(ensure_ascii=False).
// Reading JSON is in JinjaValue+JSON.swift.
// SPDX-License-Identifier: Apache-2.0

extension JinjaValue {
    /// str(): what `{{ value }}` prints.
    var pythonText: String {
        switch self {
        case .undefined: ""
        case .string(let text): text
        default: pythonRepresentation
        }
    }

    /// repr(): how a value looks inside a list.
    var pythonRepresentation: String {
        switch self {
        case .undefined: return "Undefined"
        case .none: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .int(let value): return "\(value)"
        case .double(let value): return Self.pythonText(value)
        case .string(let text): return Self.quoted(text)
        case .list(let list):
            let items = list.items.map(\.pythonRepresentation).joined(separator: ", ")
            switch list.kind {
            case .list: return "[\(items)]"
            case .tuple: return "(\(items)\(list.items.count == 1 ? "," : ""))"
            case .keys, .values, .items: return "\(list.kind.rawValue)([\(items)])"
            }
        case .dict(let dict):
            let items = dict.entries.map { "\($0.key.pythonRepresentation): \($0.value.pythonRepresentation)" }
            return "{\(items.joined(separator: ", "))}"
        case .namespace, .iterator, .macro, .method: return "<\(typeName)>"
        }
    }

    /// The shortest digits that read back as the same number; an exponent below 1e-4 and from 1e16 on.
    static func pythonText(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        guard value != 0 else { return value.sign == .minus ? "-0.0" : "0.0" }
        // Swift's description has the same digits; only where it puts the point and the exponent differs.
        let parts = "\(value.magnitude)".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        var digits = String(mantissa[0]) + fraction
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)  // digits before the point
        while digits.hasPrefix("0"), digits.count > 1 {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0"), digits.count > 1 { digits.removeLast() }
        let sign = value < 0 ? "-" : ""
        if point <= -4 || point > 16 {
            let exponent = point - 1
            let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            let rest = digits.count > 1 ? "." + digits.dropFirst() : ""
            return "\(sign)\(digits.prefix(1))\(rest)e\(exponent < 0 ? "-" : "+")\(magnitude)"
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) + ".0" }
        return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
    }

    /// Single quotes, unless the text has some and no double ones.
    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
        var result = String(quote)
        for scalar in scalars {
            switch scalar {
            case quote, "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if isPrintable(scalar) {
                    result.unicodeScalars.append(scalar)
                } else {
                    let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                    result += "\\\(letter)\(hexadecimal(scalar.value, width: width))"
                }
            }
        }
        return result + String(quote)
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    static func hexadecimal(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// How json.dumps lays a value out.
    struct JSONStyle {
        var indent: String?
        var itemSeparator = ", "
        var keySeparator = ": "
        var sortKeys = false
        /// Letters outside ASCII as \uXXXX.
        var escapesLetters = false
    }

    /// json.dumps(value, ensure_ascii=False); nil for what is not JSON, an undefined value for example.
    func json(_ style: JSONStyle = JSONStyle()) -> String? {
        var out = ""
        return appendJSON(to: &out, style, margin: "\n") ? out : nil
    }

    /// A key as JSON has it: a string, whatever it was.
    private var keyText: String { text ?? json() ?? "" }

    private static func precedes(_ left: JinjaValue, _ right: JinjaValue) -> Bool {
        if let a = left.number, let b = right.number { return a < b }
        return left.keyText.unicodeScalars.lexicographicallyPrecedes(right.keyText.unicodeScalars)
    }

    private func appendJSON(to out: inout String, _ style: JSONStyle, margin: String) -> Bool {
        switch self {
        case .none: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .int(let value): out += "\(value)"
        case .double(let value):
            out +=
                value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : Self.pythonText(value)
        case .string(let text): Self.appendJSON(text, to: &out, style)
        case .list(let list) where list.isIndexed:
            return Self.appendItems(list.items, "[]", to: &out, style, margin) {
                $1.appendJSON(to: &$0, style, margin: $2)
            }
        case .dict(let dict):
            let entries = style.sortKeys ? dict.entries.sorted { Self.precedes($0.key, $1.key) } : dict.entries
            return Self.appendItems(entries, "{}", to: &out, style, margin) { out, entry, margin in
                Self.appendJSON(entry.key.keyText, to: &out, style)
                out += style.keySeparator
                return entry.value.appendJSON(to: &out, style, margin: margin)
            }
        case .list, .undefined, .namespace, .iterator, .macro, .method: return false
        }
        return true
    }

    private static func appendItems<Item>(
        _ items: [Item], _ brackets: String, to out: inout String, _ style: JSONStyle, _ margin: String,
        _ append: (inout String, Item, String) -> Bool
    ) -> Bool {
        guard !items.isEmpty else {
            out += brackets
            return true
        }
        let inner = style.indent.map { margin + $0 }
        out.append(brackets.first ?? "[")
        for (index, item) in items.enumerated() {
            if index > 0 { out += style.itemSeparator }
            if let inner { out += inner }
            guard append(&out, item, inner ?? margin) else { return false }
        }
        if inner != nil { out += margin }
        out.append(brackets.last ?? "]")
        return true
    }

    private static func appendJSON(_ text: String, to out: inout String, _ style: JSONStyle) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            case "\u{C}": out += "\\f"
            case _ where style.escapesLetters && scalar.value > 0x7E:
                for unit in String(scalar).utf16 { out += "\\u" + hexadecimal(UInt32(unit), width: 4) }
            case ..<" ": out += "\\u" + hexadecimal(scalar.value, width: 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}

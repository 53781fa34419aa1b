// Prints values exactly like Python's str() and repr(). The contents of strings keep their provenance; quotes, brackets
// and numbers count as the template's.
// SPDX-License-Identifier: Apache-2.0

extension JinjaValue {
    /// str(): the output of `{{ value }}`.
    package var pythonText: JinjaText {
        switch self {
        case .undefined: ""
        case .string(let text): text
        default: pythonRepresentation
        }
    }

    /// repr(): the form of a value inside a list.
    package var pythonRepresentation: JinjaText {
        var result = JinjaText("")
        appendRepresentation(to: &result)
        return result
    }

    private func appendRepresentation(to out: inout JinjaText) {
        switch self {
        case .undefined: out.append("Undefined")
        case .none: out.append("None")
        case .bool(let value): out.append(value ? "True" : "False")
        case .int(let value): out.append("\(value)")
        case .double(let value): out.append(JinjaNumbers.text(value))
        case .string(let text):
            if text.isMarkup { out.append("Markup(") }
            Self.appendQuoted(text, to: &out)
            if text.isMarkup { out.append(")") }
        case .list(let list):
            func items(_ open: String, _ close: String) {
                out.append(open)
                for (index, item) in list.items.enumerated() {
                    if index > 0 { out.append(", ") }
                    item.appendRepresentation(to: &out)
                }
                out.append(close)
            }
            switch list.kind {
            case .list: items("[", "]")
            case .tuple, .group: items("(", list.items.count == 1 ? ",)" : ")")
            case .keys, .values, .items: items("\(list.kind.name)([", "])")
            case .range(let start, let stop, let step):
                out.append(step == 1 ? "range(\(start), \(stop))" : "range(\(start), \(stop), \(step))")
            }
        case .dict(let dict):
            out.append("{")
            for (index, entry) in dict.entries.enumerated() {
                if index > 0 { out.append(", ") }
                entry.key.appendRepresentation(to: &out)
                out.append(": ")
                entry.value.appendRepresentation(to: &out)
            }
            out.append("}")
        case .namespace, .iterator, .macro, .loop, .method: out.append("<\(typeName)>")
        }
    }

    /// Whether Python would print an address, or the name of an internal class.
    var hasOwnRepresentation: Bool {
        switch self {
        case .list(let list): list.items.allSatisfy(\.hasOwnRepresentation)
        case .dict(let dict): dict.entries.allSatisfy { $0.value.hasOwnRepresentation }
        case .namespace, .iterator, .macro, .loop, .method: false
        default: true
        }
    }

    /// In single quotes, unless the text contains single but no double quotes.
    private static func appendQuoted(_ text: JinjaText, to out: inout JinjaText) {
        func has(_ scalar: Unicode.Scalar) -> Bool { text.points.contains { $0.value == scalar.value } }
        let quote: Unicode.Scalar = has("'") && !has("\"") ? "\"" : "'"
        out.points.append(JinjaPoint(quote))
        for point in text.points {
            let scalar = point.scalar
            switch scalar {
            case quote, "\\": out.points += point.replaced(by: "\\\(scalar)")
            case "\n": out.points += point.replaced(by: "\\n")
            case "\r": out.points += point.replaced(by: "\\r")
            case "\t": out.points += point.replaced(by: "\\t")
            case _ where PythonText.isPrintable(scalar): out.points.append(point)
            default:
                let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                out.points += point.replaced(by: "\\\(letter)\(hexadecimal(scalar.value, width: width))")
            }
        }
        out.points.append(JinjaPoint(quote))
    }

    static func hexadecimal(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

// JSON as Python's `json.dumps(value, indent=2, ensure_ascii=False)` writes it, byte for byte: the text of results
// files, and the text whose SHA-256 lm-evaluation-harness calls a document's hash.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

extension JSONValue {
    package var pythonIndentedText: String {
        var text = ""
        appendIndented(to: &text, indent: "\n")
        return text
    }

    /// - Parameter indent: a line feed and the spaces in front of this value's closing bracket.
    private func appendIndented(to text: inout String, indent: String) {
        let inner = indent + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index > 0 ? "," : "") + inner
                element.appendIndented(to: &text, indent: inner)
            }
            text += indent + "]"
        case .object(let members) where !members.isEmpty:
            text += "{"
            for (index, member) in members.enumerated() {
                text += (index > 0 ? "," : "") + inner + Self.pythonString(member.key) + ": "
                member.value.appendIndented(to: &text, indent: inner)
            }
            text += indent + "}"
        case .string(let string): text += Self.pythonString(string)
        default: text += self.text
        }
    }

    /// Backspace and form feed have short escapes in Python.
    private static func pythonString(_ string: String) -> String {
        guard string.utf8.contains(where: { $0 == 0x08 || $0 == 0x0C }) else { return JSONValue.string(string).text }
        var text = ""
        var rest = String.UnicodeScalarView()
        for scalar in string.unicodeScalars {
            guard scalar == "\u{8}" || scalar == "\u{C}" else {
                rest.append(scalar)
                continue
            }
            text += inside(rest) + (scalar == "\u{8}" ? "\\b" : "\\f")
            rest = String.UnicodeScalarView()
        }
        return "\"" + text + inside(rest) + "\""
    }

    /// A string's JSON without its quotes.
    private static func inside(_ scalars: String.UnicodeScalarView) -> String {
        String(JSONValue.string(String(scalars)).text.unicodeScalars.dropFirst().dropLast())
    }
}

// JSON as text: compact, members in their order, numbers as they are spelled. Only what JSON demands is escaped
// (RFC 8259, section 7), so that letters of every script stay readable.
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// One line without blanks: `{"a":[1,"é"]}`.
    package var text: String {
        var result = ""
        append(to: &result)
        return result
    }

    private func append(to result: inout String) {
        switch self {
        case .null: result += "null"
        case .bool(let flag): result += flag ? "true" : "false"
        case .number(let spelling): result += spelling
        case .string(let text): Self.append(text, to: &result)
        case .array(let elements):
            result += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { result += "," }
                element.append(to: &result)
            }
            result += "]"
        case .object(let object):
            result += "{"
            for (index, member) in object.enumerated() {
                if index > 0 { result += "," }
                Self.append(member.key, to: &result)
                result += ":"
                member.value.append(to: &result)
            }
            result += "}"
        }
    }

    private static func append(_ text: String, to result: inout String) {
        result += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        result += "\""
    }
}

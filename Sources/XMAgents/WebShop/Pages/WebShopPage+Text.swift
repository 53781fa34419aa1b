// The two text modes of WebShop's own environment: `text` and `text_rich`.
// SPDX-License-Identifier: Apache-2.0

extension WebShopPage {
    /// Mode `text`: the stripped texts with separators.
    package var plainText: String { nodes.map(\.text.pythonStripped).joined(separator: " [SEP] ") }

    /// Mode `text_rich`: one line for each text, with marks around what can be clicked.
    /// - Parameters:
    ///   - address: the URL of the page, in which the original looks for a chosen option's value in quotes.
    ///   - visited: the asins of the products opened since the search page.
    package func richText(address: String, visited: Set<String>) -> String {
        var text = ""
        for node in nodes {
            switch node {
            case .button(let label): text += "[button] \(label) [button_]"
            case .option(let value, _):
                if address.contains(bytesOf: "\"\(value)\"") {
                    text = "You have clicked \(value).\n" + text + "  [clicked button] \(value) [clicked button_]"
                } else {
                    text += "  [button] \(value) [button_]"
                }
            case .product(let asin):
                text +=
                    visited.contains(asin)
                    ? "\n[clicked button] \(asin) [clicked button_]" : "\n[button] \(asin) [button_]"
            case .text(let plain), .preformatted(let plain): text += plain
            }
            text += "\n"
        }
        return text
    }
}

/// `json.dumps` for the chosen options, of which the addresses and the last page are made.
enum PythonJSON {
    /// - Parameter isHTML: as Flask's filter `tojson` writes it into a page.
    static func object(_ members: [WebShopSession.Choice], isHTML: Bool = false) -> String {
        "{" + members.map { "\(literal($0.name, isHTML)): \(literal($0.value, isHTML))" }.joined(separator: ", ") + "}"
    }

    private static func literal(_ text: String, _ isHTML: Bool) -> String {
        var result = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0x08: result += "\\b"
            case 0x0C: result += "\\f"
            case 0x26, 0x27, 0x3C, 0x3E: result += isHTML ? escape(unit) : String(Unicode.Scalar(UInt8(unit)))
            case 0x20..<0x7F: result += String(Unicode.Scalar(UInt8(unit)))
            default: result += escape(unit)
            }
        }
        return result + "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}

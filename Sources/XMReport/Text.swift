// Text and numbers for HTML, SVG and inline scripts.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// Coordinates to a tenth of a pixel.
func f(_ value: Double) -> String { String(format: "%.1f", value) }

/// Escapes text for HTML and SVG, attributes included.
package func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// A JSON string for use inside a `<script>` element, where neither a tag nor an entity may appear, and U+2028 and
/// U+2029 end a line.
func jsonString(_ text: String) -> String {
    ["<", ">", "&", "\u{2028}", "\u{2029}"].reduce(JSONValue.string(text).text) { result, character in
        let code = character.unicodeScalars.first!.value
        return result.replacing(character, with: String(format: "\\u%04x", code))
    }
}

func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

// Formats text and numbers for HTML, SVG and JSON. Run names and samples are untrusted text: nothing reaches the page
// unescaped.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// A coordinate to a tenth of an SVG unit, finer than a pixel.
func f(_ value: Double) -> String { String(format: "%.1f", value) }

/// Text escaped for HTML and SVG, including attribute values.
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

/// A JSON string that is safe inside a `<script>` element: no `</script>` and no `<!--` can appear in it.
func jsonString(_ text: String) -> String {
    ["<", ">", "&", "\u{2028}", "\u{2029}"].reduce(JSONValue.string(text).text) { result, character in
        let code = character.unicodeScalars.first!.value
        return result.replacing(character, with: String(format: "\\u%04x", code))
    }
}

/// One decimal and a sign: "12.3 %".
func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

// Formats text and numbers for HTML, SVG and JSON.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A coordinate, rounded to a tenth of a pixel.
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

/// A JSON string that is safe inside a `<script>` element.
func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "<", ">", "&": result += String(format: "\\u%04x", scalar.value)
        case _ where scalar.value < 0x20 || scalar.value == 0x2028 || scalar.value == 0x2029:
            result += String(format: "\\u%04x", scalar.value)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

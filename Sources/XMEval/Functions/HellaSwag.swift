// HellaSwag's documents with the texts that are asked: `query`, `choices` and `gold`. Part of the set is from WikiHow
// and has its marks, such as "[step]" and "[title]".
// SPDX-License-Identifier: Apache-2.0

import XMSupport
import XMTokenizer

enum HellaSwag {
    static func prepared(_ document: JSONObject) throws -> JSONObject {
        let label = try document.text("activity_label")
        let (first, second) = (try document.text("ctx_a"), try document.text("ctx_b"))
        guard let endings = document["endings"]?.array, let gold = Int(try document.text("label")) else {
            throw TaskFunctionError.noText(field: "endings")
        }
        var result = document
        result.append("query", .string(cleaned("\(label): \(first) \(JinjaText(second).capitalized().string)")))
        result.append("choices", .array(endings.map { .string(cleaned($0.string ?? "")) }))
        result.append("gold", .integer(gold))
        return result
    }

    /// Without the marks; only pairs of blanks become one, in a single pass.
    static func cleaned(_ text: String) -> String {
        let marked = Scalars(text).stripped().replaced(" [title]", by: ". ")
        return withoutBrackets(marked).replaced("  ", by: " ").text
    }

    /// Deletes `\[.*?\]`: brackets and what is between them, within a line.
    private static func withoutBrackets(_ text: Scalars) -> Scalars {
        var result = Scalars()
        var index = 0
        while index < text.count {
            if text[index] == "[", let close = text[index...].firstIndex(where: { $0 == "]" || $0 == "\n" }),
                text[close] == "]"
            {
                index = close + 1
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}

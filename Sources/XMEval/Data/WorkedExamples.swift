// Worked examples that are others' texts, read from the files in which their authors published them: the chains of
// thought of BIG-Bench Hard (cot-prompts/*.txt) and Minerva's examples for MATH, which lm-evaluation-harness has as a
// list in Python (lm_eval/tasks/minerva_math/utils.py).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

enum WorkedExamples {
    /// `{input, target}`: behind a line of dashes come the instruction and the examples, each
    /// "Q: INPUT\nA: Let's think step by step.\nTARGET", with empty lines between.
    static func bbh(_ url: URL) throws -> [JSONObject] {
        let name = url.lastPathComponent
        let text = Scalars(try DataRows.text(url))
        guard let dashes = text.find("-----\n") else {
            throw DatasetError.badFile(file: name, reason: "has no line of dashes before its instruction")
        }
        let examples = Scalars(text[(dashes + 6)...]).pieces("\n\nQ: ").dropFirst()
        guard !examples.isEmpty else { throw DatasetError.badFile(file: name, reason: "has no example 'Q: …'") }
        return try examples.enumerated().map { index, example in
            let separator = "\nA: Let's think step by step.\n"
            guard let end = example.find(separator) else {
                throw DatasetError.badRow(
                    file: name, row: index + 1, reason: "the example has no answer \"A: Let's think step by step.\"")
            }
            return [
                "input": .string(Scalars(example[..<end]).text),
                "target": .string(Scalars(example[(end + separator.unicodeScalars.count)...]).text),
            ]
        }
    }

    /// `{problem, solution}`: the list that `list_fewshot_samples` returns.
    static func math(_ url: URL) throws -> [JSONObject] {
        let name = url.lastPathComponent
        let text = Scalars(try DataRows.text(url))
        guard let function = text.find("def list_fewshot_samples"), let start = text.find("return ", from: function)
        else {
            throw DatasetError.badFile(file: name, reason: "has no function list_fewshot_samples that returns a list")
        }
        let list: JSONValue
        do throws(PythonLiteralError) {
            list = try PythonLiteral.first(in: text, from: start + 7)
        } catch { throw DatasetError.badFile(file: name, reason: "list_fewshot_samples: \(error)") }
        return try (list.array ?? []).enumerated().map { index, example in
            try DataRow(file: name, number: index + 1, members: example.object ?? JSONObject())
                .fields(["problem", "solution"])
        }
    }
}

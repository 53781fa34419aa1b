// The questions of HotpotQA and the claims of FEVER, in their original order, and the sample of 500 that the ReAct
// paper evaluates on.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct QuestionSet: Sendable {
    package let questions: [WikipediaQuestion]

    /// HotpotQA's development questions: a JSON list of `question`, `answer`, `type`.
    package static func hotpotQA(_ url: URL) throws -> QuestionSet {
        let list: JSONValue
        do {
            list = try JSONValue.parse(FileBytes.read(url))
        } catch let error as JSONError {
            throw WikipediaError.notJSON(file: url.path, line: 1, reason: error.description)
        }
        return QuestionSet(
            questions: try (list.array ?? []).enumerated().map { index, row in
                guard let question = row["question"]?.string, let answer = row["answer"]?.string else {
                    throw WikipediaError.missingField(
                        file: url.path, line: index + 1, field: "question or answer")
                }
                return WikipediaQuestion(.question, question, answer: answer)
            })
    }

    /// FEVER's `paper_dev.jsonl`: `claim` and `label`.
    package static func fever(_ url: URL) throws -> QuestionSet {
        let text = String(decoding: try FileBytes.read(url), as: UTF8.self)
        return QuestionSet(
            questions: try JSONLines.lines(of: text).map { line in
                let row = try WikipediaRow.parse(line.text, file: url.path, line: line.number)
                guard let claim = row["claim"]?.string, let label = row["label"]?.string else {
                    throw WikipediaError.missingField(file: url.path, line: line.number, field: "claim or label")
                }
                return WikipediaQuestion(.claim, claim, answer: label)
            })
    }

    /// Indices 0 to 7404 in the order of ReAct's notebooks: `random.Random(233).shuffle`. The paper takes the first
    /// 500, for FEVER too.
    package static func reactOrder() -> [Int] {
        var order = Array(0..<7405)
        var random = PythonRandom(seed: 233)
        random.shuffle(&order)
        return order
    }
}

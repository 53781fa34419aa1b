// The formats in which datasets were published, as documents: the fields that the dataset has on Hugging Face, in that
// order, because templates name them and hashes of documents are taken over them. A row without a gold answer is an
// error. To add a format: a case and its line in `documents`; datasets.yaml says which files have it.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package enum DatasetFormat: String, Decodable, Sendable, CaseIterable {
    /// Rows that are documents already, such as those of Hugging Face's Parquet files.
    case documents
    /// AI2's multiple choice: `question {stem, choices [{text, label}]}`. ARC names the stem "question".
    case arc
    case openbookqa
    case boolq
    case hellaswag
    /// A second file has the labels, one on a line.
    case piqa
    case sciq
    case winogrande
    case triviaqa
    /// Six columns without a header.
    case mmlu
    case gsm8k
    /// All subjects in one file, told apart by `type`.
    case math
    /// Minerva's worked examples for MATH: a list in Python, as lm-evaluation-harness publishes it.
    case mathExamples = "math_examples"
    /// A JSON object with a list `examples`.
    case bbh
    /// A text with an instruction and worked examples.
    case bbhPrompts = "bbh_prompts"
    case humaneval
    /// All splits in one file, told apart by `task_id`.
    case mbpp
    /// Lines of Wikipedia articles: the published text, or rows that have lost the blank of empty lines.
    case wikitext
    case wikitextRows = "wikitext_rows"
    case ceval
    case cmmlu

    /// The documents of a split.
    ///
    /// - Parameter files: one, except where the format has a second file or one file for each document.
    func documents(_ files: [URL], subset: String?, split: String) throws -> [JSONObject] {
        func rows(_ convert: (DataRow) throws -> JSONObject) throws -> [JSONObject] {
            try files.flatMap { try DataRows.read($0).map(convert) }
        }
        switch self {
        case .documents: return try rows { $0.members }
        case .arc: return try rows { try $0.choiceQuestion(stem: "question") }
        case .openbookqa: return try rows { try $0.choiceQuestion(stem: "question_stem") }
        case .boolq: return try rows { try $0.boolQuestion() }
        case .hellaswag: return try rows { try $0.hellaSwag() }
        case .piqa: return try Self.piqa(files)
        case .sciq:
            let fields = ["question", "distractor3", "distractor1", "distractor2", "correct_answer", "support"]
            return try rows { try $0.fields(fields, gold: "correct_answer") }
        case .winogrande: return try rows { try $0.winoGrande() }
        case .triviaqa:
            let fields = ["question", "question_id", "question_source", "entity_pages", "search_results", "answer"]
            return try rows { row in
                guard try row.value("answer")["aliases"]?.array?.isEmpty == false else {
                    throw DatasetError.missingField(file: row.file, row: row.number, field: "answer.aliases")
                }
                return try row.fields(fields)
            }
        case .mmlu:
            return try files.flatMap { file in
                try DataRows.read(file, header: false).map { try $0.mmlu(subject: subset ?? "") }
            }
        case .gsm8k:
            return try rows { row in
                guard try row.text("answer").utf8.contains("#### ".utf8) else {
                    throw row.wrong("answer", try row.value("answer"), "a solution whose last line is '#### NUMBER'")
                }
                return try row.fields(["question", "answer"])
            }
        case .math: return try Self.math(files, subject: subset)
        case .mathExamples: return try WorkedExamples.math(files[0])
        case .bbh:
            return try DataRows.read(files[0]).flatMap { row in
                guard let examples = try row.value("examples").array else {
                    throw row.wrong("examples", try row.value("examples"), "a list")
                }
                return try examples.enumerated().map { index, example in
                    let members = example.object ?? JSONObject()
                    return try DataRow(file: row.file, number: index + 1, members: members)
                        .fields(["input", "target"], gold: "target")
                }
            }
        case .bbhPrompts: return try WorkedExamples.bbh(files[0])
        case .humaneval:
            let fields = ["task_id", "prompt", "canonical_solution", "test", "entry_point"]
            return try rows { try $0.fields(fields, gold: "test") }
        case .mbpp: return try Self.mbpp(files, split: split)
        case .wikitext: return WikiText.articles(try DataRows.text(files[0]))
        case .wikitextRows:
            return WikiText.articles(
                try DataRows.read(files[0]).map { row in
                    let text = try row.text("text")
                    return text.isEmpty ? " \n" : text
                }.joined())
        case .ceval:
            return try rows { row in
                var document = try row.lettered(["id", "question", "A", "B", "C", "D", "answer"], gold: "answer")
                document.append("explanation", row.members["explanation"] ?? .string(""))
                return document
            }
        case .cmmlu: return try rows { try $0.lettered(["Question", "A", "B", "C", "D", "Answer"], gold: "Answer") }
        }
    }

    private static func piqa(_ files: [URL]) throws -> [JSONObject] {
        let rows = try DataRows.read(files[0])
        guard files.count == 2 else { return try rows.map { try $0.fields(["goal", "sol1", "sol2", "label"]) } }
        let labels = try DataRows.lines(files[1])
        let name = files[1].lastPathComponent
        guard rows.count == labels.count else {
            throw DatasetError.lengths(file: rows[0].file, rows: rows.count, labels: name, lines: labels.count)
        }
        return try zip(rows, labels).map { row, label in
            guard let number = Int(label), [0, 1].contains(number) else {
                throw DatasetError.wrongField(
                    file: name, row: row.number, field: "the label", found: "'\(label)'", wanted: "0 or 1")
            }
            var document = try row.fields(["goal", "sol1", "sol2"])
            document.append("label", .integer(number))
            return document
        }
    }

    /// The names of MATH's folders by their names in its rows.
    private static let typesOfMath = [
        "Algebra": "algebra", "Counting & Probability": "counting_and_probability", "Geometry": "geometry",
        "Intermediate Algebra": "intermediate_algebra", "Number Theory": "number_theory", "Prealgebra": "prealgebra",
        "Precalculus": "precalculus",
    ]

    private static func math(_ files: [URL], subject: String?) throws -> [JSONObject] {
        let documents = try files.flatMap { try DataRows.read($0) }.compactMap { row in
            guard let name = typesOfMath[try row.text("type")] else {
                let known = typesOfMath.keys.sorted().joined(separator: ", ")
                throw row.wrong("type", try row.value("type"), "one of \(known)")
            }
            return name == subject ? try row.fields(["problem", "level", "type", "solution"]) : nil
        }
        guard !documents.isEmpty else {
            throw DatasetError.badFile(file: files[0].lastPathComponent, reason: "has no rows of \(subject ?? "MATH")")
        }
        return documents
    }

    /// The task ids of MBPP's splits (Austin et al. 2021, section 2.1).
    private static let idsOfMBPP = [
        "prompt": 1...10, "test": 11...510, "validation": 511...600, "train": 601...974,
    ]

    private static func mbpp(_ files: [URL], split: String) throws -> [JSONObject] {
        let ids = idsOfMBPP[split] ?? 0...0
        let fields = ["task_id", "text", "code", "test_list", "test_setup_code", "challenge_test_list"]
        return try files.flatMap { try DataRows.read($0) }.compactMap { row -> (Int, JSONObject)? in
            guard let id = try row.value("task_id").integer else {
                throw row.wrong("task_id", try row.value("task_id"), "a whole number")
            }
            guard ids.contains(id) else { return nil }
            guard try row.value("test_list").array?.isEmpty == false else {
                throw DatasetError.missingField(file: row.file, row: row.number, field: "test_list")
            }
            return (id, try row.fields(fields))
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

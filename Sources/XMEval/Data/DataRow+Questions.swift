// Rows of the published files of multiple-choice sets as documents.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

extension DataRow {
    /// `{id, STEM, choices {text, label}, answerKey}`
    func choiceQuestion(stem: String) throws -> JSONObject {
        let question = try value("question")
        guard let text = question["stem"], let choices = question["choices"]?.array, !choices.isEmpty else {
            throw wrong("question", question, "an object with stem and choices")
        }
        func list(_ field: String) throws -> [JSONValue] {
            try choices.map { choice in
                guard let value = choice[field] else { throw wrong("question.choices", choice, "{text, label}") }
                return value
            }
        }
        let (texts, labels) = (try list("text"), try list("label"))
        let key = try value("answerKey")
        guard labels.contains(key) else {
            throw wrong("answerKey", key, "one of \(labels.map(\.text).joined(separator: ", "))")
        }
        return [
            "id": try value("id"), stem: text, "choices": .object(["text": .array(texts), "label": .array(labels)]),
            "answerKey": key,
        ]
    }

    /// `{question, passage, idx, label}` with the label as 0 or 1.
    func boolQuestion() throws -> JSONObject {
        var document = try fields(["question", "passage", "idx"])
        let label = try value("label")
        switch label {
        case .bool(let flag): document.append("label", .integer(flag ? 1 : 0))
        case .string("true"), .number("1"): document.append("label", .integer(1))
        case .string("false"), .number("0"): document.append("label", .integer(0))
        default: throw wrong("label", label, "true or false")
        }
        return document
    }

    /// The label becomes a text.
    func hellaSwag() throws -> JSONObject {
        var document = try fields([
            "ind", "activity_label", "ctx_a", "ctx_b", "ctx", "endings", "source_id", "split", "split_type",
        ])
        let (label, endings) = (try value("label"), try value("endings").array ?? [])
        guard let number = label.integer ?? label.string.flatMap({ Int($0) }), endings.indices.contains(number) else {
            throw wrong("label", label, "the number of one of \(endings.count) endings")
        }
        document.append("label", .string("\(number)"))
        return document
    }

    func winoGrande() throws -> JSONObject {
        guard ["1", "2"].contains(try text("answer")) else { throw wrong("answer", try value("answer"), "1 or 2") }
        guard try text("sentence").utf8.contains(UInt8(ascii: "_")) else {
            throw wrong("sentence", try value("sentence"), "a sentence with a blank, '_'")
        }
        return try fields(["sentence", "option1", "option2", "answer"])
    }

    /// A row of question, four choices and a letter, whose columns are numbered.
    func mmlu(subject: String) throws -> JSONObject {
        let columns = members.map(\.value)
        guard columns.count == 6 else {
            throw DatasetError.wrongColumns(file: file, row: number, found: columns.count, wanted: 6)
        }
        guard let answer = Self.letters.firstIndex(of: columns[5].string ?? "") else {
            throw wrong("the answer", columns[5], "A, B, C or D")
        }
        return [
            "question": columns[0], "subject": .string(subject), "choices": .array(Array(columns[1...4])),
            "answer": .integer(answer),
        ]
    }

    /// Fields of which one is the letter of the answer; `id` becomes a number.
    func lettered(_ names: [String], gold: String) throws -> JSONObject {
        guard Self.letters.contains(try text(gold)) else { throw wrong(gold, try value(gold), "A, B, C or D") }
        return JSONObject(
            try fields(names).map { name, value in
                guard name == "id", let number = value.string.flatMap({ Int($0) }) else { return (name, value) }
                return (name, .integer(number))
            })
    }

    private static let letters = ["A", "B", "C", "D"]
}

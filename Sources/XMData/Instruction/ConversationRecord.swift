// Parses records of instruction data into conversations: OpenAI messages, ShareGPT, Alpaca, questions with worked
// answers. A record that is not a complete conversation is skipped for a named reason and counted, never used in part.
// Next: PromptVariation.swift, ConversationEncoder.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport
package import XMTokenizer

/// Why a record is skipped.
package enum RecordProblem: Error, Equatable {
    case notAnObject
    case missingField(String)
    case notText(String)
    case notList(String)
    case emptyText(String)
    case unknownRole(String)
    case noAnswer
    case chatMarkup

    /// The name of its counter.
    package var name: String {
        switch self {
        case .notAnObject: "not_an_object"
        case .missingField(let field): "missing_field_\(field)"
        case .notText(let field): "not_text_\(field)"
        case .notList(let field): "not_list_\(field)"
        case .emptyText(let field): "empty_\(field)"
        case .unknownRole: "unknown_role"
        case .noAnswer: "no_answer"
        case .chatMarkup: "chat_markup_in_text"
        }
    }

    /// The reason in words, for reports.
    package var detail: String {
        switch self {
        case .notAnObject: "the record is not a JSON object"
        case .missingField(let field): "no '\(field)'"
        case .notText(let field): "'\(field)' is neither text nor a number"
        case .notList(let field): "'\(field)' is not a list"
        case .emptyText(let field): "'\(field)' is empty"
        case .unknownRole(let role): "role '\(role)'"
        case .noAnswer: "there is no answer"
        case .chatMarkup: "the text contains special tokens of the chat template"
        }
    }
}

package struct ConversationRecord: Sendable {
    private let format: SourceConfig.Format
    /// Maps our field names to the record's own: ["question": "prompt"].
    private let fields: [String: String]

    package init(format: SourceConfig.Format, fields: [String: String] = [:]) {
        (self.format, self.fields) = (format, fields)
    }

    /// Our names of a format's fields, which a recipe may map.
    package static func fieldNames(_ format: SourceConfig.Format) -> [String] {
        switch format {
        case .qa: ["question", "answer", "reasoning"]
        case .instruction: ["instruction", "input", "output", "instances"]
        case .messages: ["messages"]
        case .sharegpt: ["conversations"]
        case .text, .tokens: []
        }
    }

    /// The record's own names of the fields that are read.
    package var names: [String] { Self.fieldNames(format).map(name) }

    /// The conversations of one record: a single one, or one per element of Alpaca's `instances`.
    package func conversations(_ record: JSONValue) throws(RecordProblem) -> [[ChatMessage]] {
        guard let members = record.object else { throw .notAnObject }
        let result = try parse(members)
        for message in result.joined() where Self.hasMarkup(message.content) { throw .chatMarkup }
        return result
    }

    private func parse(_ record: JSONObject) throws(RecordProblem) -> [[ChatMessage]] {
        switch format {
        case .qa:
            let question = AlpacaFrame.unwrapped(try text(record, "question"))
            var answer = try text(record, "answer")
            if let reasoning = try optionalText(record, "reasoning") { answer = reasoning + "\n" + answer }
            return [Self.exchange(question, CalculatorMarks.removed(from: answer))]
        case .instruction:
            let instruction = AlpacaFrame.unwrapped(try text(record, "instruction"))
            guard let instances = try list(record, "instances") else { return [try exchange(instruction, record)] }
            var result: [[ChatMessage]] = []
            for instance in instances { result.append(try exchange(instruction, instance.object ?? [:])) }
            guard !result.isEmpty else { throw .noAnswer }
            return result
        case .messages: return [try turns(record, list: "messages", role: "role", content: "content")]
        case .sharegpt: return [try turns(record, list: "conversations", role: "from", content: "value")]
        case .text, .tokens: throw .notAnObject
        }
    }

    private func name(_ field: String) -> String { fields[field] ?? field }

    /// A field by the record's own name, where "a.b" means field b of object a; nil when absent or null.
    private func value(_ record: JSONObject, _ field: String) -> JSONValue? {
        let name = name(field)
        let found =
            record[name]
            ?? name.split(separator: ".").reduce(JSONValue.object(record) as JSONValue?) { $0?[String($1)] }
        return found == .null ? nil : found
    }

    private func text(_ record: JSONObject, _ field: String) throws(RecordProblem) -> String {
        guard let value = value(record, field) else { throw .missingField(name(field)) }
        return try Self.text(value, field: name(field))
    }

    /// Nil when the text is absent, null or empty: the record is complete without it.
    private func optionalText(_ record: JSONObject, _ field: String) throws(RecordProblem) -> String? {
        try value(record, field).flatMap { value throws(RecordProblem) in
            do throws(RecordProblem) {
                return try Self.text(value, field: name(field))
            } catch .emptyText { return nil }
        }
    }

    private func list(_ record: JSONObject, _ field: String) throws(RecordProblem) -> [JSONValue]? {
        guard let value = value(record, field) else { return nil }
        guard let list = value.array else { throw .notList(name(field)) }
        return list
    }

    /// A string, a number as spelled, or a list of content parts {type: text, text: …}.
    private static func text(_ value: JSONValue, field: String) throws(RecordProblem) -> String {
        var text: String?
        switch value {
        case .string(let spelling), .number(let spelling): text = spelling
        case .array(let parts):
            let texts = parts.compactMap { $0["text"]?.string }
            if texts.count == parts.count { text = texts.joined(separator: "\n") }
        case .null, .bool, .object: break
        }
        guard let text else { throw .notText(field) }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else { throw .emptyText(field) }
        return trimmed
    }

    /// Alpaca: the optional input follows the instruction after a blank line.
    private func exchange(_ instruction: String, _ record: JSONObject) throws(RecordProblem) -> [ChatMessage] {
        let output = try text(record, "output")
        let input = try optionalText(record, "input")
        return Self.exchange(instruction + (input.map { "\n\n" + $0 } ?? ""), output)
    }

    private static func exchange(_ prompt: String, _ answer: String) -> [ChatMessage] {
        [ChatMessage(role: "user", content: prompt), ChatMessage(role: "assistant", content: answer)]
    }

    private func turns(
        _ record: JSONObject, list field: String, role: String, content: String
    ) throws(RecordProblem) -> [ChatMessage] {
        guard let list = try list(record, field) else { throw .missingField(name(field)) }
        var turns: [ChatMessage] = []
        for turn in list {
            guard let spelled = turn[role], spelled != .null else { throw .missingField(role) }
            guard let spelled = spelled.string else { throw .notText(role) }
            guard let known = Self.roles[spelled.lowercased()] else { throw .unknownRole(spelled) }
            let text: String
            do throws(RecordProblem) {
                guard let said = turn[content], said != .null else { throw .missingField(content) }
                text = try Self.text(said, field: content)
            } catch {
                // An empty system prompt is the same as none.
                if known == "system", error == .emptyText(content) || error == .missingField(content) { continue }
                throw error
            }
            // Answers before the first question have lost theirs.
            if known == "assistant" && !turns.contains(where: { $0.role == "user" }) { continue }
            turns.append(ChatMessage(role: known, content: text))
        }
        // Questions after the last answer are left unanswered.
        while let last = turns.last, last.role != "assistant" { turns.removeLast() }
        guard !turns.isEmpty else { throw .noAnswer }
        return turns
    }

    private static let roles = [
        "system": "system", "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant",
        "chatgpt": "assistant", "model": "assistant",
    ]

    /// Text that contains the template's special tokens would open and close turns.
    private static func hasMarkup(_ text: String) -> Bool {
        text.hasBytes("<|im_start|>") || text.hasBytes("<|im_end|>") || text.hasBytes("<|end_of_text|>")
    }
}

/// Strips Alpaca's prompt template ("Below is an instruction …") from prompts that were published inside it.
enum AlpacaFrame {
    static func unwrapped(_ prompt: String) -> String {
        guard prompt.utf8.starts(with: "Below is an instruction".utf8),
            let begin = prompt.firstRange(of: "### Instruction:"),
            let end = prompt[begin.upperBound...].firstRange(of: "### Response:")
        else { return prompt }
        let inside = prompt[begin.upperBound..<end.lowerBound]
        let parts = inside.split(separator: "### Input:", maxSplits: 1).map {
            String($0).trimmed
        }
        let text = parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        return text.isEmpty ? prompt : text
    }
}

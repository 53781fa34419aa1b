// Records of instruction data as conversations: OpenAI messages, ShareGPT, Alpaca, questions with worked answers. A
// record that cannot be one is skipped for a named reason and counted; it never becomes half a conversation.
// Next: PromptVariation.swift, ConversationEncoder.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport
package import XMTokenizer

/// Why a record is skipped.
package enum RecordProblem: Error, Equatable {
    case notAnObject
    case missingField(String)
    case notText(String)
    case emptyText(String)
    case unknownRole(String)
    case noAnswer
    case chatMarkup

    /// The name under which it is counted.
    package var name: String {
        switch self {
        case .notAnObject: "not_an_object"
        case .missingField(let field): "missing_field_\(field)"
        case .notText(let field): "not_text_\(field)"
        case .emptyText(let field): "empty_\(field)"
        case .unknownRole: "unknown_role"
        case .noAnswer: "no_answer"
        case .chatMarkup: "chat_markup_in_text"
        }
    }

    /// The same for a reader.
    package var detail: String {
        switch self {
        case .notAnObject: "the row is not an object"
        case .missingField(let field): "no '\(field)'"
        case .notText(let field): "'\(field)' is not text"
        case .emptyText(let field): "'\(field)' is empty"
        case .unknownRole(let role): "role '\(role)'"
        case .noAnswer: "nothing is answered"
        case .chatMarkup: "a text spells the chat template's symbols"
        }
    }
}

package struct ConversationRecord: Sendable {
    private let format: SourceConfig.Format
    /// The record's own field names by ours: ["question": "prompt"].
    private let fields: [String: String]

    package init(format: SourceConfig.Format, fields: [String: String] = [:]) {
        (self.format, self.fields) = (format, fields)
    }

    /// Field names of ours that a recipe may map, by format.
    package static func fieldNames(_ format: SourceConfig.Format) -> [String] {
        switch format {
        case .qa: ["question", "answer", "reasoning"]
        case .instruction: ["instruction", "input", "output", "instances"]
        case .messages: ["messages"]
        case .sharegpt: ["conversations"]
        case .text, .tokens: []
        }
    }

    /// The conversations of one record: one, or with Alpaca's `instances` one of each.
    package func conversations(_ record: JSONValue) throws(RecordProblem) -> [[ChatMessage]] {
        guard let members = record.object else { throw .notAnObject }
        let result = try parse(members)
        for message in result.joined() where Self.hasMarkup(message.content) { throw .chatMarkup }
        return result
    }

    private func parse(_ record: [String: JSONValue]) throws(RecordProblem) -> [[ChatMessage]] {
        switch format {
        case .qa:
            let question = AlpacaFrame.unwrapped(try text(record, "question"))
            var answer = try text(record, "answer")
            if record[name("reasoning")] != nil { answer = try text(record, "reasoning") + "\n" + answer }
            return [Self.exchange(question, CalculatorMarks.removed(from: answer))]
        case .instruction:
            let instruction = AlpacaFrame.unwrapped(try text(record, "instruction"))
            guard let instances = record[name("instances")]?.array else { return [try exchange(instruction, record)] }
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

    private func text(_ record: [String: JSONValue], _ field: String) throws(RecordProblem) -> String {
        let name = name(field)
        guard let value = record[name], value != .null else { throw .missingField(name) }
        guard let text = value.string else { throw .notText(name) }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else { throw .emptyText(name) }
        return trimmed
    }

    /// Alpaca: the optional input follows the instruction after a blank line.
    private func exchange(_ instruction: String, _ record: [String: JSONValue]) throws(RecordProblem) -> [ChatMessage] {
        let output = try text(record, "output")
        var prompt = instruction
        if let input = record[name("input")]?.string {
            let trimmed = input.trimmed
            if !trimmed.isEmpty { prompt += "\n\n" + trimmed }
        }
        return Self.exchange(prompt, output)
    }

    private static func exchange(_ prompt: String, _ answer: String) -> [ChatMessage] {
        [ChatMessage(role: "user", content: prompt), ChatMessage(role: "assistant", content: answer)]
    }

    private func turns(
        _ record: [String: JSONValue], list: String, role: String, content: String
    ) throws(RecordProblem) -> [ChatMessage] {
        guard let value = record[name(list)], value != .null else { throw .missingField(name(list)) }
        guard let list = value.array else { throw .notText(name(list)) }
        var turns: [ChatMessage] = []
        for turn in list {
            guard let spelled = turn[role]?.string else { throw .missingField(role) }
            guard let known = Self.roles[spelled.lowercased()] else { throw .unknownRole(spelled) }
            let text = try Self.content(turn[content], field: content)
            // A conversation that begins with an answer lost its question.
            if known == "assistant" && !turns.contains(where: { $0.role == "user" }) { continue }
            turns.append(ChatMessage(role: known, content: text))
        }
        // Questions after the last answer teach nothing.
        while let last = turns.last, last.role != "assistant" { turns.removeLast() }
        guard !turns.isEmpty else { throw .noAnswer }
        return turns
    }

    private static let roles = [
        "system": "system", "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant",
        "chatgpt": "assistant", "model": "assistant",
    ]

    /// A text, or a list of parts {type: text, text}.
    private static func content(_ value: JSONValue?, field: String) throws(RecordProblem) -> String {
        guard let value, value != .null else { throw .missingField(field) }
        var text = value.string
        if let parts = value.array {
            let texts = parts.compactMap { $0["text"]?.string }
            if texts.count == parts.count { text = texts.joined(separator: "\n") }
        }
        guard let text else { throw .notText(field) }
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else { throw .emptyText(field) }
        return trimmed
    }

    /// Text that spells the template's own symbols would open and close turns.
    private static func hasMarkup(_ text: String) -> Bool {
        text.hasBytes("<|im_start|>") || text.hasBytes("<|im_end|>") || text.hasBytes("<|end_of_text|>")
    }
}

/// Prompts that were published inside Alpaca's frame ("Below is an instruction …"): the instruction alone.
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

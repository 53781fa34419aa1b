// The conversation format of a model: of Xmodel-2 (model.md 5.6, ChatML with a default system message), built in, or
// the template that another model brings, run by Jinja/. ChatTemplate+Encoding.swift goes on to token ids.
// SPDX-License-Identifier: Apache-2.0

package struct ChatMessage: Codable, Sendable, Equatable {
    package var role: String
    package var content: String

    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

package struct ChatTemplate: Sendable {
    package static let turnEnd = "<|im_end|>"
    private static let defaultSystem = "You are a helpful assistant."

    /// The template's text.
    package let source: String
    private let template: JinjaTemplate
    /// The special tokens' texts, under the names that templates use.
    private let symbols: [String: JinjaValue]

    /// A model's own template. Throws `JinjaError`.
    package init(source: String, bos: String, eos: String, unknown: String? = nil, padding: String? = nil) throws {
        self.source = source
        template = try JinjaTemplate(source)
        var symbols: [String: JinjaValue] = ["bos_token": .string(bos), "eos_token": .string(eos)]
        if let unknown { symbols["unk_token"] = .string(unknown) }
        if let padding { symbols["pad_token"] = .string(padding) }
        self.symbols = symbols
    }

    /// Xmodel-2's template, which also says how tools are offered and called.
    package static func xmodel2() throws -> ChatTemplate {
        try ChatTemplate(source: xmodel2Source, bos: "<s>", eos: "</s>")
    }

    /// The conversation as one text. `tools` is a list of JSON schemas, or `.none`; `strftime` answers templates that
    /// ask for the date, see `clock`.
    package func render(
        _ messages: JinjaValue, tools: JinjaValue = .none, addGenerationPrompt: Bool,
        strftime: (@Sendable (String) -> String)? = nil
    ) throws -> String {
        var variables = symbols
        variables["messages"] = messages
        variables["tools"] = tools
        variables["documents"] = JinjaValue.none
        variables["add_generation_prompt"] = .bool(addGenerationPrompt)
        return try template.render(variables, strftime: strftime)
    }

    /// As above, of messages that are role and text.
    package func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
        try render(Self.value(messages), addGenerationPrompt: addGenerationPrompt)
    }

    /// Messages as a template sees them.
    package static func value(_ messages: [ChatMessage]) -> JinjaValue {
        .list(messages.map { .dict(["role": .string($0.role), "content": .string($0.content)]) })
    }

    // MARK: - Xmodel-2 without tools

    /// A stretch of a rendered conversation; `trained` marks what a model learns to say (answers and their end).
    package struct Segment: Sendable, Equatable {
        package let text: String
        package let trained: Bool

        package init(text: String, trained: Bool) { (self.text, self.trained) = (text, trained) }
    }

    /// The conversation as one text; the generation prompt opens the assistant's turn.
    package static func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) -> String {
        segments(messages).map(\.text).joined() + (addGenerationPrompt ? "<|im_start|>assistant\n" : "")
    }

    /// The conversation in stretches, for loss masks.
    package static func segments(_ messages: [ChatMessage]) -> [Segment] {
        var result: [Segment] = []
        if messages.first?.role != "system" {
            result.append(Segment(text: "<|im_start|>system\n\(defaultSystem)\(turnEnd)\n", trained: false))
        }
        for message in messages {
            let isAnswer = message.role == "assistant"
            result.append(Segment(text: "<|im_start|>\(message.role)\n", trained: false))
            result.append(Segment(text: "\(message.content)\(turnEnd)\n", trained: isAnswer))
        }
        return result
    }
}

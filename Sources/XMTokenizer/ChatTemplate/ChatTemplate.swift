// The conversation format of a model: Xmodel-2's (ChatML with a default system message), which is built in, or another
// model's own template, interpreted by Jinja/. ChatTemplate+Encoding.swift encodes the result.
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

    /// The template's source text.
    package let source: String
    /// Variables of the template besides messages and tools, such as `enable_thinking` or `documents`.
    package var options: [String: JinjaValue] = [:]
    private let template: JinjaTemplate
    /// The special tokens' texts by the names that templates use.
    private let symbols: [String: JinjaValue]

    /// A model's own template; `others` are additional special tokens by name. Throws `JinjaError`.
    package init(
        source: String, bos: String, eos: String, unknown: String? = nil, padding: String? = nil,
        others: [(name: String, text: String)] = []
    ) throws {
        self.source = source
        template = try JinjaTemplate(source)
        var symbols: [String: JinjaValue] = ["bos_token": .string(bos), "eos_token": .string(eos)]
        if let unknown { symbols["unk_token"] = .string(unknown) }
        if let padding { symbols["pad_token"] = .string(padding) }
        for (name, text) in others { symbols[name] = .string(text) }
        self.symbols = symbols
    }

    /// A model's own template; special tokens that are not given are the tokenizer's.
    package init(
        source: String, tokenizer: any Tokenizer, bos: String? = nil, eos: String? = nil, padding: String? = nil
    ) throws {
        func text(_ id: Int32?) -> String { id.map { tokenizer.piece($0) } ?? "" }
        try self.init(
            source: source, bos: bos ?? text(tokenizer.bosID), eos: eos ?? text(tokenizer.eosID),
            unknown: tokenizer.piece(tokenizer.unknownID), padding: padding)
    }

    /// Xmodel-2's template, including tools.
    package static func xmodel2() throws -> ChatTemplate {
        try ChatTemplate(source: xmodel2Source, bos: "<s>", eos: "</s>")
    }

    /// Renders a conversation. `tools` is a list of JSON schemas, or `.none`; `strftime` provides the date to templates
    /// that use it, see `clock`.
    package func render(
        _ messages: JinjaValue, tools: JinjaValue = .none, addGenerationPrompt: Bool,
        strftime: (@Sendable (String) -> String?)? = nil
    ) throws -> String {
        try text(of: messages, tools: tools, addGenerationPrompt: addGenerationPrompt, strftime: strftime).string
    }

    /// Like `render`, with the provenance of every character: those from messages, tools and options are foreign.
    func text(
        of messages: JinjaValue, tools: JinjaValue, addGenerationPrompt: Bool,
        strftime: (@Sendable (String) -> String?)?
    ) throws -> JinjaText {
        var variables: [String: JinjaValue] = ["documents": JinjaValue.none]
        variables.merge(symbols) { $1 }
        variables.merge(options.mapValues(\.asForeign)) { $1 }
        variables["messages"] = Self.normalized(messages)
        variables["tools"] = tools.asForeign
        variables["add_generation_prompt"] = .bool(addGenerationPrompt)
        return try template.render(variables, strftime: strftime)
    }

    /// Messages as transformers passes them to a template: without keys whose value is null, and with a message's
    /// reasoning under the names that templates use.
    ///
    /// Everything is foreign except roles that are plain names: templates build symbols from roles (`<|user|>`).
    private static func normalized(_ messages: JinjaValue) -> JinjaValue {
        guard case .list(let list) = messages else { return messages.asForeign }
        return .list(
            list.items.map { message in
                guard case .dict(let dict) = message else { return message.asForeign }
                var entries = dict.entries.filter { !$0.value.isNone }
                    .map { entry in
                        let isName = entry.key == .string("role") && entry.value.text?.isName == true
                        return (key: entry.key.asForeign, value: isName ? entry.value : entry.value.asForeign)
                    }
                let names = ["reasoning_content", "thinking", "reasoning"]
                if let reasoning = names.lazy.compactMap({ dict[$0] }).first(where: { !$0.isNone })?.asForeign {
                    entries =
                        [(.string("thinking"), reasoning)] + entries + [(.string("reasoning_content"), reasoning)]
                }
                return .dict(JinjaDict(pairs: entries))
            })
    }

    /// The same for messages that consist of role and text.
    package func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
        try render(Self.value(messages), addGenerationPrompt: addGenerationPrompt)
    }

    /// Messages as a value of the template.
    package static func value(_ messages: [ChatMessage]) -> JinjaValue {
        .list(messages.map { .dict(["role": .string($0.role), "content": .string($0.content)]) })
    }

    // MARK: - Xmodel-2 without tools

    /// A segment of a rendered conversation; `trained` marks the targets of the loss (answers and their end).
    package struct Segment: Sendable, Equatable {
        package let text: String
        package let trained: Bool

        package init(text: String, trained: Bool) { (self.text, self.trained) = (text, trained) }
    }

    /// The rendered conversation; the generation prompt opens the assistant's turn.
    package static func render(_ messages: [ChatMessage], addGenerationPrompt: Bool) -> String {
        segments(messages).map(\.text).joined() + (addGenerationPrompt ? "<|im_start|>assistant\n" : "")
    }

    /// The rendered conversation in segments, for loss masks.
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

// The conversation format of Xmodel-2 (model.md 5.6): ChatML turns, with a default system message.
// SPDX-License-Identifier: Apache-2.0

package struct ChatMessage: Codable, Sendable, Equatable {
    package var role: String
    package var content: String

    package init(role: String, content: String) {
        self.role = role
        self.content = content
    }
}

package enum ChatTemplate {
    package static let turnEnd = "<|im_end|>"
    private static let defaultSystem = "You are a helpful assistant."

    /// A stretch of a rendered conversation; `trained` marks what a model learns to say (answers and their end).
    package struct Segment: Sendable, Equatable {
        package let text: String
        package let trained: Bool
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

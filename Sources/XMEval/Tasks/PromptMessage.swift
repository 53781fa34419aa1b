// A prompt as turns of a conversation: description, examples, question. Joined they are the plain prompt of a base
// model; through a chat template they are a dialogue.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

package struct PromptMessage: Sendable, Equatable {
    package var role: String
    package var content: String
    /// Follows the content in a plain prompt.
    package var delimiter = ""
}

extension [PromptMessage] {
    package var plainText: String { map { $0.content + $0.delimiter }.joined() }

    /// The turns of a dialogue: examples as turns of their own, or all in one message of the user.
    package func chatMessages(multiturn: Bool) -> [ChatMessage] {
        if multiturn { return map { ChatMessage(role: $0.role, content: $0.content) } }
        var rest = self[...]
        let system = rest.first?.role == "system" ? rest.removeFirst() : nil
        let answer = rest.last?.role == "assistant" ? rest.removeLast() : nil
        if !rest.isEmpty { rest[rest.endIndex - 1].delimiter = "" }
        var messages = [ChatMessage(role: "user", content: Array(rest).plainText)]
        if let system { messages.insert(ChatMessage(role: "system", content: system.content), at: 0) }
        if let answer { messages.append(ChatMessage(role: "assistant", content: answer.content)) }
        return messages
    }
}

// What a row says to the documents of its shards: framed prompts, categories, tokens and loss masks. Pure, so rows are
// encoded on all cores in any order.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

/// What one row gave.
package struct EncodedItem: Sendable, Equatable {
    package var documents: [EncodedDocument] = []
    /// Bytes of the text that they stand for.
    package var textBytes = 0
    /// Why something was dropped or changed.
    package var counts: [String: Int] = [:]
    /// The row, where it is no conversation.
    package var skipped: SkippedSample?
    /// What cleaning did, and the evaluation set that it shares a phrase with.
    package var cleaning: CleaningReport?
    package var contamination: Contamination?

    package init() {}
}

package struct DocumentEncoder: Sendable {
    private let tokenizer: any Tokenizer
    private let eos: Int32
    private let conversation: ConversationEncoder
    private let category: CategoryRule?
    private let variation: PromptVariation?

    package init(_ source: SourceConfig, tokenizer: any Tokenizer, eos: Int32) {
        (self.tokenizer, self.eos, category) = (tokenizer, eos, source.category)
        conversation = ConversationEncoder(
            tokenizer: tokenizer, rendering: source.render ?? .chat, maskPrompt: source.maskPrompt ?? false)
        variation = source.varyPrompts.map { PromptVariation(seed: $0) }
    }

    package func encode(_ content: RowContent, into item: inout EncodedItem) {
        switch content {
        case .nothing: break
        case .tokens(let tokens): item.documents.append(EncodedDocument(tokens: tokens))
        case .text(let text):
            item.documents.append(
                EncodedDocument(tokens: tokenizer.encode(text) + [eos], category: label(prompt: "", answer: text)))
            item.textBytes += text.utf8.count
        case .conversations(let all): for messages in all { encode(messages, into: &item) }
        }
    }

    private func encode(_ messages: [ChatMessage], into item: inout EncodedItem) {
        let label = label(
            prompt: messages.first { $0.role == "user" }?.content ?? "", answer: messages.last?.content ?? "")
        let said = variation?.varied(messages, category: label) ?? messages
        if said != messages { item.counts["prompts_varied", default: 0] += 1 }
        var document = conversation.encode(said)
        document.category = label
        item.documents.append(document)
        item.textBytes += conversation.textBytes(said)
    }

    private func label(prompt: String, answer: String) -> InstructionCategory? {
        switch category {
        case nil: nil
        case .fixed(let category): category
        case .byRules: .ofText(prompt: prompt, answer: answer)
        }
    }
}

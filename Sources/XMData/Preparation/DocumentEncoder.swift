// Encodes one parsed record into documents: rephrased prompts, categories, tokens and loss masks. A pure function, so
// records are encoded on all cores in any order.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

/// The result of parsing and encoding one record.
package struct EncodedRecord: Sendable, Equatable {
    package var documents: [EncodedDocument] = []
    /// UTF-8 bytes of the documents' text.
    package var textBytes = 0
    /// What was dropped or changed, by reason.
    package var counts: [String: Int] = [:]
    /// The record as a sample, if it could not be parsed as a conversation.
    package var skipped: SkippedSample?
    /// What cleaning did to the record.
    package var cleaning: CleaningReport?
    /// The phrase that the record shares with an evaluation set, for which it was removed.
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

    package func encode(_ content: RecordContent, into record: inout EncodedRecord) {
        switch content {
        case .nothing: break
        case .tokens(let tokens): record.documents.append(EncodedDocument(tokens: tokens))
        case .text(let text):
            record.documents.append(
                EncodedDocument(tokens: tokenizer.encode(text) + [eos], category: label(prompt: "", answer: text)))
            record.textBytes += text.utf8.count
        case .conversations(let all): for messages in all { encode(messages, into: &record) }
        }
    }

    private func encode(_ messages: [ChatMessage], into record: inout EncodedRecord) {
        let label = label(
            prompt: messages.first { $0.role == "user" }?.content ?? "", answer: messages.last?.content ?? "")
        let varied = variation?.varied(messages, category: label) ?? messages
        if varied != messages { record.counts["prompts_varied", default: 0] += 1 }
        var document = conversation.encode(varied)
        document.category = label
        record.documents.append(document)
        record.textBytes += conversation.textBytes(varied)
    }

    private func label(prompt: String, answer: String) -> InstructionCategory? {
        switch category {
        case nil: nil
        case .fixed(let category): category
        case .byRules: .ofText(prompt: prompt, answer: answer)
        }
    }
}

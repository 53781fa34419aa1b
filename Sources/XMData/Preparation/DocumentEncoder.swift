// One row of a source to the documents of its shards: the text or conversation, its category, its tokens and mask.
// Pure: what a row gives depends on nothing but the row and the recipe, so rows are encoded on all cores in any order.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
package import XMTokenizer

/// What one row gave.
package struct EncodedItem: Sendable, Equatable {
    package var documents: [EncodedDocument] = []
    /// Bytes of the text that they stand for.
    package var textBytes = 0
    /// Why something was dropped or changed.
    package var counts: [String: Int] = [:]
}

package struct DocumentEncoder: Sendable {
    private let tokenizer: any Tokenizer
    private let eos: Int32
    private let record: ConversationRecord
    private let conversation: ConversationEncoder
    private let category: CategoryRule?
    private let variation: PromptVariation?

    package init(_ source: SourceConfig, tokenizer: any Tokenizer, eos: Int32) {
        (self.tokenizer, self.eos, category) = (tokenizer, eos, source.category)
        record = ConversationRecord(format: source.format, fields: source.fields ?? [:])
        conversation = ConversationEncoder(
            tokenizer: tokenizer, rendering: source.render ?? .chat, maskPrompt: source.maskPrompt ?? false)
        variation = source.varyPrompts.map { PromptVariation(seed: $0) }
    }

    package func encode(_ item: RawItem) -> EncodedItem {
        switch item {
        case .tokens(let tokens): EncodedItem(documents: [EncodedDocument(tokens: tokens)])
        case .text(let document): encode(document)
        case .record(let record, _): encode(record)
        }
    }

    private func encode(_ document: Document) -> EncodedItem {
        let tokens = tokenizer.encode(document.text) + [eos]
        let label = label(prompt: "", answer: document.text)
        return EncodedItem(
            documents: [EncodedDocument(tokens: tokens, category: label)], textBytes: document.text.utf8.count)
    }

    private func encode(_ record: JSONValue) -> EncodedItem {
        var item = EncodedItem()
        do throws(RecordProblem) {
            for messages in try self.record.conversations(record) {
                let label = label(
                    prompt: messages.first { $0.role == "user" }?.content ?? "",
                    answer: messages.last?.content ?? "")
                let said = variation?.varied(messages, category: label) ?? messages
                if said != messages { item.counts["prompts_varied", default: 0] += 1 }
                var document = conversation.encode(said)
                document.category = label
                item.documents.append(document)
                item.textBytes += conversation.textBytes(said)
            }
        } catch {
            item.counts["skipped_" + error.name, default: 0] += 1
        }
        return item
    }

    private func label(prompt: String, answer: String) -> InstructionCategory? {
        switch category {
        case nil: nil
        case .fixed(let category): category
        case .byRules: .ofText(prompt: prompt, answer: answer)
        }
    }
}

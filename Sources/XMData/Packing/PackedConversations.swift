// Conversations packed whole into rows: drawn at random, each ended by EOS, the last one cut at the row's end. With a
// prompt mask only what the assistant says is predicted.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport
package import XMTokenizer

package struct PackedConversations: TokenSource {
    /// One conversation's tokens; `trained` says which of them are predicted.
    package struct Example: Sendable, Equatable {
        package let tokens: [Int32]
        package let trained: [Bool]

        package init(tokens: [Int32], trained: [Bool]) {
            precondition(tokens.count == trained.count)
            (self.tokens, self.trained) = (tokens, trained)
        }
    }

    package let name: String
    package let examples: [Example]
    package let tokenCount: Int

    package init(name: String, examples: [Example]) {
        self.name = name
        self.examples = examples
        tokenCount = examples.reduce(0) { $0 + $1.tokens.count }
    }

    package func row(length: Int, random: inout RandomStream) -> SampledRow {
        var tokens: [Int32] = []
        var trained: [Bool] = []
        var documents: [Int32] = []
        var document: Int32 = 0
        while tokens.count <= length {
            let example = examples[Int.random(in: 0..<examples.count, using: &random)]
            tokens += example.tokens
            trained += example.trained
            documents += Array(repeating: document, count: example.tokens.count)
            document += 1
        }
        return SampledRow(
            inputs: Array(tokens[..<length]),
            targets: (1...length).map { trained[$0] ? tokens[$0] : Batch.noTarget },
            documents: Array(documents[..<length]))
    }

    /// Encodes a conversation as one text, as it will be prompted, and marks tokens by the segment they begin in.
    package static func example(_ messages: [ChatMessage], tokenizer: any Tokenizer, maskPrompt: Bool) -> Example {
        let segments = ChatTemplate.segments(messages)
        let ids = tokenizer.encode(segments.map(\.text).joined())
        var trained: [Bool] = []
        var segment = 0
        var segmentEnd = segments[0].text.utf8.count
        // Byte offset of each token; the dummy prefix puts one space before the text.
        let hasDummyPrefix = ids.first.map { tokenizer.piece($0).hasPrefix("\u{2581}") } ?? false
        var offset = hasDummyPrefix ? -1 : 0
        for id in ids {
            while offset >= segmentEnd && segment + 1 < segments.count {
                segment += 1
                segmentEnd += segments[segment].text.utf8.count
            }
            trained.append(!maskPrompt || segments[segment].trained)
            offset += tokenizer.bytes(of: id).count
        }
        let eos = tokenizer.eosID.map { [$0] } ?? []
        return Example(tokens: ids + eos, trained: trained + eos.map { _ in true })
    }
}

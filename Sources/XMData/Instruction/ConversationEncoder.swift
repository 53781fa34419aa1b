// Encodes a conversation as token ids terminated by EOS, rendered with the chat template or as plain text, and its loss
// mask: with `mask_prompt` the loss covers only the assistant's replies.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

package struct ConversationEncoder: Sendable {
    /// How a conversation is written.
    package enum Rendering: String, Codable, Sendable, CaseIterable {
        /// Xmodel-2's chat template (docs/chat-templates.md).
        case chat
        /// "Question: …\nAnswer: …", exchanges separated by blank lines: the form of plain-text evaluations.
        case plain
    }

    private let tokenizer: any Tokenizer
    private let rendering: Rendering
    /// Maps tokens to byte positions, to tell which segment each begins in; nil when no mask is wanted.
    private let tokenStarts: TokenStarts?

    package init(tokenizer: any Tokenizer, rendering: Rendering = .chat, maskPrompt: Bool) {
        (self.tokenizer, self.rendering) = (tokenizer, rendering)
        tokenStarts = maskPrompt ? TokenStarts(tokenizer) : nil
    }

    /// Encodes the conversation as a single text, exactly as it will be prompted; each token is masked according to the
    /// segment in which it begins.
    package func encode(_ messages: [ChatMessage]) -> EncodedDocument {
        let segments = rendering == .chat ? ChatTemplate.segments(messages) : Self.plainSegments(messages)
        let text = segments.map(\.text).joined()
        let ids = tokenizer.encode(text)
        let eos = tokenizer.eosID.map { [$0] } ?? []
        guard let tokenStarts, !segments.isEmpty else { return EncodedDocument(tokens: ids + eos) }
        guard let starts = tokenStarts.starts(of: ids, in: Array(text.utf8)) else { return apart(segments, eos: eos) }
        var segment = 0
        var segmentEnd = segments[0].text.utf8.count
        let trained = starts.map { start in
            while start >= segmentEnd && segment + 1 < segments.count {
                segment += 1
                segmentEnd += segments[segment].text.utf8.count
            }
            return segments[segment].trained
        }
        return EncodedDocument(tokens: ids + eos, trained: trained + eos.map { _ in true })
    }

    /// Encodes the segments one by one, for a tokenizer whose tokens of the whole do not spell the text.
    private func apart(_ segments: [ChatTemplate.Segment], eos: [Int32]) -> EncodedDocument {
        var (tokens, trained): ([Int32], [Bool]) = ([], [])
        for (index, segment) in segments.enumerated() {
            let ids = tokenizer.encode(segment.text, matchingSymbols: true, isStart: index == 0)
            tokens += ids
            trained += ids.map { _ in segment.trained }
        }
        return EncodedDocument(tokens: tokens + eos, trained: trained + eos.map { _ in true })
    }

    /// Length in bytes of the rendered conversation.
    package func textBytes(_ messages: [ChatMessage]) -> Int {
        (rendering == .chat ? ChatTemplate.segments(messages) : Self.plainSegments(messages))
            .reduce(0) { $0 + $1.text.utf8.count }
    }

    private static func plainSegments(_ messages: [ChatMessage]) -> [ChatTemplate.Segment] {
        messages.enumerated().flatMap { index, message -> [ChatTemplate.Segment] in
            let gap = index == 0 ? "" : "\n\n"
            return switch message.role {
            case "assistant":
                [.init(text: "\nAnswer:", trained: false), .init(text: " " + message.content, trained: true)]
            case "user": [.init(text: gap + "Question: " + message.content, trained: false)]
            default: [.init(text: gap + message.content, trained: false)]
            }
        }
    }
}

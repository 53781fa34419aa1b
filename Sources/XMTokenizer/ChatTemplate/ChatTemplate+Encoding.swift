// Encodes a conversation as token ids: the template's symbols become control tokens, the same characters written by a
// user do not, and there is exactly one BOS if the model expects it, whether or not the template writes it.
// SPDX-License-Identifier: Apache-2.0

extension ChatTemplate {
    /// Token ids of a conversation. If any character of a symbol such as `<|im_end|>` comes from a message, a tool or
    /// an option, it stays text.
    package func encode(
        _ messages: JinjaValue, tools: JinjaValue = .none, addGenerationPrompt: Bool,
        tokenizer: any Tokenizer, strftime: (@Sendable (String) -> String?)? = nil
    ) throws -> [Int32] {
        let text = try text(
            of: messages, tools: tools, addGenerationPrompt: addGenerationPrompt, strftime: strftime)
        let ids = tokenizer.encode(text)
        guard let bos = tokenizer.bosID, tokenizer.addsBOS else { return ids }
        return [bos] + ids.drop { $0 == bos }
    }

    /// The same for messages that consist of role and text.
    package func encode(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, tokenizer: any Tokenizer
    ) throws -> [Int32] {
        try encode(Self.value(messages), addGenerationPrompt: addGenerationPrompt, tokenizer: tokenizer)
    }
}

extension Tokenizer {
    /// Ids of a rendered text. If the conversation contains no symbol, the text is encoded as a whole; otherwise only
    /// the template's own symbols are matched, and the text between them is ordinary.
    fileprivate func encode(_ text: JinjaText) -> [Int32] {
        let symbols = SymbolMatches(controlSymbols, in: text)
        guard symbols.hasForeign else { return encode(text.string) }
        var ids: [Int32] = []
        var start = 0
        for range in symbols.own + [text.count..<text.count] {
            if start < range.lowerBound {
                let plain = text.part(start..<range.lowerBound).string
                ids += encode(plain, matchingSymbols: false, isStart: start == 0)
            }
            if !range.isEmpty {
                ids += encode(text.part(range).string, matchingSymbols: true, isStart: range.lowerBound == 0)
            }
            start = range.upperBound
        }
        return ids
    }
}

/// The control symbols in a text: leftmost first, and the longest of those that begin at the same position, as matched
/// by the encoders.
private struct SymbolMatches {
    /// Symbols written by the template.
    private(set) var own: [Range<Int>] = []
    /// Whether there are symbols with characters from the conversation.
    private(set) var hasForeign = false

    init(_ symbols: [String], in text: JinjaText) {
        var byFirst: [UInt32: [JinjaText]] = [:]
        for symbol in symbols.map({ JinjaText($0) }) where !symbol.isEmpty {
            byFirst[symbol.points[0].value, default: []].append(symbol)
        }
        for first in byFirst.keys { byFirst[first]?.sort { $0.count > $1.count } }
        var at = 0
        while at < text.count {
            let matches = byFirst[text.points[at].value]?.filter {
                at + $0.count <= text.count && text.hasPart($0, at: at)
            }
            guard let matches, let longest = matches.first else {
                at += 1
                continue
            }
            func isForeign(_ symbol: JinjaText) -> Bool {
                text.points[at..<at + symbol.count].contains(where: \.isForeign)
            }
            if isForeign(longest) { hasForeign = true }
            if let symbol = matches.first(where: { !isForeign($0) }) {
                own.append(at..<at + symbol.count)
                at += symbol.count
            } else {
                // Foreign: another symbol may begin inside it.
                at += 1
            }
        }
    }
}

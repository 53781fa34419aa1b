// From a conversation to token ids: symbols of the template become control tokens, the same characters written by a
// user do not, and there is exactly one BOS where the model wants one, whether or not the template writes it.
// SPDX-License-Identifier: Apache-2.0

extension ChatTemplate {
    /// Token ids of a conversation. A symbol such as `<|im_end|>` of which any character comes from a message, a tool
    /// or an option stays text.
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

    /// As above, of messages that are role and text.
    package func encode(
        _ messages: [ChatMessage], addGenerationPrompt: Bool, tokenizer: any Tokenizer
    ) throws -> [Int32] {
        try encode(Self.value(messages), addGenerationPrompt: addGenerationPrompt, tokenizer: tokenizer)
    }
}

extension Tokenizer {
    /// Ids of a rendered text. Where the conversation spells no symbol, they are those of the text as it is; otherwise
    /// the template's own symbols are matched, and what stands between them is ordinary text.
    fileprivate func encode(_ text: JinjaText) -> [Int32] {
        let symbols = SymbolPlaces(controlSymbols, in: text)
        guard symbols.hasForeign else { return encode(text.string) }
        var ids: [Int32] = []
        var start = 0
        for place in symbols.own + [text.count..<text.count] {
            if start < place.lowerBound {
                let stretch = text.part(start..<place.lowerBound).string
                ids += encode(stretch, matchingSymbols: false, isStart: start == 0)
            }
            if !place.isEmpty {
                ids += encode(text.part(place).string, matchingSymbols: true, isStart: place.lowerBound == 0)
            }
            start = place.upperBound
        }
        return ids
    }
}

/// Where a text has control symbols: the leftmost first, of those that begin at one place the longest, as encoders
/// match them.
private struct SymbolPlaces {
    /// Those that the template wrote.
    private(set) var own: [Range<Int>] = []
    /// Whether there are others.
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

// Matches symbols (added tokens, chat markup) in a text before all other processing: leftmost first, and the longest of
// those that begin at the same position. A SymbolRule holds an added token's options; the order of processing is that
// of Hugging Face's AddedVocabulary.
// SPDX-License-Identifier: Apache-2.0

/// How an added token is matched in text. The names are those of tokenizer.json.
package struct SymbolRule: Sendable, Hashable {
    /// Preceding white space belongs to the token.
    package var lstrip = false
    /// Following white space belongs to the token.
    package var rstrip = false
    /// Not matched next to a letter, digit, mark or connector (the regular expression `\w`).
    package var singleWord = false
    /// Matched in the normalized text instead of the original text.
    package var normalized = false

    package init(lstrip: Bool = false, rstrip: Bool = false, singleWord: Bool = false, normalized: Bool = false) {
        (self.lstrip, self.rstrip, self.singleWord, self.normalized) = (lstrip, rstrip, singleWord, normalized)
    }
}

/// The two passes over a text: the first over the original text, the second over the normalized text between symbols.
struct SymbolMatchers: Sendable {
    let given: SymbolMatcher
    let normalized: SymbolMatcher

    /// `normalize` is the tokenizer's normalizer, which is applied to symbols that are matched in normalized text.
    init(_ symbols: [SymbolMatcher.Symbol], normalize: ([UInt8]) -> [UInt8]) {
        given = SymbolMatcher(symbols.filter { !$0.rule.normalized })
        normalized = SymbolMatcher(
            symbols.filter(\.rule.normalized).map { .init(bytes: normalize($0.bytes), id: $0.id, rule: $0.rule) })
    }
}

struct SymbolMatcher: Sendable {
    struct Symbol: Sendable {
        let bytes: [UInt8]
        let id: Int32
        var rule = SymbolRule()
    }

    private let trie: PieceTrie?
    /// Whether a symbol begins with each byte. [256]
    private let begins: [Bool]
    /// Rules of the symbols that have one.
    private let rules: [Int32: SymbolRule]

    init(_ symbols: [Symbol]) {
        var seen = Set<[UInt8]>()
        let entries = symbols.map { (bytes: $0.bytes, id: $0.id, score: Float(0)) }
            .filter { !$0.bytes.isEmpty && seen.insert($0.bytes).inserted }
        trie = entries.isEmpty ? nil : PieceTrie(entries)
        var begins = [Bool](repeating: false, count: 256)
        for entry in entries { begins[Int(entry.bytes[0])] = true }
        self.begins = begins
        let plain = SymbolRule()
        rules = symbols.reduce(into: [:]) { rules, symbol in
            var rule = symbol.rule
            rule.normalized = false
            if rule != plain { rules[symbol.id] = rule }
        }
    }

    var isEmpty: Bool { trie == nil }

    /// Calls `plain` with every range of bytes between symbols and `symbol` with the ids of symbols, in order.
    func split(_ text: UnsafeBufferPointer<UInt8>, plain: (Range<Int>) -> Void, symbol: (Int32) -> Void) {
        var start = 0
        if let trie {
            var at = 0
            while at < text.count {
                guard begins[Int(text[at])], let match = longest(trie, text, from: at) else {
                    at += 1
                    continue
                }
                var found = at..<match.end
                at = match.end
                if let rule = rules[match.id] {
                    if rule.singleWord, Self.touchesWord(text, found) { continue }
                    if rule.lstrip { found = max(start, Self.blankStart(text, found.lowerBound))..<found.upperBound }
                    if rule.rstrip { found = found.lowerBound..<Self.blankEnd(text, found.upperBound) }
                }
                if start < found.lowerBound { plain(start..<found.lowerBound) }
                symbol(match.id)
                start = found.upperBound
            }
        }
        if start < text.count { plain(start..<text.count) }
    }

    private func longest(
        _ trie: PieceTrie, _ text: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> (id: Int32, end: Int)? {
        var found: (id: Int32, end: Int)?
        var node: Int32 = 0
        var at = start
        while at < text.count {
            let next = Int(trie.cells[Int(node)].base) + Int(text[at])
            guard trie.cells.indices.contains(next), trie.cells[next].parent == node else { break }
            node = Int32(next)
            at += 1
            if trie.cells[next].piece >= 0 { found = (trie.cells[next].piece, at) }
        }
        return found
    }
}

// MARK: - The context of a symbol

extension SymbolMatcher {
    private static func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        character(text, endingAt: range.lowerBound).map { isOfWord($0.scalar) } == true
            || character(text, at: range.upperBound).map { isOfWord($0.scalar) } == true
    }

    private static func blankStart(_ text: UnsafeBufferPointer<UInt8>, _ end: Int) -> Int {
        var start = end
        while let last = character(text, endingAt: start), last.scalar.properties.isWhitespace { start -= last.length }
        return start
    }

    private static func blankEnd(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        while let next = character(text, at: end), next.scalar.properties.isWhitespace { end += next.length }
        return end
    }

    /// The expression `\w`: alphabetic, marks, decimal digits, connectors and the two joiners.
    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark: true
        default: scalar.properties.isAlphabetic || scalar.properties.isJoinControl
        }
    }

    private static func character(
        _ text: UnsafeBufferPointer<UInt8>, at index: Int
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        guard index < text.count else { return nil }
        let length = UnigramEncoder.characterLength(text, at: index)
        return String(decoding: text[index..<index + length], as: UTF8.self).unicodeScalars.first.map { ($0, length) }
    }

    private static func character(
        _ text: UnsafeBufferPointer<UInt8>, endingAt end: Int
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        guard end > 0 else { return nil }
        var start = end - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return character(text, at: start)
    }
}

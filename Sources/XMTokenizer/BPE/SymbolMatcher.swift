// Finds symbols (added tokens, chat markup) in a text before anything else looks at it: the leftmost first, of those
// that begin at one place the longest.
// SPDX-License-Identifier: Apache-2.0

struct SymbolMatcher: Sendable {
    private let trie: PieceTrie?
    /// Whether a symbol begins with this byte. [256]
    private let begins: [Bool]

    init(_ symbols: [(text: String, id: Int32)]) {
        var seen = Set<[UInt8]>()
        let entries = symbols.map { (bytes: Array($0.text.utf8), id: $0.id, score: Float(0)) }
            .filter { !$0.bytes.isEmpty && seen.insert($0.bytes).inserted }
        trie = entries.isEmpty ? nil : PieceTrie(entries)
        var begins = [Bool](repeating: false, count: 256)
        for entry in entries { begins[Int(entry.bytes[0])] = true }
        self.begins = begins
    }

    /// Calls `plain` with every stretch of bytes between symbols, and `symbol` with the ids, in order.
    func split(_ text: UnsafeBufferPointer<UInt8>, plain: (Range<Int>) -> Void, symbol: (Int32) -> Void) {
        var start = 0
        if let trie {
            var at = 0
            while at < text.count {
                guard begins[Int(text[at])], let match = longest(trie, text, from: at) else {
                    at += 1
                    continue
                }
                if start < at { plain(start..<at) }
                symbol(match.id)
                at = match.end
                start = at
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

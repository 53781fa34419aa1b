// The lab's rule (data code of Xmodel-2.5), with replacement: a row begins at a random token of the stream, moved
// behind the last EOS of its T tokens; conversations are drawn at random, and the last one is cut. Unlike the lab's
// code, which never draws the beginning of a source and what follows the first T tokens of a long conversation, the
// stream is read around its end, and a longer document is drawn in pieces.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct RandomOffsetRows: RowSource {
    private let shards: TokenShards
    /// Of documents that are drawn whole.
    private let pieces: DocumentPieces?
    private let length: Int  // T
    private let seed: UInt64

    init(_ shards: TokenShards, length: Int, seed: UInt64) throws {
        (self.shards, self.length, self.seed) = (shards, length, seed)
        pieces = shards.drawsDocuments ? try DocumentPieces(shards, capacity: length + 1) : nil
    }

    var name: String { shards.name }

    func row(_ index: Int) throws -> SampledRow {
        var random = RandomStream(seed: seed, "offset/" + name, UInt64(index))
        var span = TokenShards.Span()
        if let pieces {
            var documents: [Int32] = []
            var document: Int32 = 0
            while span.tokens.count <= length {
                let drawn = Int.random(in: pieces.pieces.indices, using: &random)
                let count = min(pieces.pieceClass(of: drawn).length, length + 1 - span.tokens.count)
                try span.append(pieces.pieces[drawn], length: count, of: shards)
                documents += Array(repeating: document, count: count)
                document += 1
            }
            return span.row(documents: documents)
        }
        let start = Int.random(in: 0..<shards.tokenCount, using: &random)
        try shards.read(start, length, into: &span)
        let moved = span.tokens.lastIndex(of: shards.eos).map { $0 + 1 } ?? 0
        span = TokenShards.Span()
        try shards.read((start + moved) % shards.tokenCount, length + 1, into: &span)
        return span.row(eos: shards.eos)
    }

    func passes(rows: Int) -> Double { Double(rows) * Double(length) / Double(shards.tokenCount) }
}

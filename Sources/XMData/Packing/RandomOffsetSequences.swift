// The rule of Xmodel-2's own training code, with replacement: a sequence begins at a random token of the stream, moved
// behind the last EOS of its T tokens; conversations are drawn at random, and the last one is cut. Unlike that code,
// which never draws the beginning of a source and what follows the first T tokens of a long conversation, the stream is
// read around its end, and a longer document is drawn in segments.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct RandomOffsetSequences: SequenceSource {
    private let shards: TokenShards
    /// Of documents that are drawn whole.
    private let segments: DocumentSegments?
    private let length: Int  // T
    private let seed: UInt64

    init(_ shards: TokenShards, length: Int, seed: UInt64) throws {
        (self.shards, self.length, self.seed) = (shards, length, seed)
        segments = shards.drawsDocuments ? try DocumentSegments(shards, capacity: length + 1) : nil
    }

    var name: String { shards.name }

    func sequence(_ index: Int) throws -> SampledSequence {
        var random = RandomStream(seed: seed, "offset/" + name, UInt64(index))
        var span = TokenShards.Span()
        if let segments {
            var documents: [Int32] = []
            var document: Int32 = 0
            while span.tokens.count <= length {
                let drawn = Int.random(in: segments.segments.indices, using: &random)
                let count = min(segments.lengthClass(of: drawn).length, length + 1 - span.tokens.count)
                try span.append(segments.segments[drawn], length: count, of: shards)
                documents += Array(repeating: document, count: count)
                document += 1
            }
            return span.sequence(documents: documents)
        }
        let start = Int.random(in: 0..<shards.tokenCount, using: &random)
        try shards.read(start, length, into: &span)
        let moved = span.tokens.lastIndex(of: shards.eos).map { $0 + 1 } ?? 0
        span = TokenShards.Span()
        try shards.read((start + moved) % shards.tokenCount, length + 1, into: &span)
        return span.sequence(eos: shards.eos)
    }

    func passes(sequences: Int) -> Double { Double(sequences) * Double(length) / Double(shards.tokenCount) }
}

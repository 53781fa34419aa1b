// Sequences of text, each token a target once per pass. Passes follow each other without a gap: pass p is the whole
// stream, begun at a document of its own and read around its end, so every pass is cut at other positions. The targets
// of sequence j are T tokens of that endless text from j T on; its inputs are one position earlier, so neighbouring
// sequences share the token at the cut. The sequences that begin in a pass are drawn in the order of a keyed
// permutation; the last of them ends in the next pass, where its tokens are not targets again.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct StreamSequences: SequenceSource {
    private let shards: TokenShards
    private let length: Int  // T
    private let seed: UInt64

    init(_ shards: TokenShards, length: Int, seed: UInt64) {
        (self.shards, self.length, self.seed) = (shards, length, seed)
    }

    var name: String { shards.name }

    func sequence(_ index: Int) throws -> SampledSequence {
        let pass = index * length / shards.tokenCount
        let first = firstSequence(ofPass: pass)
        let order = KeyedPermutation(
            count: firstSequence(ofPass: pass + 1) - first, key: RandomStream(seed: seed, "rows/" + name, UInt64(pass)))
        return try span(targetsFrom: (first + order[index - first]) * length).sequence(eos: shards.eos)
    }

    /// The first of the sequences that begin in `pass`.
    private func firstSequence(ofPass pass: Int) -> Int { (pass * shards.tokenCount + length - 1) / length }

    /// T tokens of the endless text from `start` on and the one before them: at the very beginning, an EOS.
    private func span(targetsFrom start: Int) throws -> TokenShards.Span {
        var span = TokenShards.Span()
        if start == 0 { (span.tokens, span.trained) = ([shards.eos], [false]) }
        while span.tokens.count <= length {
            let place = start - 1 + span.tokens.count
            let (pass, offset) = place.quotientAndRemainder(dividingBy: shards.tokenCount)
            let count = min(shards.tokenCount - offset, length + 1 - span.tokens.count)
            try shards.read((try begin(ofPass: pass) + offset) % shards.tokenCount, count, into: &span)
        }
        return span
    }

    /// The token of the stream with which a pass begins.
    private func begin(ofPass pass: Int) throws -> Int {
        var random = RandomStream(seed: seed, "pass/" + name, UInt64(pass))
        return try shards.start(ofDocument: Int.random(in: 0..<shards.documentCount, using: &random))
    }

    func passes(sequences: Int) -> Double { Double(sequences) * Double(length) / Double(shards.tokenCount) }
}

// Sequences of whole documents: conversations, or the documents of one category. In a pass every document is in one
// sequence, uncut if it fits; sequences, and documents of equal length, are shuffled by keyed permutations, so each
// pass joins other documents. The rest of a sequence is EOS without a target. Next: SequencePacking.swift,
// DocumentSegments.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct PackedSequences: SequenceSource {
    private let shards: TokenShards
    private let segments: DocumentSegments
    private let packing: SequencePacking
    /// Copies of each document in the packing: more than one only if a single sequence has room for all documents
    /// several times.
    private let copies: Int
    private let length: Int  // T
    private let seed: UInt64

    init(_ shards: TokenShards, length: Int, seed: UInt64) throws {
        (self.shards, self.length, self.seed) = (shards, length, seed)
        let capacity = length + 1
        let segments = try DocumentSegments(shards, capacity: capacity)
        let copies = max(1, capacity / shards.tokenCount)
        packing = SequencePacking(
            lengths: segments.classes.map { ($0.length, copies * $0.range.count) }, capacity: capacity)
        (self.segments, self.copies) = (segments, copies)
    }

    var name: String { shards.name }

    func sequence(_ index: Int) throws -> SampledSequence {
        let (pass, place) = index.quotientAndRemainder(dividingBy: packing.sequenceCount)
        func key(_ purpose: String, _ number: Int) -> RandomStream {
            RandomStream(seed: seed, purpose + name, UInt64(pass), UInt64(number))
        }
        let sequence = KeyedPermutation(count: packing.sequenceCount, key: key("rows/", 0))[place]
        let places = Array(packing.places(ofSequence: sequence))
        var random = key("order/", sequence)
        var span = TokenShards.Span()
        var documents: [Int32] = []
        for (document, place) in random.permutation(places.count).enumerated() {
            let place = Int(places[place])
            let lengthClass = segments.lengthClass(of: place / copies)
            let first = copies * lengthClass.range.lowerBound
            let order = KeyedPermutation(
                count: copies * lengthClass.range.count, key: key("documents/", lengthClass.length))
            let segment = segments.segments[(first + order[place - first]) / copies]
            try span.append(segment, length: lengthClass.length, of: shards)
            documents += Array(repeating: Int32(document), count: lengthClass.length)
        }
        let rest = length + 1 - span.tokens.count
        span.tokens += Array(repeating: shards.eos, count: rest)
        span.trained += Array(repeating: false, count: rest)
        documents += Array(repeating: Int32(places.count), count: rest)
        return span.sequence(documents: documents)
    }

    func passes(sequences: Int) -> Double { Double(sequences) * Double(copies) / Double(packing.sequenceCount) }
}

extension TokenShards.Span {
    /// The first `length` tokens of a segment. The token that it shares with the segment before is no target here.
    mutating func append(_ segment: DocumentSegment, length: Int, of shards: TokenShards) throws {
        let first = tokens.count
        try shards.read(segment.start, length, into: &self)
        if segment.isContinuation { trained[first] = false }
    }
}

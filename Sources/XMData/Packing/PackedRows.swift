// Rows of whole documents: conversations, or the documents of one category. In a pass every document stands in one
// row, whole where it fits into one; rows and the documents of equal length change places by keyed permutations, so
// each pass joins other documents. What a row has left over is filled with EOS that nothing is learned from.
// Next: RowPacking.swift, DocumentPieces.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct PackedRows: RowSource {
    private let shards: TokenShards
    private let pieces: DocumentPieces
    private let packing: RowPacking
    /// How often each document stands in the packing: more than once only where all of them together leave room for
    /// all of them in one row.
    private let copies: Int
    private let length: Int  // T
    private let seed: UInt64

    init(_ shards: TokenShards, length: Int, seed: UInt64) throws {
        (self.shards, self.length, self.seed) = (shards, length, seed)
        let capacity = length + 1
        let pieces = try DocumentPieces(shards, capacity: capacity)
        let copies = max(1, capacity / shards.tokenCount)
        packing = RowPacking(lengths: pieces.classes.map { ($0.length, copies * $0.range.count) }, capacity: capacity)
        (self.pieces, self.copies) = (pieces, copies)
    }

    var name: String { shards.name }

    func row(_ index: Int) throws -> SampledRow {
        let (pass, place) = index.quotientAndRemainder(dividingBy: packing.rowCount)
        func key(_ purpose: String, _ number: Int) -> RandomStream {
            RandomStream(seed: seed, purpose + name, UInt64(pass), UInt64(number))
        }
        let row = KeyedPermutation(count: packing.rowCount, key: key("rows/", 0))[place]
        let places = Array(packing.places(ofRow: row))
        var random = key("order/", row)
        var span = TokenShards.Span()
        var documents: [Int32] = []
        for (document, place) in random.permutation(places.count).enumerated() {
            let place = Int(places[place])
            let lengthClass = pieces.pieceClass(of: place / copies)
            let first = copies * lengthClass.range.lowerBound
            let order = KeyedPermutation(
                count: copies * lengthClass.range.count, key: key("documents/", lengthClass.length))
            let piece = pieces.pieces[(first + order[place - first]) / copies]
            try span.append(piece, length: lengthClass.length, of: shards)
            documents += Array(repeating: Int32(document), count: lengthClass.length)
        }
        let rest = length + 1 - span.tokens.count
        span.tokens += Array(repeating: shards.eos, count: rest)
        span.trained += Array(repeating: false, count: rest)
        documents += Array(repeating: Int32(places.count), count: rest)
        return span.row(documents: documents)
    }

    func passes(rows: Int) -> Double { Double(rows) * Double(copies) / Double(packing.rowCount) }
}

extension TokenShards.Span {
    /// The first `length` tokens of a piece. The token that it shares with the piece before is no target here.
    mutating func append(_ piece: DocumentPiece, length: Int, of shards: TokenShards) throws {
        let first = tokens.count
        try shards.read(piece.start, length, into: &self)
        if piece.isContinuation { trained[first] = false }
    }
}

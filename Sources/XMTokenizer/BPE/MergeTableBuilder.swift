// Builds the merges of a SentencePiece BPE vocabulary. Its file has scores instead of merges: two adjacent pieces are
// merged if their concatenation is a piece, best score first. Hence every way to split a piece into two is a merge.
// SPDX-License-Identifier: Apache-2.0

struct MergeTableBuilder {
    /// Pieces that merges can result in, by their UTF-8.
    let pieces: PieceTable
    private(set) var merges: MergeTable
    /// Characters inside pieces that are not pieces themselves; their symbols are numbered from the vocabulary size on.
    private(set) var loneCharacters: [[UInt8]] = []
    private var loneIDs: [[UInt8]: Int32] = [:]
    private let vocabulary: TokenizerVocabulary

    init(_ vocabulary: TokenizerVocabulary) throws {
        self.vocabulary = vocabulary
        // With a list of merges, added tokens may also be the result of merges.
        let isListed = !vocabulary.merges.isEmpty
        let bytes = vocabulary.tokens.enumerated().map { id, token -> [UInt8]? in
            switch vocabulary.kind(id) {
            case .normal: Array(token.utf8)
            case .control, .userDefined: isListed ? Array(token.utf8) : nil
            case .unknown, .unused, .byte: nil
            }
        }
        pieces = PieceTable(bytes)
        merges = MergeTable(capacity: max(vocabulary.merges.count, 2 * vocabulary.tokens.count))
        if vocabulary.merges.isEmpty {
            addByScore(bytes)
        } else {
            try addByRank()
        }
    }

    /// Adds the merges listed in the file.
    private mutating func addByRank() throws {
        for (rank, merge) in vocabulary.merges.enumerated() {
            func find(_ piece: String) throws -> Int32 {
                let id = pieces.find(Array(piece.utf8))
                guard id >= 0 else {
                    throw VocabularyError.unknownPiece(file: vocabulary.file, key: "merges[\(rank)]", piece: piece)
                }
                return id
            }
            let id = try find(merge.left + merge.right)
            merges.insert(try find(merge.left), try find(merge.right), .init(rank: Int32(rank), id: id))
        }
    }

    /// Adds merges by score. Equal scores get equal ranks, so that the leftmost pair is merged first, as in
    /// SentencePiece.
    private mutating func addByScore(_ bytes: [[UInt8]?]) {
        let scores = vocabulary.scores.isEmpty ? [Float](repeating: 0, count: bytes.count) : vocabulary.scores
        var rank: Int32 = -1
        var last: Float?
        for id in scores.indices.sorted(by: { (scores[$0], $1) > (scores[$1], $0) }) {
            if scores[id] != last { (rank, last) = (rank + 1, scores[id]) }
            guard let piece = bytes[id], pieces.find(piece) == Int32(id) else { continue }
            piece.withUnsafeBufferPointer { addCuts(of: $0, .init(rank: rank, id: Int32(id))) }
        }
    }

    private mutating func addCuts(of piece: UnsafeBufferPointer<UInt8>, _ merge: MergeTable.Merge) {
        for cut in 1..<max(1, piece.count) where piece[cut] & 0xC0 != 0x80 {
            guard let left = symbol(piece[..<cut]), let right = symbol(piece[cut...]) else { continue }
            merges.insert(left, right, merge)
        }
    }

    /// The id of a piece or of a single character; nil for anything else.
    private mutating func symbol(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int32? {
        let id = pieces.find(UnsafeBufferPointer(rebasing: bytes))
        if id >= 0 { return id }
        guard bytes.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 }) else { return nil }
        let character = Array(bytes)
        if let known = loneIDs[character] { return known }
        let new = Int32(vocabulary.tokens.count + loneCharacters.count)
        loneCharacters.append(character)
        loneIDs[character] = new
        return new
    }
}

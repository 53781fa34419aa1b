// Converts between the two representations of SentencePiece BPE: llama.cpp merges by the score of the resulting piece,
// Hugging Face by a list of merges.
// SPDX-License-Identifier: Apache-2.0

extension TokenizerVocabulary {
    static let unusedScore: Float = -10_000

    /// The list of merges equivalent to the scores: for each piece, from the best score down, all splits into two
    /// pieces.
    func mergesByScore() -> [Merge] {
        let scores = scores.isEmpty ? [Float](repeating: 0, count: tokens.count) : scores
        let pieces = PieceTable(tokens.enumerated().map { id, text in kind(id) == .normal ? Array(text.utf8) : nil })
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        return order.flatMap { id -> [Merge] in
            let text = tokens[id]
            guard pieces.id(of: text) == Int32(id) else { return [] }
            return text.unicodeScalars.indices.dropFirst().compactMap { cut in
                let merge = Merge(left: String(text[..<cut]), right: String(text[cut...]))
                return pieces.id(of: merge.left) != nil && pieces.id(of: merge.right) != nil ? merge : nil
            }
        }
    }

    /// The same vocabulary with scores, derived from the merges if it has none. Throws `VocabularyError` if no scores
    /// are equivalent to the merges.
    package func withScores() throws -> TokenizerVocabulary {
        guard model == .sentencePiece, scores.isEmpty, !merges.isEmpty else { return self }
        var result = self
        // Pieces that no merge results in come last; their score is never used.
        result.scores = [Float](repeating: -Float(merges.count), count: tokens.count)
        let pieces = PieceTable(tokens.map { Array($0.utf8) })
        for (rank, merge) in merges.enumerated().reversed() {
            guard let id = pieces.id(of: merge.left + merge.right) else { continue }
            result.scores[Int(id)] = -Float(rank)
        }
        for id in tokens.indices where kind(id) != .normal { result.scores[id] = 0 }
        // All merges into a piece share its score, so only their order among themselves may differ.
        func bytes(_ merges: [Merge]) -> [[UInt8]] { merges.map { Array(($0.left + $0.right).utf8) } }
        func ranked(_ merges: [Merge]) -> [[UInt8]: Set<[[UInt8]]>] {
            merges.reduce(into: [:]) {
                $0[Array(($1.left + $1.right).utf8), default: []].insert([Array($1.left.utf8), Array($1.right.utf8)])
            }
        }
        let again = result.mergesByScore()
        guard bytes(again) == bytes(merges), ranked(again) == ranked(merges) else {
            throw VocabularyError.unsupported(
                file: file, key: "model.merges", found: "a list that SentencePiece's scores cannot express",
                wanted: "all splits of each piece into two pieces, piece by piece")
        }
        return result
    }

    /// Padded to `count` tokens, because llama.cpp requires one for every row of the embedding.
    package func filled(to count: Int) -> TokenizerVocabulary {
        var result = self
        if kinds.isEmpty { result.kinds = [Kind](repeating: .normal, count: tokens.count) }
        for id in tokens.count..<max(count, tokens.count) {
            result.tokens.append(Self.filling(id))
            if !scores.isEmpty { result.scores.append(Self.unusedScore) }
            result.kinds.append(.unused)
        }
        return result
    }

    /// Without padding tokens at the end.
    package func withoutFilling() -> TokenizerVocabulary {
        var result = self
        while let text = result.tokens.last, PieceText.isSame(text, Self.filling(result.tokens.count - 1)),
            result.kind(result.tokens.count - 1) == .unused
        {
            result.tokens.removeLast()
            result.kinds.removeLast()
            if !result.scores.isEmpty { result.scores.removeLast() }
        }
        return result
    }

    private static func filling(_ id: Int) -> String { "[PAD\(id)]" }
}

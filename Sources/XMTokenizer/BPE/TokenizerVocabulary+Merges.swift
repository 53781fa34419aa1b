// SentencePiece's BPE in its two spellings: llama.cpp merges what gives the piece of the best score, Hugging Face goes
// through a list of merges. Each is made from the other here.
// SPDX-License-Identifier: Apache-2.0

extension TokenizerVocabulary {
    static let unusedScore: Float = -10_000

    /// The list that merges as the scores do: the pieces from the best score down, each by all its cuts in two pieces.
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

    /// The same vocabulary with scores, made from the merges where it has none. Throws `VocabularyError` where no
    /// scores say what the merges say.
    package func withScores() throws -> TokenizerVocabulary {
        guard model == .sentencePiece, scores.isEmpty, !merges.isEmpty else { return self }
        var result = self
        // What no merge gives comes last; whether such a piece is found at all, its score does not decide.
        result.scores = [Float](repeating: -Float(merges.count), count: tokens.count)
        let pieces = PieceTable(tokens.map { Array($0.utf8) })
        for (rank, merge) in merges.enumerated().reversed() {
            guard let id = pieces.id(of: merge.left + merge.right) else { continue }
            result.scores[Int(id)] = -Float(rank)
        }
        for id in tokens.indices where kind(id) != .normal { result.scores[id] = 0 }
        // Merges of one piece have one score, so their order among themselves is lost, and no other.
        func bytes(_ merges: [Merge]) -> [[UInt8]] { merges.map { Array(($0.left + $0.right).utf8) } }
        func ranked(_ merges: [Merge]) -> [[UInt8]: Set<[[UInt8]]>] {
            merges.reduce(into: [:]) {
                $0[Array(($1.left + $1.right).utf8), default: []].insert([Array($1.left.utf8), Array($1.right.utf8)])
            }
        }
        let again = result.mergesByScore()
        guard bytes(again) == bytes(merges), ranked(again) == ranked(merges) else {
            throw VocabularyError.unsupported(
                file: file, key: "model.merges", found: "a list that SentencePiece's scores cannot say",
                wanted: "every cut of a piece in two pieces, one piece after the other")
        }
        return result
    }

    /// Filled up to `count` pieces, since llama.cpp wants one for every row of the embedding.
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

    /// Without the pieces at the end that only fill it.
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

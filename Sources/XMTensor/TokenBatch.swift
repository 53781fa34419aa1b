// Token ids on their way from a sampler, a prompt or a test to the kernels: the only batch type. It owns its arrays,
// and a slice shares them without copying.
// SPDX-License-Identifier: Apache-2.0

/// B sequences of T tokens, one after the other, with the target of each token.
package struct TokenBatch: Sendable, Equatable {
    /// A target that contributes neither loss nor gradient; -100 is the value PyTorch and Hugging Face use.
    package static let noTarget: Int32 = -100

    /// B and T.
    package let batchSize: Int
    package let length: Int
    package let ids: ArraySlice<Int32>  // [B, T]
    /// The next token of each; negative where nothing is predicted.  [B, T], empty in a cached pass
    package let targets: ArraySlice<Int32>
    /// Position within the sequence, which selects the rotary angle.  [B, T]
    package let positions: ArraySlice<Int32>
    /// First position of the sequence that the token may attend to.  [B, T], empty in a cached pass
    package let firstVisible: ArraySlice<Int32>
    /// Index of each sequence's source in the mixture.  [B]
    package let sources: ArraySlice<Int>

    /// Sequences that start at position 0.
    ///
    /// - Parameters:
    ///   - ids, targets: [batchSize, length].
    ///   - sources: [batchSize]; nil: all from source 0.
    ///   - documents: index of each token's document within its sequence, [batchSize, length]; attention then stays
    ///     inside a document. nil: every token may attend to its whole sequence.
    package init(
        batchSize: Int, ids: [Int32], targets: [Int32], sources: [Int]? = nil, documents: [Int32]? = nil
    ) {
        let length = batchSize > 0 ? ids.count / batchSize : 0
        precondition(ids.count == batchSize * length && targets.count == ids.count)
        precondition(sources.map { $0.count == batchSize } ?? true && documents.map { $0.count == ids.count } ?? true)
        (self.batchSize, self.length, self.ids, self.targets) = (batchSize, length, ids[...], targets[...])
        self.sources = (sources ?? Array(repeating: 0, count: batchSize))[...]
        positions = ids.indices.map { Int32($0 % length) }[...]
        firstVisible = (documents.map { Self.documentStarts($0, length) } ?? Array(repeating: 0, count: ids.count))[...]
    }

    /// New tokens of cached sequences, concatenated in the order of `spans` into one row; nothing is predicted.
    package init(ids: [Int32], spans: [CacheSpan]) {
        precondition(ids.count == spans.reduce(0) { $0 + $1.tokens })
        (batchSize, length, self.ids) = (1, ids.count, ids[...])
        positions = spans.flatMap { Int32($0.start)..<Int32($0.end) }[...]
        (targets, firstVisible, sources) = ([], [], [])
    }

    private init(_ batch: TokenBatch, sequences: Range<Int>) {
        func slice(_ values: ArraySlice<Int32>, _ width: Int) -> ArraySlice<Int32> {
            let first = values.startIndex
            return values[first + sequences.lowerBound * width..<first + sequences.upperBound * width]
        }
        (batchSize, length) = (sequences.count, batch.length)
        (ids, targets) = (slice(batch.ids, length), slice(batch.targets, length))
        (positions, firstVisible) = (slice(batch.positions, length), slice(batch.firstVisible, length))
        let first = batch.sources.startIndex
        sources = batch.sources[first + sequences.lowerBound..<first + sequences.upperBound]
    }

    /// M = B T.
    package var tokenCount: Int { batchSize * length }
    /// Tokens with a target: the denominator of a mean loss.
    package var targetCount: Int { targets.count { $0 >= 0 } }

    /// A slice of the sequences, sharing their storage.
    package func sequences(_ range: Range<Int>) -> TokenBatch {
        precondition(range.lowerBound >= 0 && range.upperBound <= batchSize)
        return TokenBatch(self, sequences: range)
    }

    /// For each token, the position in its sequence at which its document begins: its first visible position.
    private static func documentStarts(_ documents: [Int32], _ length: Int) -> [Int32] {
        var starts: [Int32] = []
        starts.reserveCapacity(documents.count)
        for index in documents.indices {
            let position = index % length
            let begins = position == 0 || documents[index] != documents[index - 1]
            starts.append(begins ? Int32(position) : starts[index - 1])
        }
        return starts
    }
}

// Token ids on their way from a sampler, a prompt or a test to the kernels: the one type of batch. It owns its arrays,
// and a slice of it shares them.
// SPDX-License-Identifier: Apache-2.0

/// B sequences of T tokens, one after the other, with what each token is to predict.
package struct TokenBatch: Sendable, Equatable {
    /// A target that nothing is learned from.
    package static let noTarget: Int32 = -100

    /// B and T.
    package let batchSize: Int
    package let length: Int
    package let ids: ArraySlice<Int32>  // [B, T]
    /// The token that follows each one; negative where nothing is predicted.  [B, T], empty in a cached pass
    package let targets: ArraySlice<Int32>
    /// Position inside the sequence; selects the rotary angle.  [B, T]
    package let positions: ArraySlice<Int32>
    /// First position of the sequence that a token's attention sees.  [B, T], empty in a cached pass
    package let firstVisible: ArraySlice<Int32>
    /// Index of each sequence's source in the mixture.  [B]
    package let sources: ArraySlice<Int>

    /// Sequences that begin at position 0.
    ///
    /// - Parameters:
    ///   - ids, targets: [batchSize, length].
    ///   - sources: [batchSize]; nil: all from source 0.
    ///   - documents: number of each token's document in its sequence, [batchSize, length]: attention then stays inside
    ///     a document; nil: every token sees its whole sequence.
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

    /// New tokens of stored sequences, in the order of `spans`: one row of tokens, nothing to predict.
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
    /// Tokens that are predicted.
    package var targetCount: Int { targets.count { $0 >= 0 } }

    /// Some of the sequences, without copying them.
    package func sequences(_ range: Range<Int>) -> TokenBatch {
        precondition(range.lowerBound >= 0 && range.upperBound <= batchSize)
        return TokenBatch(self, sequences: range)
    }

    /// The position at which each token's document begins in its sequence.
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

// The sequences of one stage, from weighted sources. Sequence n of the stage is a pure function of (seed, stage, n):
// micro-batches, processes and resumed runs see the same ones. SourceOrder.swift chooses the source,
// Packing/SequenceSource.swift the sequence of that source.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

package struct MixtureSampler: Sendable {
    package let sources: [any SequenceSource]
    /// Shares, summing to 1.
    package let weights: [Double]
    private let order: SourceOrder
    /// Sequences of each source that earlier stages took: a stage goes on where the one before it stopped.
    private let sequencesBefore: [Int]
    private let documentMask: Bool

    /// - Parameters:
    ///   - mixture: source name to weight; weights are divided by their sum.
    ///   - key: where the recipe holds it, for errors.
    ///   - sequencesBefore: sequences of each source that earlier stages took; nil in the first.
    /// - Throws: `DataError` for unknown names, negative weights or a sum of zero.
    package init(
        sources: [any SequenceSource], mixture: [String: Double], seed: UInt64, stage: String, key: String,
        sequencesBefore: [Int]? = nil, documentMask: Bool = false
    ) throws {
        self.sources = sources
        weights = try Self.shares(of: mixture, among: sources.map(\.name), key: key)
        order = SourceOrder(shares: weights, seed: seed, stage: stage)
        self.sequencesBefore = sequencesBefore ?? sources.map { _ in 0 }
        self.documentMask = documentMask
    }

    /// The share of each name. Throws `DataError` as `init`.
    package static func shares(of mixture: [String: Double], among names: [String], key: String) throws -> [Double] {
        guard !mixture.isEmpty else {
            throw DataError.badWeights(
                key: key,
                reason: "names no source; give at least one" + (names.isEmpty ? "" : " of ")
                    + names.joined(separator: ", "))
        }
        for name in mixture.keys.sorted() where !names.contains(name) {
            throw DataError.unknownSource(key: key, name: name, known: names)
        }
        if let bad = mixture.sorted(by: { $0.key < $1.key }).first(where: { !($0.value >= 0 && $0.value.isFinite) }) {
            throw DataError.badWeights(key: "\(key).\(bad.key)", reason: "is \(bad.value); a weight is 0 or more")
        }
        let total = names.reduce(0) { $0 + (mixture[$1] ?? 0) }
        guard total > 0 else {
            throw DataError.badWeights(key: key, reason: "its weights sum to 0; give at least one a positive weight")
        }
        guard total.isFinite else {
            throw DataError.badWeights(
                key: key,
                reason: "its weights sum to more than a number holds; only their ratios count: give smaller ones")
        }
        return names.map { (mixture[$0] ?? 0) / total }
    }

    /// Sequences first..<first + batchSize of the stage.
    package func batch(first: Int, batchSize: Int) throws -> TokenBatch {
        var (ids, targets, documents): ([Int32], [Int32], [Int32]) = ([], [], [])
        var drawn: [Int] = []
        for sequence in first..<first + batchSize {
            let source = order.source(ofSequence: sequence)
            let index = sequencesBefore[source] + order.count(of: source, inFirst: sequence)
            let sample = try sources[source].sequence(index)
            ids += sample.inputs
            targets += sample.targets
            if documentMask { documents += sample.documents }
            drawn.append(source)
        }
        return TokenBatch(
            batchSize: batchSize, ids: ids, targets: targets, sources: drawn,
            documents: documentMask ? documents : nil)
    }

    /// Sequences of each source in the run when the first `sequences` sequences of the stage are done.
    package func sequenceCounts(after sequences: Int) -> [Int] {
        sources.indices.map { sequencesBefore[$0] + order.count(of: $0, inFirst: sequences) }
    }

    /// How often each source has been read by then; sources that were not read are left out.
    package func passes(after sequences: Int) -> [String: Double] {
        let counts = zip(sources, sequenceCounts(after: sequences)).filter { $0.1 > 0 }
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $0.passes(sequences: $1)) })
    }

    /// What `sequences` sequences of the stage read: each source's share, and how often it is read in them.
    package func plan(sequences: Int) -> [(name: String, share: Double, passes: Double)] {
        sources.indices.map { index in
            let before = sequencesBefore[index]
            let after = before + order.count(of: index, inFirst: sequences)
            let source = sources[index]
            return (source.name, weights[index], source.passes(sequences: after) - source.passes(sequences: before))
        }
    }
}

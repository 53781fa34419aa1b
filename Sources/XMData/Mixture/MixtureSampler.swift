// The rows of one stage, from weighted sources. Row n of the stage is a pure function of (seed, stage, n):
// micro-batches, processes and resumed runs see the same rows. Which source it comes from says SourceOrder.swift,
// which row of the source, Packing/RowSource.swift.
// SPDX-License-Identifier: Apache-2.0

package struct MixtureSampler: Sendable {
    package let sources: [any RowSource]
    /// Shares, summing to 1.
    package let weights: [Double]
    private let order: SourceOrder
    /// Rows of each source that earlier stages took: a stage goes on where the one before it stopped.
    private let rowsBefore: [Int]
    private let documentMask: Bool

    /// - Parameters:
    ///   - mixture: source name to weight; weights are divided by their sum.
    ///   - key: where the recipe holds it, for errors.
    ///   - rowsBefore: rows of each source that earlier stages took; nil in the first.
    /// - Throws: `DataError` for unknown names, negative weights or a sum of zero.
    package init(
        sources: [any RowSource], mixture: [String: Double], seed: UInt64, stage: String, key: String,
        rowsBefore: [Int]? = nil, documentMask: Bool = false
    ) throws {
        self.sources = sources
        weights = try Self.shares(of: mixture, among: sources.map(\.name), key: key)
        order = SourceOrder(shares: weights, seed: seed, stage: stage)
        self.rowsBefore = rowsBefore ?? sources.map { _ in 0 }
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

    /// Rows first..<first + rows of the stage, each of `length` inputs.
    package func batch(first: Int, rows: Int, length: Int) throws -> Batch {
        var batch = Batch(
            rows: 0, length: length, inputs: [], targets: [], sources: [], positions: [],
            documents: documentMask ? [] : nil)
        for row in first..<first + rows {
            let source = order.source(ofRow: row)
            let index = rowsBefore[source] + order.count(of: source, inFirst: row)
            let sample = try sources[source].row(index)
            batch.rows += 1
            batch.inputs += sample.inputs
            batch.targets += sample.targets
            batch.sources.append(source)
            batch.positions += (0..<Int32(length))
            batch.documents? += sample.documents
        }
        return batch
    }

    /// Rows of each source in the run when the first `rows` rows of the stage are done.
    package func rowCounts(after rows: Int) -> [Int] {
        sources.indices.map { rowsBefore[$0] + order.count(of: $0, inFirst: rows) }
    }

    /// How often each source has been read by then; sources that were not read are left out.
    package func passes(after rows: Int) -> [String: Double] {
        let counts = zip(sources, rowCounts(after: rows)).filter { $0.1 > 0 }
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.name, $0.passes(rows: $1)) })
    }

    /// What `rows` rows of the stage read: each source's share, and how often it is read in them.
    package func plan(rows: Int) -> [(name: String, share: Double, passes: Double)] {
        sources.indices.map { index in
            let (before, after) = (rowsBefore[index], rowsBefore[index] + order.count(of: index, inFirst: rows))
            let source = sources[index]
            return (source.name, weights[index], source.passes(rows: after) - source.passes(rows: before))
        }
    }
}

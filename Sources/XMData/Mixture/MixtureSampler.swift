// Rows drawn from weighted sources. Row r of step s is a pure function of (seed, stage, s, r): micro-batches,
// processes and resumed runs see the same rows.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct MixtureSampler: Sendable {
    package let sources: [any TokenSource]
    /// Shares, summing to 1.
    package let weights: [Double]
    private let seed: UInt64
    private let stage: String
    private let documentMask: Bool

    /// - Parameters:
    ///   - mixture: source name to weight; weights are divided by their sum.
    ///   - key: where the recipe holds it, for errors.
    /// - Throws: `DataError` for unknown names, negative weights or a sum of zero.
    package init(
        sources: [any TokenSource], mixture: [String: Double], seed: UInt64, stage: String, key: String,
        documentMask: Bool = false
    ) throws {
        self.sources = sources
        weights = try Self.shares(of: mixture, among: sources.map(\.name), key: key)
        self.seed = seed
        self.stage = stage
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
        let total = mixture.values.reduce(0, +)
        guard total > 0 else {
            throw DataError.badWeights(key: key, reason: "its weights sum to 0; give at least one a positive weight")
        }
        return names.map { (mixture[$0] ?? 0) / total }
    }

    /// Rows firstRow..<firstRow + rows of step `step`.
    package func batch(step: Int, firstRow: Int, rows: Int, length: Int) throws -> Batch {
        var batch = Batch(
            rows: 0, length: length, inputs: [], targets: [], sources: [], positions: [],
            documents: documentMask ? [] : nil)
        for row in firstRow..<firstRow + rows {
            var random = RandomStream(seed: seed, "mixture/" + stage, UInt64(step), UInt64(row))
            let source = choose(random.uniform())
            let sample = try sources[source].row(length: length, random: &random)
            batch.rows += 1
            batch.inputs += sample.inputs
            batch.targets += sample.targets
            batch.sources.append(source)
            batch.positions += (0..<Int32(length))
            batch.documents? += sample.documents
        }
        return batch
    }

    /// Index of the source whose share covers `u` in [0, 1).
    private func choose(_ u: Double) -> Int {
        var sum = 0.0
        for (index, weight) in weights.enumerated() where weight > 0 {
            sum += weight
            if u < sum { return index }
        }
        return weights.lastIndex { $0 > 0 }!
    }

    /// How often each source is read in `tokens` tokens of training: (name, tokens it has, share, epochs).
    package func plan(tokens: Int) -> [(name: String, tokens: Int, share: Double, epochs: Double)] {
        zip(sources, weights).map { source, weight in
            (source.name, source.tokenCount, weight, Double(tokens) * weight / Double(max(source.tokenCount, 1)))
        }
    }
}

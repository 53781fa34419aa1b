// The rows of one source, numbered without end: row i is a pure function of (seed, source, i), so that nothing about
// reading has to be remembered. Two rules: `permutation` meets every token once per pass, `random_offset` is the lab's.
// Next: StreamRows.swift, PackedRows.swift, RandomOffsetRows.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package protocol RowSource: Sendable {
    var name: String { get }
    /// Row `index` with its targets.
    func row(_ index: Int) throws -> SampledRow
    /// How often the source has been read after `rows` rows.
    func passes(rows: Int) -> Double
}

/// `train.sampling`: which rows of a source are drawn.
package enum SamplingRule: String, Codable, Sendable, CaseIterable {
    /// Every token once per pass: text is cut into rows, conversations are packed whole, and the order is random.
    case permutation
    /// With replacement: text from a random token, moved behind the last EOS that the row would meet; conversations
    /// at random, the last one cut (data code of Xmodel-2.5).
    case randomOffset = "random_offset"
}

extension TokenShards {
    /// The rows of `length` inputs.
    package func rows(_ rule: SamplingRule, length: Int, seed: UInt64) throws -> any RowSource {
        switch (rule, drawsDocuments) {
        case (.permutation, false): StreamRows(self, length: length, seed: seed)
        case (.permutation, true): try PackedRows(self, length: length, seed: seed)
        case (.randomOffset, _): try RandomOffsetRows(self, length: length, seed: seed)
        }
    }
}

extension TokenShards.Span {
    /// T + 1 tokens as inputs and targets. `documents` has the number of each token's document in the row.
    func row(documents: [Int32]) -> SampledRow {
        SampledRow(
            inputs: Array(tokens.dropLast()),
            targets: zip(tokens, trained).dropFirst().map { $1 ? $0 : Batch.noTarget },
            documents: Array(documents.dropLast()))
    }

    /// The same of a stretch of text, whose documents end with `eos`.
    func row(eos: Int32) -> SampledRow {
        var document: Int32 = 0
        return row(
            documents: tokens.map { token in
                defer { if token == eos { document += 1 } }
                return document
            })
    }
}

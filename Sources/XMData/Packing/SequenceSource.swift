// The sequences of one source, numbered without end: sequence i is a pure function of (seed, source, i), so there is no
// reader state to save. Two rules: `permutation` meets every token once per pass, `random_offset` is the lab's.
// Next: StreamSequences.swift, PackedSequences.swift, RandomOffsetSequences.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
import XMTensor

package protocol SequenceSource: Sendable {
    var name: String { get }
    /// Sequence `index` with its targets.
    func sequence(_ index: Int) throws -> SampledSequence
    /// How often the source has been read after `sequences` sequences.
    func passes(sequences: Int) -> Double
}

/// `train.sampling`: which sequences of a source are drawn.
package enum SamplingRule: String, Codable, Sendable, CaseIterable {
    /// Every token once per pass: text is cut into sequences, conversations are packed whole, and the order is random.
    case permutation
    /// With replacement, as the Xmodel-2 report's training code: text from a random token, moved behind the last EOS
    /// that the sequence would meet; conversations at random, the last one cut.
    case randomOffset = "random_offset"
}

extension TokenShards {
    /// The sequences of `length` inputs.
    package func sequences(_ rule: SamplingRule, length: Int, seed: UInt64) throws -> any SequenceSource {
        switch (rule, drawsDocuments) {
        case (.permutation, false): StreamSequences(self, length: length, seed: seed)
        case (.permutation, true): try PackedSequences(self, length: length, seed: seed)
        case (.randomOffset, _): try RandomOffsetSequences(self, length: length, seed: seed)
        }
    }
}

extension TokenShards.Span {
    /// T + 1 tokens as inputs and targets. `documents` has the number of each token's document in the sequence.
    func sequence(documents: [Int32]) -> SampledSequence {
        SampledSequence(
            inputs: Array(tokens.dropLast()),
            targets: zip(tokens, trained).dropFirst().map { $1 ? $0 : TokenBatch.noTarget },
            documents: Array(documents.dropLast()))
    }

    /// The same of a stretch of text, whose documents end with `eos`.
    func sequence(eos: Int32) -> SampledSequence {
        var document: Int32 = 0
        return sequence(
            documents: tokens.map { token in
                defer { if token == eos { document += 1 } }
                return document
            })
    }
}

/// One sequence of a source: T inputs, what each predicts, and the number of its document in the sequence.
package struct SampledSequence: Sendable, Equatable {
    package var inputs: [Int32]
    package var targets: [Int32]
    package var documents: [Int32]

    package init(inputs: [Int32], targets: [Int32], documents: [Int32]) {
        (self.inputs, self.targets, self.documents) = (inputs, targets, documents)
    }
}

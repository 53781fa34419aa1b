// Rows of tokens as the model takes them.
// SPDX-License-Identifier: Apache-2.0

/// B rows of T tokens with what each is to predict.
package struct Batch: Sendable, Equatable {
    /// A target that nothing is learned from.
    package static let noTarget: Int32 = -100

    package var rows: Int
    package var length: Int
    package var inputs: [Int32]  // [B,T]
    package var targets: [Int32]  // [B,T]
    /// Index of each row's source in the mixture, [B].
    package var sources: [Int]
    package var positions: [Int32]  // [B,T], 0..<T
    /// Number of each token's document inside its row, [B,T]; nil without a document mask.
    package var documents: [Int32]?

    package init(
        rows: Int, length: Int, inputs: [Int32], targets: [Int32], sources: [Int], positions: [Int32],
        documents: [Int32]?
    ) {
        precondition(inputs.count == rows * length && targets.count == inputs.count && sources.count == rows)
        (self.rows, self.length, self.inputs, self.targets) = (rows, length, inputs, targets)
        (self.sources, self.positions, self.documents) = (sources, positions, documents)
    }

    /// Tokens that are predicted.
    package var targetCount: Int { targets.count { $0 >= 0 } }
}

/// One row of a source.
package struct SampledRow: Sendable, Equatable {
    package var inputs: [Int32]
    package var targets: [Int32]
    package var documents: [Int32]

    package init(inputs: [Int32], targets: [Int32], documents: [Int32]) {
        (self.inputs, self.targets, self.documents) = (inputs, targets, documents)
    }
}

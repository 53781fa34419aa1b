// A weight matrix in the form that products want: made once from a file's blocks, or once a step from an f32 master.
// SPDX-License-Identifier: Apache-2.0

/// A matrix W [N,K] (out, in) prepared for y = x Wᵀ and, in training, for dx = dy W.
package final class LinearWeight: Sendable {
    /// Output features.
    package let N: Int
    /// Input features.
    package let K: Int
    package let storage: Storage

    package enum Storage: Sendable {
        /// Packed in the compute type from an f32 master that changes from step to step.
        case master(MasterWeight)
        /// Repacked in its block format; never changes.
        case blocks(QuantizedWeight)
    }

    package init(_ weight: MasterWeight) {
        (N, K, storage) = (weight.master.shape[0], weight.master.shape[1], .master(weight))
    }

    package init(_ weight: QuantizedWeight) {
        (N, K, storage) = (weight.N, weight.K, .blocks(weight))
    }
}

/// The packed forms of an f32 matrix.
package struct MasterWeight: @unchecked Sendable {
    /// f32 [N,K], owned by the parameter store.
    package let master: Tensor
    /// Output features in the tiles that are packed one by one for y = x Wᵀ: one tile for a narrow matrix, several for
    /// an output head.
    package let forwardTiles: [Range<Int>]
    /// The packed tiles, `forwardTileBytes` apart, in the backend's own layout.
    package let forward: UnsafeMutableRawPointer
    package let forwardTileBytes: Int
    /// W as the right-hand side of dx = dy W; nil where only inference is wanted.
    package let backward: UnsafeMutableRawPointer?

    /// The packed rows of one tile.
    package func packed(tile: Int) -> UnsafeMutableRawPointer { forward + tile * forwardTileBytes }
}

/// Matrices of one input width, stacked by rows, each repacked in a format of its own: groups of 16 rows side by side.
package struct QuantizedWeight: @unchecked Sendable {
    /// One of the stacked matrices.
    package struct Part {
        package let source: any MatrixRows
        package let format: PackedFormat
        /// First output feature of the part.
        package let firstColumn: Int
        /// The packed groups, `groupBytes` apart; group g holds rows 16g..<16g+16, absent ones as zeros.
        package let groups: UnsafeMutableRawPointer
        package let groupBytes: Int
    }

    /// The output features of one part that one task multiplies: whole groups, but for the part's end. Plain numbers,
    /// so that threads share no reference counts.
    package struct Tile {
        package let part: Int
        /// Rows within the part.
        package let rows: Range<Int>
        package let format: PackedFormat
        /// The packed group of the first row.
        package let groups: UnsafeMutableRawPointer
        /// Output feature of the first row.
        package let firstColumn: Int
    }

    package let N: Int
    package let K: Int
    package let parts: [Part]
    package let tiles: [Tile]
    /// Room for `rowChunk` rows of quantised activations, shared with other weights; nil where no part needs it.
    package let quantizedRows: UnsafeMutableRawPointer?

    /// Rows of activations that are quantised at a time.
    package static let rowChunk = 512
}

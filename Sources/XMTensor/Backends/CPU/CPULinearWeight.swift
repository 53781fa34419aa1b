// The packed forms of weights on the CPU: oneDNN's for matrices that are trained, groups of 16 rows for those that only
// run. Read next: CPUBackend+Linear.swift and CPUBackend+Blocks.swift, which make and multiply them.
// SPDX-License-Identifier: Apache-2.0

final class CPULinearWeight: LinearWeight {
    /// Output features.
    let N: Int
    /// Input features.
    let K: Int
    let storage: Storage

    enum Storage: Sendable {
        /// Packed in the compute type from an f32 master that changes from step to step.
        case master(MasterWeight)
        /// Repacked in its block format; never changes.
        case blocks(QuantizedWeight)
    }

    init(_ weight: MasterWeight) {
        (N, K, storage) = (weight.master.shape[0], weight.master.shape[1], .master(weight))
    }

    init(_ weight: QuantizedWeight) {
        (N, K, storage) = (weight.N, weight.K, .blocks(weight))
    }
}

/// The packed forms of an f32 matrix.
struct MasterWeight: Sendable {
    /// f32 [N,K], owned by the parameter store.
    let master: Tensor
    /// Output features in the tiles that are packed one by one for y = x Wᵀ: one tile for a narrow matrix, several for
    /// an output head.
    let forwardTiles: [Range<Int>]
    /// The packed tiles, `forwardTileBytes` apart, in oneDNN's own layout.
    let forward: DeviceRegion
    let forwardTileBytes: Int
    /// W as the right-hand side of dx = dy W; nil for inference.
    let backward: DeviceRegion?

    /// The packed rows of one tile.
    func packed(tile: Int) -> UnsafeMutableRawPointer { forward.pointer + tile * forwardTileBytes }
}

/// Matrices of one input width, stacked by rows, each repacked in a format of its own: groups of 16 rows side by side.
struct QuantizedWeight: @unchecked Sendable {
    /// One of the stacked matrices.
    struct Matrix {
        let source: any MatrixRows
        let format: PackedFormat
        /// First output feature of the matrix.
        let firstColumn: Int
        /// The packed groups, `groupBytes` apart; group g holds rows 16g..<16g+16, absent ones as zeros.
        let groups: DeviceRegion
        let groupBytes: Int
    }

    /// The output features of one matrix that one task multiplies: whole groups, except at the matrix's end. Plain
    /// numbers, so that threads share no reference counts.
    struct Tile {
        let matrix: Int
        /// Rows within the matrix.
        let rows: Range<Int>
        let format: PackedFormat
        /// The packed group of the first row.
        let groups: UnsafeMutableRawPointer
        /// Output feature of the first row.
        let firstColumn: Int
    }

    let N: Int
    let K: Int
    let matrices: [Matrix]
    let tiles: [Tile]

    /// Whether some matrix multiplies activations that are quantised first.
    var isQuantized: Bool { matrices.contains { $0.format.isInteger } }

    /// Tokens whose activations are quantised at a time.
    static let tokenChunk = 512
}

/// Rows of an embedding table as the file stores them.
final class CPUEmbeddingTable: EmbeddingTable, @unchecked Sendable {
    let matrix: BlockMatrix
    private let region: DeviceRegion

    init(_ matrix: BlockMatrix, in region: DeviceRegion) { (self.matrix, self.region) = (matrix, region) }
}

// The packed forms of weights on the CPU: oneDNN's for matrices with an f32 master, groups of 16 rows for those loaded
// only to run. Read next: CPUBackend+Linear.swift and CPUBackend+Blocks.swift, which make and multiply them.
// SPDX-License-Identifier: Apache-2.0

/// The two storages share a type, so that model code runs trained and quantised weights alike.
final class CPULinearWeight: LinearWeight {
    /// Output features.
    let N: Int
    /// Input features.
    let K: Int
    let storage: Storage

    enum Storage: Sendable {
        /// Packed in the compute type from an f32 master that the optimiser updates.
        case master(MasterWeight)
        /// Repacked in its block format; immutable after `fill`.
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
    /// Ranges of output features packed separately for y = x Wᵀ: one for a narrow matrix, several for an output head.
    let forwardTiles: [Range<Int>]
    /// The packed tiles, `forwardTileBytes` apart, in oneDNN's opaque layout.
    let forward: DeviceRegion
    let forwardTileBytes: Int
    /// W as the right-hand side of dx = dy W; nil for inference.
    let backward: DeviceRegion?

    /// The packed rows of one tile.
    func packed(tile: Int) -> UnsafeMutableRawPointer { forward.pointer + tile * forwardTileBytes }
}

/// Matrices of one input width, stacked by rows (a fused projection), each repacked in its own format.
struct QuantizedWeight: @unchecked Sendable {
    /// One of the stacked matrices.
    struct Matrix {
        let source: any MatrixRows
        let format: PackedFormat
        /// Output feature of the matrix's row 0.
        let firstColumn: Int
        /// The packed groups, `groupBytes` apart; group g holds rows 16g..<16g+16, missing ones as zeros.
        let groups: DeviceRegion
        let groupBytes: Int
    }

    /// The output features of one matrix that one task computes: whole groups, except at the matrix's end. Plain
    /// values, so that threads share no reference counts.
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
    /// Whether any of the matrices needs quantised activations.
    let isQuantized: Bool

    init(N: Int, K: Int, matrices: [Matrix], tiles: [Tile]) {
        (self.N, self.K, self.matrices, self.tiles) = (N, K, matrices, tiles)
        isQuantized = matrices.contains { $0.format.isInteger }
    }

    /// Tokens whose activations are quantised at a time; bounds the scratch.
    static let tokenChunk = 512
}

/// An embedding table in the file's own format; rows are dequantised when looked up.
final class CPUEmbeddingTable: EmbeddingTable, @unchecked Sendable {
    let matrix: BlockMatrix
    private let region: DeviceRegion

    init(_ matrix: BlockMatrix, in region: DeviceRegion) { (self.matrix, self.region) = (matrix, region) }
}

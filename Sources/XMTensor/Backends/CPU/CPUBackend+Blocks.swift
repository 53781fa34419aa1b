// Linear layers over weights in block formats: repacked once into groups of 16 rows and multiplied by our own kernels.
// An output element is one fixed sequence of operations over K, so tiles may be cut for speed alone: the bits depend
// neither on the number of rows nor on the threads. Read next: CXMKernels/include/CXMBlockProduct.h.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

extension CPUBackend {
    /// Packed weights of one task: they stay in a core's L2 cache while all rows of activations pass.
    private static let blockTileBytes = 256 << 10
    /// Tasks of one narrow matrix: enough to balance a few threads, few enough that dispatching them is cheap.
    private static let blockTiles = 16
    /// Activation rows of one task.
    private static let blockTileRows = 128

    // Lays out tiles now, so that a pass only walks through them: `firstColumn` puts stacked matrices side by side in
    // y.
    package func linearWeight(
        stacking matrices: [any MatrixRows], in arena: Arena, name: String
    ) throws -> any LinearWeight {
        precondition(!matrices.isEmpty && matrices.allSatisfy { $0.columns == matrices[0].columns })
        let K = matrices[0].columns
        let groupRows = PackedFormat.groupRows
        let groups = matrices.reduce(0) { $0 + ($1.rows + groupRows - 1) / groupRows }
        var packed: [QuantizedWeight.Matrix] = []
        var tiles: [QuantizedWeight.Tile] = []
        var N = 0
        for source in matrices {
            let format = PackedFormat(source.type, compute: compute, matmul: quantizedMatmul)
            let groupBytes = format.groupBytes(K: K)
            let count = (source.rows + groupRows - 1) / groupRows
            let memory = try arena.reserve("packed weights", name, bytes: count * groupBytes)
            // Dense kernels take up to four groups at a time.
            let step = format.isInteger ? 1 : 4
            let wanted = (groups / Self.blockTiles + step) / step * step
            // A tile is whole steps of groups, within the cache budget.
            let width = max(step, min(wanted, Self.blockTileBytes / groupBytes / step * step))
            for first in stride(from: 0, to: count, by: width) {
                let rows = first * groupRows..<min((first + width) * groupRows, source.rows)
                tiles.append(
                    .init(
                        matrix: packed.count, rows: rows, format: format, groups: memory.pointer + first * groupBytes,
                        firstColumn: N + rows.lowerBound))
            }
            packed.append(
                .init(source: source, format: format, firstColumn: N, groups: memory, groupBytes: groupBytes))
            N += source.rows
        }
        return CPULinearWeight(QuantizedWeight(N: N, K: K, matrices: packed, tiles: tiles))
    }

    /// Bytes of one token's quantised activations.
    static func quantizedStride(K: Int) -> Int { K / 32 * MemoryLayout<xm_activation_block>.stride }

    // One task per tile: threads read and pack different rows of the file at the same time.
    package func fill(_ weights: [any LinearWeight]) throws {
        let tasks = weights.flatMap { weight in
            guard case .blocks(let blocks) = (weight as! CPULinearWeight).storage else {
                return [(any MatrixRows, QuantizedWeight.Tile)]()
            }
            return blocks.tiles.map { (blocks.matrices[$0.matrix].source, $0) }
        }
        try pool.tryRun(tasks.count) { task, _ in
            let (source, tile) = tasks[task]
            try source.withRows(tile.rows) { pack($0, as: tile.format, into: tile.groups) }
        }
    }

    /// Packs rows into consecutive groups of 16; the last group is padded with zero rows.
    private func pack(_ source: BlockMatrix, as format: PackedFormat, into groups: UnsafeMutableRawPointer) {
        let K = source.columns
        let groupRows = PackedFormat.groupRows
        let groupBytes = format.groupBytes(K: K)
        // Integer formats pack the file's blocks as they are; dense ones go through f32 [16, K].
        let floats = format.isInteger ? 0 : groupRows * K
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(floats, 1)) { values in
            var rows = [UnsafeRawPointer?](repeating: nil, count: groupRows)
            for first in stride(from: 0, to: source.rows, by: groupRows) {
                for lane in 0..<groupRows {
                    let row = first + lane
                    guard row < source.rows else {
                        rows[lane] = nil
                        continue
                    }
                    if format.isInteger {
                        rows[lane] = source.row(row)
                    } else {
                        let target = values.baseAddress! + lane * K
                        source.dequantize(row: row, into: target)
                        rows[lane] = UnsafeRawPointer(target)
                    }
                }
                xm_pack_group(format.kernelFormat, &rows, K, groups + first / groupRows * groupBytes)
            }
        }
    }

    /// y = x Wᵀ for x act [M,K], y act or f32 [M,N], in chunks of tokens so that quantised activations have a bounded
    /// size.
    func blockForward(x: Tensor, weight: QuantizedWeight, y: Tensor, scratch: CPUScratch) {
        for first in stride(from: 0, to: x.rows, by: QuantizedWeight.tokenChunk) {
            let rows = first..<min(first + QuantizedWeight.tokenChunk, x.rows)
            let (x, y) = (x.rows(rows), y.rows(rows))
            let quantized = quantize(x, for: weight, scratch)
            let rowTiles = (rows.count + Self.blockTileRows - 1) / Self.blockTileRows
            let (source, target, type, ldy) = (x.pointer, y.pointer, y.dtype, y.columns)
            // Column tiles vary slowest: neighbouring tasks share a tile of W.
            pool.runNeighbours(weight.tiles.count * rowTiles) { task, _ in
                let tile = weight.tiles[task / rowTiles]
                let start = task % rowTiles * Self.blockTileRows
                blockProduct(
                    tile.format, tile.groups, K: weight.K, columns: tile.rows.count,
                    x: (tile.format.isInteger ? quantized : nil) ?? source,
                    rows: start..<min(start + Self.blockTileRows, rows.count),
                    y: target + tile.firstColumn * type.size, yType: type, ldy: ldy)
            }
        }
    }

    /// Quantises the activations of at most `tokenChunk` tokens into scratch; nil if every matrix is dense.
    func quantize(_ x: Tensor, for weight: QuantizedWeight, _ scratch: CPUScratch) -> UnsafeMutableRawPointer? {
        guard weight.isQuantized else { return nil }
        let (K, stride) = (weight.K, Self.quantizedStride(K: weight.K))
        guard let region = scratch.quantizedActivations, x.rows * stride <= region.sizeBytes else {
            preconditionFailure("the scratch is for narrower inputs, or for training")
        }
        let target = region.pointer
        pool.runTiles(x.rows, tile: 32) { rows, _ in
            // Rows are contiguous on both sides, so a range of rows is one range of blocks.
            let blocks = (target + rows.lowerBound * stride).assumingMemoryBound(to: xm_activation_block.self)
            switch x.dtype {
            case .bf16: blockKernels.quantize_bf16(x.bf16 + rows.lowerBound * K, blocks, rows.count * K / 32)
            case .f32: blockKernels.quantize_f32(x.f32 + rows.lowerBound * K, blocks, rows.count * K / 32)
            }
        }
        return target
    }

    /// y [rows, columns] = x Wᵀ for the packed groups of W. `x` points at row 0 of the activations, quantised ones for
    /// an integer format; `y` at the first of the columns in row 0.
    func blockProduct(
        _ format: PackedFormat, _ groups: UnsafeRawPointer, K: Int, columns: Int, x: UnsafeRawPointer,
        rows: Range<Int>, y: UnsafeMutableRawPointer, yType: DType, ldy: Int
    ) {
        let stride = format.isInteger ? Self.quantizedStride(K: K) : K * compute.size
        var product = xm_block_product(
            format: format.kernelFormat, weights: groups, x: x + rows.lowerBound * stride, x_stride: stride,
            y: y + rows.lowerBound * ldy * yType.size, ldy: ldy, y_is_bf16: yType == .bf16 ? 1 : 0,
            rows: rows.count, columns: columns, K: K)
        blockKernels.product(&product)
    }

    package func embeddingTable(
        _ matrix: any MatrixRows, in arena: Arena, name: String
    ) throws -> any EmbeddingTable {
        let region = try arena.reserve("embedding table", name, bytes: matrix.rows * matrix.rowBytes)
        if !arena.isPlan { try matrix.read(0..<matrix.rows, into: region.pointer) }
        let copy = try BlockMatrix(
            type: matrix.type, rows: matrix.rows, columns: matrix.columns, blocks: region.pointer)
        return CPUEmbeddingTable(copy, in: region)
    }

    // Only the rows looked up are dequantised: the whole table of a 49152-token vocabulary would outweigh a small
    // model's layers.
    package func embeddingForward(_ batch: TokenBatch, table: any EmbeddingTable, scale: Float, out: Tensor) {
        let table = (table as! CPUEmbeddingTable).matrix
        batch.ids.withUnsafeBufferPointer { ids in
            pool.runTiles(out.rows, tile: Self.rowTile) { rows, _ in
                for row in rows {
                    let values = out.f32 + row * out.columns
                    table.dequantize(row: Int(ids[row]), into: values)
                    kernels.scale_row_f32(values, scale, out.columns)
                }
            }
        }
    }
}

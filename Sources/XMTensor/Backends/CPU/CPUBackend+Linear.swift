// Linear layers with f32 masters: every row tile is one oneDNN matmul against a packed weight, on the thread that took
// the task. Weight gradients of a layer run as one set of tiles, so that all threads stay busy on narrow models.
// SPDX-License-Identifier: Apache-2.0

import CXMOneDNN

extension xm_dnn_matmul {
    /// A matmul of dense operands: A [M,K], B as [N,K] (a weight), C [M,N], unless changed afterwards.
    static func product(M: Int, N: Int, K: Int, type: DType, out: DType) -> xm_dnn_matmul {
        xm_dnn_matmul(
            M: Int64(M), N: Int64(N), K: Int64(K), lda: Int64(K), ldb: Int64(K), ldc: Int64(N), a_type: type.dnn,
            b_type: type.dnn, c_type: out.dnn, transpose_a: 0, transpose_b: 1, packed_b: 0, accumulate: 0)
    }

    /// Runs the matmul. Shapes are the program's own, so a refusal is a programming error.
    func run(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeMutableRawPointer) {
        var shape = self
        guard xm_dnn_run(&shape, a, b, c) == 0 else { preconditionFailure(String(cString: xm_dnn_error())) }
    }

    /// The first `rows` rows of the matmul, of dense A and C. Fewer than M are padded with zeros: for fewer rows oneDNN
    /// may choose another kernel that sums in another order (its f32 matmul without AVX-512 does).
    func run(rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeMutableRawPointer) {
        guard rows < M else { return run(a, b, c) }
        func bytes(_ columns: Int64, _ type: Int32) -> Int { Int(columns) * (type == XM_DNN_BF16.rawValue ? 2 : 4) }
        let (rowOfA, rowOfC) = (bytes(K, a_type), bytes(N, c_type))
        withUnsafeTemporaryAllocation(byteCount: Int(M) * (rowOfA + rowOfC), alignment: 64) { scratch in
            let (wholeA, wholeC) = (scratch.baseAddress!, scratch.baseAddress! + Int(M) * rowOfA)
            wholeA.copyMemory(from: a, byteCount: rows * rowOfA)
            (wholeA + rows * rowOfA).initializeMemory(as: UInt8.self, repeating: 0, count: (Int(M) - rows) * rowOfA)
            run(wholeA, b, wholeC)
            c.copyMemory(from: wholeC, byteCount: rows * rowOfC)
        }
    }

    /// Packs f32 rows as the right-hand side of the matmul, converting them to its type.
    func pack(_ rows: Tensor, into target: UnsafeMutableRawPointer) {
        var shape = self
        guard xm_dnn_pack(&shape, XM_DNN_F32, rows.pointer, target) == 0 else {
            preconditionFailure(String(cString: xm_dnn_error()))
        }
    }
}

// The type's code in CXMOneDNN.h.
extension DType {
    var dnn: Int32 {
        switch self {
        case .f32: Int32(XM_DNN_F32.rawValue)
        case .bf16: Int32(XM_DNN_BF16.rawValue)
        }
    }
}

/// One task of `pack`: a forward tile, or the whole backward form of a matrix.
private enum PackingTask {
    case forward(MasterWeight, tile: Int)
    case backward(MasterWeight, into: DeviceRegion)

    static func all(of weight: CPULinearWeight) -> [PackingTask] {
        switch weight.storage {
        case .master(let weight):
            weight.forwardTiles.indices.map { .forward(weight, tile: $0) }
                + (weight.backward.map { [.backward(weight, into: $0)] } ?? [])
        case .blocks: []
        }
    }

    /// Elements to pack, the measure of a task's cost.
    var elements: Int {
        switch self {
        case .forward(let weight, let tile): weight.forwardTiles[tile].count * weight.master.columns
        case .backward(let weight, _): weight.master.count
        }
    }
}

extension CPUBackend {
    /// Output features of one packed tile. Matrices wider than `widestTile` are split, so that a tile of an output head
    /// stays in a core's cache and decoding one row still keeps every thread busy.
    static let widestTile = 4096
    static let tileWidth = 1024

    /// y tile [M, tile width] = x Wᵀ for one packed tile of W, stored densely: with a row stride oneDNN sums in another
    /// order.
    func forwardProduct(_ weight: MasterWeight, tile: Int, M: Int = rowTile, out: DType) -> xm_dnn_matmul {
        forwardProduct(M: M, N: weight.forwardTiles[tile].count, K: weight.master.columns, out: out)
    }

    private func forwardProduct(M: Int, N: Int, K: Int, out: DType) -> xm_dnn_matmul {
        var shape = xm_dnn_matmul.product(M: M, N: N, K: K, type: compute, out: out)
        shape.packed_b = 1
        return shape
    }

    /// dx [M,K] = dy [M,N] W for packed W [N,K].
    private func backwardProduct(M: Int, N: Int, K: Int, out: DType) -> xm_dnn_matmul {
        var shape = xm_dnn_matmul.product(M: M, N: K, K: N, type: compute, out: out)
        shape.packed_b = 1
        shape.transpose_b = 0
        shape.ldb = Int64(K)
        return shape
    }

    package func linearWeight(
        master: Tensor, training: Bool, in arena: Arena, name: String
    ) throws -> any LinearWeight {
        guard Self.hasMatmul(in: compute) else { throw CPUBackendError.matmulMissing(compute) }
        let (N, K) = (master.shape[0], master.shape[1])
        func packedBytes(_ shape: xm_dnn_matmul) throws -> Int {
            var shape = shape
            let bytes = xm_dnn_packed_size(&shape)
            guard bytes > 0 else { throw CPUBackendError.oneDNN(String(cString: xm_dnn_error())) }
            return (bytes + 63) / 64 * 64
        }
        // Whole 64-byte lines, so that every tile starts aligned.
        let width = N > Self.widestTile ? Self.tileWidth : N
        let tiles = stride(from: 0, to: N, by: width).map { $0..<min($0 + width, N) }
        let tileBytes = try packedBytes(forwardProduct(M: Self.rowTile, N: width, K: K, out: compute))
        let backwardBytes = try packedBytes(backwardProduct(M: Self.rowTile, N: N, K: K, out: compute))
        let group = "packed weights"
        return CPULinearWeight(
            MasterWeight(
                master: master, forwardTiles: tiles,
                forward: try arena.reserve(group, "\(name) forward", bytes: tiles.count * tileBytes),
                forwardTileBytes: tileBytes,
                backward: training ? try arena.reserve(group, "\(name) backward", bytes: backwardBytes) : nil))
    }

    package func pack(_ weights: [any LinearWeight]) {
        let tasks = weights.flatMap { PackingTask.all(of: $0 as! CPULinearWeight) }
        // Largest first, so that the last tasks to finish are small.
        let order = tasks.indices.sorted { (tasks[$0].elements, $1) > (tasks[$1].elements, $0) }
        pool.run(order.count) { index, _ in
            switch tasks[order[index]] {
            case .forward(let weight, let tile):
                let rows = weight.forwardTiles[tile]
                let shape = forwardProduct(M: Self.rowTile, N: rows.count, K: weight.master.columns, out: compute)
                shape.pack(weight.master.rows(rows), into: weight.packed(tile: tile))
            case .backward(let weight, let target):
                let (N, K) = (weight.master.rows, weight.master.columns)
                backwardProduct(M: Self.rowTile, N: N, K: K, out: compute).pack(weight.master, into: target.pointer)
            }
        }
    }

    package func linearForward(x: Tensor, weight: any LinearWeight, y: Tensor, scratch: any Scratch) {
        let (weight, scratch) = (weight as! CPULinearWeight, scratch as! CPUScratch)
        precondition(x.columns == weight.K && y.columns == weight.N && x.dtype == compute && x.rows == y.rows)
        switch weight.storage {
        case .master(let weight): masterForward(x: x, weight: weight, y: y, scratch)
        case .blocks(let weight): blockForward(x: x, weight: weight, y: y, scratch: scratch)
        }
    }

    // One task per (column tile, row tile). A row's bits do not depend on M: every tile runs the same oneDNN kernel.
    private func masterForward(x: Tensor, weight: MasterWeight, y: Tensor, _ scratch: CPUScratch) {
        let N = y.columns
        let rowTiles = (x.rows + Self.rowTile - 1) / Self.rowTile
        let isTiled = weight.forwardTiles.count > 1
        precondition(!isTiled || scratch.shape.vocabulary > 0, "the scratch is for models without a head")
        // Column tiles vary slowest: neighbouring tasks share a tile of W.
        pool.run(weight.forwardTiles.count * rowTiles) { task, worker in
            let (tile, first) = (task / rowTiles, task % rowTiles * Self.rowTile)
            let rows = first..<min(first + Self.rowTile, x.rows)
            let product = forwardProduct(weight, tile: tile, out: y.dtype)
            guard isTiled else {
                product.run(rows: rows.count, x.rows(rows).pointer, weight.packed(tile: tile), y.rows(rows).pointer)
                return
            }
            // Several tiles: each is computed densely in the worker's scratch, then copied into its columns of y.
            let dense = scratch.logits[worker].pointer
            product.run(rows: rows.count, x.rows(rows).pointer, weight.packed(tile: tile), dense)
            let columns = weight.forwardTiles[tile]
            let bytes = columns.count * y.dtype.size
            for row in rows {
                let target = y.pointer + (row * N + columns.lowerBound) * y.dtype.size
                target.copyMemory(from: dense + (row - first) * bytes, byteCount: bytes)
            }
        }
    }

    // Whole rows per task: the sum over N must not be split.
    package func linearBackwardInput(dy: Tensor, weight: any LinearWeight, dx: Tensor) {
        precondition(dy.columns == weight.N && dx.columns == weight.K)
        guard case .master(let master) = (weight as! CPULinearWeight).storage, let packed = master.backward?.pointer
        else {
            preconditionFailure("weight is not prepared for training")
        }
        pool.runTiles(dy.rows, tile: Self.rowTile) { rows, _ in
            backwardProduct(M: Self.rowTile, N: weight.N, K: weight.K, out: dx.dtype)
                .run(rows: rows.count, dy.rows(rows).pointer, packed, dx.rows(rows).pointer)
        }
    }

    // Tasks split the rows of dW, so each element has one writer and one order of summation over tokens.
    package func linearBackwardWeights(_ layers: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int) {
        /// Rows of dW per task.
        let tile = 128
        let tasks = layers.indices.flatMap { index in
            stride(from: 0, to: layers[index].dy.columns, by: tile).map { (index, $0) }
        }
        pool.run(tasks.count) { task, _ in
            let (dy, x, dw) = layers[tasks[task].0]
            let firstRow = tasks[task].1
            let rows = min(tile, dy.columns - firstRow)
            accumulateWeightGradient(
                dy: dy.pointer + firstRow * dy.dtype.size, ldy: dy.columns, x: x.pointer, M: dy.rows, T: T,
                N: rows, K: x.columns, dw: dw.f32 + firstRow * x.columns)
        }
    }

    /// dw [N,K] += dyᵀ x, one sequence after the other and at most `reductionChunk` rows at a time: the sum does not
    /// depend on how many sequences share a micro-batch.
    func accumulateWeightGradient(
        dy: UnsafeRawPointer, ldy: Int, x: UnsafeRawPointer, M: Int, T: Int, N: Int, K: Int,
        dw: UnsafeMutablePointer<Float>
    ) {
        for sequence in stride(from: 0, to: M, by: T) {
            for chunk in stride(from: 0, to: T, by: Self.reductionChunk) {
                let count = min(Self.reductionChunk, T - chunk)
                var shape = xm_dnn_matmul.product(M: N, N: K, K: count, type: compute, out: .f32)
                shape.transpose_a = 1
                shape.lda = Int64(ldy)
                shape.transpose_b = 0
                shape.ldb = Int64(K)
                shape.accumulate = 1
                let row = sequence + chunk
                shape.run(dy + row * ldy * compute.size, x + row * K * compute.size, dw)
            }
        }
    }
}

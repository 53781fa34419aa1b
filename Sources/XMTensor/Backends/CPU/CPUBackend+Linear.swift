// Linear layers: every row tile is one oneDNN product against a packed weight, on the thread that took the task.
// Weight gradients of a layer run as one set of tiles, so that two threads stay busy on narrow models.
// SPDX-License-Identifier: Apache-2.0

import CXMOneDNN

extension xm_dnn_matmul {
    /// A product of dense operands; K-contiguous A, and B as [N,K] (a weight) unless changed afterwards.
    static func product(M: Int, N: Int, K: Int, type: DType, out: DType) -> xm_dnn_matmul {
        xm_dnn_matmul(
            M: Int64(M), N: Int64(N), K: Int64(K), lda: Int64(K), ldb: Int64(K), ldc: Int64(N), a_type: type.dnn,
            b_type: type.dnn, c_type: out.dnn, transpose_a: 0, transpose_b: 1, packed_b: 0, accumulate: 0)
    }

    /// Runs the product. Shapes are the program's own, so a refusal is a programming error.
    func run(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeMutableRawPointer) {
        var shape = self
        guard xm_dnn_run(&shape, a, b, c) == 0 else { preconditionFailure(String(cString: xm_dnn_error())) }
    }
}

extension DType {
    var dnn: Int32 {
        switch self {
        case .f32: Int32(XM_DNN_F32.rawValue)
        case .bf16: Int32(XM_DNN_BF16.rawValue)
        }
    }
}

extension CPUBackend {
    /// The product of one row tile with packed W: forward y = x Wᵀ, or backward dx = dy W.
    private func tileProduct(M: Int, N: Int, K: Int, out: DType, backward: Bool) -> xm_dnn_matmul {
        var shape = xm_dnn_matmul.product(M: M, N: N, K: K, type: compute, out: out)
        shape.packed_b = 1
        if backward {
            shape.transpose_b = 0
            shape.ldb = Int64(N)
        }
        return shape
    }

    package func linearWeight(master: Tensor, training: Bool, in arena: Arena, name: String) throws -> LinearWeight {
        let (N, K) = (master.shape[0], master.shape[1])
        func room(_ shape: xm_dnn_matmul, _ label: String) throws -> UnsafeMutableRawPointer {
            var shape = shape
            let bytes = xm_dnn_packed_size(&shape)
            guard bytes > 0 else { throw CPUBackendError.oneDNN(String(cString: xm_dnn_error())) }
            return try arena.reserve("packed weights", "\(name) \(label)", bytes: bytes)
        }
        let forward = tileProduct(M: Self.rowTile, N: N, K: K, out: compute, backward: false)
        let backward = tileProduct(M: Self.rowTile, N: K, K: N, out: compute, backward: true)
        return LinearWeight(
            master: master, forward: try room(forward, "forward"),
            backward: training ? try room(backward, "backward") : nil)
    }

    package func pack(_ weights: [LinearWeight]) {
        // Largest first, so that the last task is a small one.
        let tasks = weights.flatMap { weight in
            [(weight, false)] + (weight.backward == nil ? [] : [(weight, true)])
        }.sorted { $0.0.N * $0.0.K > $1.0.N * $1.0.K }
        pool.run(tasks.count) { index, _ in
            let (weight, backward) = tasks[index]
            var shape =
                backward
                ? tileProduct(M: Self.rowTile, N: weight.K, K: weight.N, out: compute, backward: true)
                : tileProduct(M: Self.rowTile, N: weight.N, K: weight.K, out: compute, backward: false)
            let target = backward ? weight.backward! : weight.forward
            guard xm_dnn_pack(&shape, XM_DNN_F32, weight.master.pointer, target) == 0 else {
                preconditionFailure(String(cString: xm_dnn_error()))
            }
        }
    }

    package func linearForward(x: Tensor, weight: LinearWeight, y: Tensor) {
        precondition(x.columns == weight.K && y.columns == weight.N && x.dtype == compute)
        pool.runTiles(x.rows, tile: Self.rowTile) { rows, _ in
            tileProduct(M: rows.count, N: weight.N, K: weight.K, out: y.dtype, backward: false)
                .run(x.rows(rows).pointer, weight.forward, y.rows(rows).pointer)
        }
    }

    package func linearBackwardInput(dy: Tensor, weight: LinearWeight, dx: Tensor) {
        precondition(dy.columns == weight.N && dx.columns == weight.K)
        guard let packed = weight.backward else { preconditionFailure("weight is not prepared for training") }
        pool.runTiles(dy.rows, tile: Self.rowTile) { rows, _ in
            tileProduct(M: rows.count, N: weight.K, K: weight.N, out: dx.dtype, backward: true)
                .run(dy.rows(rows).pointer, packed, dx.rows(rows).pointer)
        }
    }

    package func linearBackwardWeights(_ products: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int) {
        /// Rows of dW in one task.
        let tile = 128
        let tasks = products.indices.flatMap { index in
            stride(from: 0, to: products[index].dy.columns, by: tile).map { (index, $0) }
        }
        pool.run(tasks.count) { task, _ in
            let (dy, x, dw) = products[tasks[task].0]
            let firstRow = tasks[task].1
            let rows = min(tile, dy.columns - firstRow)
            accumulateWeightGradient(
                dy: dy.pointer + firstRow * dy.dtype.size, ldy: dy.columns, x: x.pointer, M: dy.rows, T: T,
                N: rows, K: x.columns, dw: dw.f32 + firstRow * x.columns)
        }
    }

    /// dw [N,K] += dyᵀ x, one sequence (at most `reductionChunk` rows) after the other: the sum does not depend on how
    /// many sequences share a micro-batch.
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

// Causal attention in blocks of query rows: scores [queryTile, keys] live in a thread's scratch, never [T,T] per head.
// The backward pass recomputes probabilities from the saved log-sum-exp. Products are oneDNN's, softmax is a kernel.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import CXMOneDNN

extension CPUBackend {
    package func rope(
        qkv: Tensor, shape: AttentionShape, cosine: Tensor, sine: Tensor, at: RowPositions, direction: Float
    ) {
        let rotated = shape.H + shape.K  // query heads and key heads lie side by side
        pool.runTiles(qkv.rows, tile: Self.rowTile) { rows, _ in
            switch compute {
            case .bf16:
                kernels.rope_bf16(
                    qkv.bf16, qkv.columns, rotated, shape.d, cosine.f32, sine.f32, at.position, direction,
                    rows.lowerBound, rows.upperBound)
            case .f32:
                kernels.rope_f32(
                    qkv.f32, qkv.columns, rotated, shape.d, cosine.f32, sine.f32, at.position, direction,
                    rows.lowerBound, rows.upperBound)
            }
        }
    }

    package func attentionForward(
        qkv: Tensor, shape: AttentionShape, at: RowPositions, out: Tensor, lse: Tensor
    ) {
        let (T, H, d) = (shape.T, shape.H, shape.d)
        // One task per (sequence, head), long heads first is not needed: all are alike.
        pool.run(shape.B * H) { task, worker in
            let (b, h) = (task / H, task % H)
            let head = HeadRows(qkv: qkv, shape: shape, sequence: b, queryHead: h)
            let lseRow = lse.f32 + (b * H + h) * T
            for first in stride(from: 0, to: T, by: Self.queryTile) {
                let rows = min(Self.queryTile, T - first)
                let keys = keyRange(first + rows, capacity: T)
                scores(head, first: first, rows: rows, keys: keys, into: scratch.scores[worker])
                softmaxForward(
                    scratch.scores[worker], rows: rows, keys: keys, scale: shape.scale, firstQuery: first,
                    firstVisible: at.firstVisible + b * T, into: scratch.probabilities[worker], lse: lseRow)
                // out = P V
                var product = xm_dnn_matmul.product(M: rows, N: d, K: keys, type: compute, out: compute)
                product.transpose_b = 0
                product.ldb = Int64(head.ld)
                product.ldc = Int64(out.columns)
                product.run(
                    scratch.probabilities[worker], head.v,
                    out.pointer + ((b * T + first) * out.columns + h * d) * compute.size)
            }
        }
    }

    package func attentionBackward(
        dout: Tensor, qkv: Tensor, lse: Tensor, shape: AttentionShape, at: RowPositions, dqkv: Tensor
    ) {
        let (T, H, K, d) = (shape.T, shape.H, shape.K, shape.d)
        precondition(shape.B * H * T * d <= scratch.headGradientCount)
        pool.run(shape.B * H) { task, worker in
            let (b, h) = (task / H, task % H)
            let head = HeadRows(qkv: qkv, shape: shape, sequence: b, queryHead: h)
            let dq = HeadRows(qkv: dqkv, shape: shape, sequence: b, queryHead: h).q
            let dk = scratch.keyGradients + (b * H + h) * T * d  // [T, d]
            let dv = scratch.valueGradients + (b * H + h) * T * d  // [T, d]
            dk.update(repeating: 0, count: T * d)
            dv.update(repeating: 0, count: T * d)
            for first in stride(from: 0, to: T, by: Self.queryTile) {
                let rows = min(Self.queryTile, T - first)
                let keys = keyRange(first + rows, capacity: T)
                let doutRows = dout.pointer + ((b * T + first) * dout.columns + h * d) * compute.size
                let (p, ds) = (scratch.probabilities[worker], scratch.roundedGradients[worker])
                scores(head, first: first, rows: rows, keys: keys, into: scratch.scores[worker])
                // dP = dO Vᵀ
                var product = xm_dnn_matmul.product(M: rows, N: keys, K: d, type: compute, out: .f32)
                product.lda = Int64(dout.columns)
                product.ldb = Int64(head.ld)
                product.run(doutRows, head.v, scratch.scoreGradients[worker])
                softmaxBackward(
                    worker: worker, rows: rows, keys: keys, scale: shape.scale, firstQuery: first,
                    firstVisible: at.firstVisible + b * T, lse: lse.f32 + (b * H + h) * T)
                // dV += Pᵀ dO,  dK += dSᵀ Q
                var outer = xm_dnn_matmul.product(M: keys, N: d, K: rows, type: compute, out: .f32)
                outer.transpose_a = 1
                outer.lda = Int64(keys)
                outer.transpose_b = 0
                outer.accumulate = 1
                outer.ldb = Int64(dout.columns)
                outer.run(p, doutRows, dv)
                outer.ldb = Int64(head.ld)
                outer.run(ds, head.q + first * head.ld * compute.size, dk)
                // dQ = dS K
                var back = xm_dnn_matmul.product(M: rows, N: d, K: keys, type: compute, out: compute)
                back.transpose_b = 0
                back.ldb = Int64(head.ld)
                back.ldc = Int64(dqkv.columns)
                back.run(ds, head.k, dq + first * dqkv.columns * compute.size)
            }
        }
        sumHeadGradients(shape: shape, K: K, dqkv: dqkv)
    }

    package func attentionCached(_ jobs: [CachedAttention], H: Int, K: Int, d: Int, scale: Float) {
        pool.run(jobs.count * H) { task, worker in
            let (job, h) = (jobs[task / H], task % H)
            let kv = h / (H / K)
            let keyOffset = kv * d * compute.size
            let head = HeadRows(
                q: job.q + h * d * compute.size, ldq: job.ldq, k: job.keys + keyOffset, v: job.values + keyOffset,
                ld: K * d, d: d)
            for first in stride(from: 0, to: job.rows, by: Self.queryTile) {
                let rows = min(Self.queryTile, job.rows - first)
                let firstPosition = job.start + first
                let keys = keyRange(firstPosition + rows, capacity: job.capacity)
                precondition(keys <= scratch.keyCapacity)
                scores(head, first: first, rows: rows, keys: keys, into: scratch.scores[worker])
                softmaxForward(
                    scratch.scores[worker], rows: rows, keys: keys, scale: scale, firstQuery: firstPosition,
                    firstVisible: nil, into: scratch.probabilities[worker], lse: nil)
                var product = xm_dnn_matmul.product(M: rows, N: d, K: keys, type: compute, out: compute)
                product.transpose_b = 0
                product.ldb = Int64(head.ld)
                product.ldc = Int64(job.ldo)
                product.run(
                    scratch.probabilities[worker], head.v,
                    job.out + (first * job.ldo + h * d) * compute.size)
            }
        }
    }

    /// Keys of a block, rounded up to 64 where memory reaches: few distinct shapes, hidden keys get probability 0.
    private func keyRange(_ visible: Int, capacity: Int) -> Int {
        min((visible + 63) / 64 * 64, capacity)
    }

    /// scores [rows, keys] = Q Kᵀ, unscaled.
    private func scores(
        _ head: HeadRows, first: Int, rows: Int, keys: Int, into scores: UnsafeMutablePointer<Float>
    ) {
        var product = xm_dnn_matmul.product(M: rows, N: keys, K: head.d, type: compute, out: .f32)
        product.lda = Int64(head.ldq)
        product.ldb = Int64(head.ld)
        product.run(head.q + first * head.ldq * compute.size, head.k, scores)
    }

    private func softmaxForward(
        _ scores: UnsafeMutablePointer<Float>, rows: Int, keys: Int, scale: Float, firstQuery: Int,
        firstVisible: UnsafePointer<Int32>?, into p: UnsafeMutableRawPointer, lse: UnsafeMutablePointer<Float>?
    ) {
        switch compute {
        case .bf16:
            kernels.attention_softmax_forward_bf16(
                scores, scale, firstVisible, firstQuery, rows, keys, p.assumingMemoryBound(to: UInt16.self), lse)
        case .f32:
            kernels.attention_softmax_forward_f32(
                scores, scale, firstVisible, firstQuery, rows, keys, p.assumingMemoryBound(to: Float.self), lse)
        }
    }

    private func softmaxBackward(
        worker: Int, rows: Int, keys: Int, scale: Float, firstQuery: Int, firstVisible: UnsafePointer<Int32>,
        lse: UnsafePointer<Float>
    ) {
        let (s, dp) = (scratch.scores[worker], scratch.scoreGradients[worker])
        let (p, ds) = (scratch.probabilities[worker], scratch.roundedGradients[worker])
        switch compute {
        case .bf16:
            kernels.attention_softmax_backward_bf16(
                s, dp, lse, scale, firstVisible, firstQuery, rows, keys, p.assumingMemoryBound(to: UInt16.self),
                ds.assumingMemoryBound(to: UInt16.self))
        case .f32:
            kernels.attention_softmax_backward_f32(
                s, dp, lse, scale, firstVisible, firstQuery, rows, keys, p.assumingMemoryBound(to: Float.self),
                ds.assumingMemoryBound(to: Float.self))
        }
    }

    /// Key and value gradients of a group's query heads, summed in head order into the fused gradient rows.
    private func sumHeadGradients(shape: AttentionShape, K: Int, dqkv: Tensor) {
        let (T, H, d) = (shape.T, shape.H, shape.d)
        let group = H / K
        pool.run(shape.B * K) { task, _ in
            let (b, kv) = (task / K, task % K)
            for (source, column) in [
                (scratch.keyGradients, (H + kv) * d), (scratch.valueGradients, (H + K + kv) * d),
            ] {
                let sum = source + (b * H + kv * group) * T * d
                for member in 1..<max(group, 1) { kernels.add_f32(sum + member * T * d, sum, T * d) }
                for row in 0..<T {
                    let target = dqkv.pointer + ((b * T + row) * dqkv.columns + column) * compute.size
                    switch compute {
                    case .bf16:
                        kernels.f32_to_bf16(sum + row * d, target.assumingMemoryBound(to: UInt16.self), d)
                    case .f32:
                        target.assumingMemoryBound(to: Float.self).update(from: sum + row * d, count: d)
                    }
                }
            }
        }
    }
}

/// Where one query head's rows and its group's key and value rows start.
private struct HeadRows {
    let q: UnsafeMutableRawPointer
    let ldq: Int
    let k: UnsafeMutableRawPointer
    let v: UnsafeMutableRawPointer
    /// Row stride of keys and values, in elements.
    let ld: Int
    let d: Int

    init(
        q: UnsafeMutableRawPointer, ldq: Int, k: UnsafeMutableRawPointer, v: UnsafeMutableRawPointer, ld: Int, d: Int
    ) {
        (self.q, self.ldq, self.k, self.v, self.ld, self.d) = (q, ldq, k, v, ld, d)
    }

    init(qkv: Tensor, shape: AttentionShape, sequence: Int, queryHead: Int) {
        let (H, K, d) = (shape.H, shape.K, shape.d)
        let size = qkv.dtype.size
        let start = qkv.pointer + sequence * shape.T * qkv.columns * size
        let kv = queryHead / (H / K)
        self.init(
            q: start + queryHead * d * size, ldq: qkv.columns, k: start + (H + kv) * d * size,
            v: start + (H + K + kv) * d * size, ld: qkv.columns, d: d)
    }
}

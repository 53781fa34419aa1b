// The tied output head with its loss: logits exist for one row tile per thread only, softmax, loss and gradient are
// taken in place, and only the rounded gradient of one chunk is kept, for the product with the hidden states.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import CXMOneDNN

extension CPUBackend {
    package func lossHead(
        h: Tensor, embedding: LinearWeight, targets: UnsafePointer<Int32>, logitScale: Float, gradientScale: Float,
        T: Int, loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?
    ) {
        let (V, D) = (embedding.N, embedding.K)
        precondition(scratch.vocabulary >= V, "reserveScratch was called for another vocabulary")
        for sequence in stride(from: 0, to: h.rows, by: T) {
            for start in stride(from: 0, to: T, by: Self.reductionChunk) {
                let chunk = sequence + start..<sequence + min(start + Self.reductionChunk, T)
                lossChunk(
                    h: h.rows(chunk), embedding: embedding, targets: targets + chunk.lowerBound,
                    logitScale: logitScale, gradientScale: gradientScale, loss: loss.f32 + chunk.lowerBound,
                    dh: gradients?.dh.rows(chunk))
                guard let dE = gradients?.dE else { continue }
                pool.runTiles(V, tile: 512) { tokens, _ in
                    accumulateWeightGradient(
                        dy: scratch.logitGradients + tokens.lowerBound * compute.size, ldy: V,
                        x: h.rows(chunk).pointer, M: chunk.count, T: chunk.count, N: tokens.count, K: D,
                        dw: dE.f32 + tokens.lowerBound * D)
                }
            }
        }
    }

    /// Loss of the rows of one chunk; with `dh` also the chunk's logit gradients (in scratch) and dh = dlogits E.
    private func lossChunk(
        h: Tensor, embedding: LinearWeight, targets: UnsafePointer<Int32>, logitScale: Float, gradientScale: Float,
        loss: UnsafeMutablePointer<Float>, dh: Tensor?
    ) {
        let V = embedding.N
        pool.runTiles(h.rows, tile: Self.rowTile) { rows, worker in
            let logits = scratch.logits[worker]
            var product = xm_dnn_matmul.product(M: rows.count, N: V, K: embedding.K, type: compute, out: .f32)
            product.packed_b = 1
            product.run(h.rows(rows).pointer, embedding.forward, logits)
            let first = rows.lowerBound
            let dlogits = scratch.logitGradients + first * V * compute.size
            switch compute {
            case .bf16:
                kernels.cross_entropy_bf16(
                    logits, V, targets + first, logitScale, gradientScale, loss + first,
                    dh == nil ? nil : dlogits.assumingMemoryBound(to: UInt16.self), V, 0, rows.count, V)
            case .f32:
                kernels.cross_entropy_f32(
                    logits, V, targets + first, logitScale, gradientScale, loss + first,
                    dh == nil ? nil : dlogits.assumingMemoryBound(to: Float.self), V, 0, rows.count, V)
            }
            guard let dh, let packed = embedding.backward else { return }
            var back = xm_dnn_matmul.product(M: rows.count, N: embedding.K, K: V, type: compute, out: compute)
            back.packed_b = 1
            back.transpose_b = 0
            back.ldb = Int64(embedding.K)
            back.run(dlogits, packed, dh.rows(rows).pointer)
        }
    }
}

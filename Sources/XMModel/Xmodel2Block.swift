// One decoder layer: norm, attention, residual, norm, SwiGLU, residual; forward and explicit backward. A branch's
// output joins the residual stream in the *next* norm, which reads both anyway (one pass over memory, not two).
// SPDX-License-Identifier: Apache-2.0

import XMTensor

/// One layer's weights: masters' packed forms, or a file's.
struct LayerWeights {
    let inputNorm: Tensor  // f32 [D]
    let qkv: any LinearWeight  // [(H+2K)d, D]
    let o: any LinearWeight  // [D, D]
    let postNorm: Tensor  // f32 [D]
    let gateUp: any LinearWeight  // [2F, D]
    let down: any LinearWeight  // [D, F]
}

final class Xmodel2Block: @unchecked Sendable {
    private let config: Xmodel2Config
    // Index of this layer's keys and values in a cache.
    private let layer: Int
    private let weights: LayerWeights

    init(_ config: Xmodel2Config, layer: Int, weights: LayerWeights) {
        self.config = config
        self.layer = layer
        self.weights = weights
    }

    var linearWeights: [any LinearWeight] { [weights.qkv, weights.o, weights.gateUp, weights.down] }

    /// input = x + alpha * branch, then both branches; the feed-forward branch's output is left in `workspace.branch`,
    /// for the next layer's norm to add. With `cached` the tokens continue cached sequences (inference only).
    /// `recomputing` stops before the last matmul, whose result the backward pass does not need.
    func forward(
        x: Tensor, branch: Tensor?, batch: TokenBatch, model: Xmodel2Model, input: Tensor, saved: LayerActivations,
        workspace: Workspace, cached: CachedPass? = nil, recomputing: Bool = false
    ) {
        let (backend, M, scratch) = (model.backend, batch.tokenCount, workspace.scratch)
        let shape = config.attentionShape(B: batch.batchSize, T: batch.length)
        let (h1, h2, fused) = (saved.h1.rows(0..<M), saved.h2.rows(0..<M), saved.qkv.rows(0..<M))
        backend.residualRMSNormForward(
            x: x, branch: branch, alpha: config.feedForwardResidualScale, weight: weights.inputNorm,
            eps: config.normEps, xOut: input, y: h1, rstd: saved.rstd1)
        // One matmul for q, k and v, and one for gate and up: fewer, larger products.
        backend.linearForward(x: h1, weight: weights.qkv, y: fused, scratch: scratch)
        backend.rope(
            qkv: fused, batch, shape: shape, cosine: model.cosine, sine: model.sine, direction: 1)
        let attention = saved.attention.rows(0..<M)
        if let cached {
            backend.attentionCached(
                qkv: fused, cache: cached.cache, layer: layer, spans: cached.spans, shape: shape, out: attention,
                scratch: scratch)
        } else {
            backend.attentionForward(
                qkv: fused, batch, shape: shape, out: attention, lse: saved.lse, scratch: scratch)
        }
        backend.linearForward(x: attention, weight: weights.o, y: workspace.branch.rows(0..<M), scratch: scratch)
        backend.residualRMSNormForward(
            x: input, branch: workspace.branch.rows(0..<M), alpha: config.attentionResidualScale,
            weight: weights.postNorm, eps: config.normEps, xOut: saved.xMid.rows(0..<M), y: h2, rstd: saved.rstd2)
        backend.linearForward(x: h2, weight: weights.gateUp, y: saved.gateUp.rows(0..<M), scratch: scratch)
        if recomputing { return }
        backend.swigluForward(gateUp: saved.gateUp.rows(0..<M), out: workspace.product.rows(0..<M))
        backend.linearForward(
            x: workspace.product.rows(0..<M), weight: weights.down, y: workspace.branch.rows(0..<M), scratch: scratch)
    }

    /// From d.dbranch (gradient of the feed-forward branch) and d.dx (residual stream after this layer) to d.dx before
    /// it and d.dbranch of the layer below. d.dx accumulates through both norms; `gradients` accumulate over
    /// micro-batches.
    func backward(
        batch: TokenBatch, model: Xmodel2Model, input: Tensor, saved: LayerActivations, workspace: Workspace,
        d: Workspace.GradientActivations, gradients: LayerParameters, isFirst: Bool
    ) {
        let (backend, rows, scratch) = (model.backend, 0..<batch.tokenCount, workspace.scratch)
        let shape = config.attentionShape(B: batch.batchSize, T: batch.length)
        let (dx, dh, dbranch) = (d.dx.rows(rows), d.dh.rows(rows), d.dbranch.rows(rows))
        let (dproduct, dgateUp, product) = (d.dproduct.rows(rows), d.dgateUp.rows(rows), workspace.product.rows(rows))
        let (dattention, dqkv, dbranchAttention) =
            (d.dattention.rows(rows), d.dqkv.rows(rows), d.dbranchAttention.rows(rows))

        // Feed-forward branch.
        backend.linearBackwardInput(dy: dbranch, weight: weights.down, dx: dproduct)
        backend.swigluBackward(dout: dproduct, gateUp: saved.gateUp.rows(rows), dgateUp: dgateUp, out: product)
        backend.linearBackwardInput(dy: dgateUp, weight: weights.gateUp, dx: dh)
        backend.residualRMSNormBackward(
            dy: dh, x: saved.xMid.rows(rows), weight: weights.postNorm, rstd: saved.rstd2,
            alpha: config.attentionResidualScale, dx: dx, dbranch: dbranchAttention, dweight: gradients.postNorm,
            T: batch.length, scratch: scratch)

        // Attention branch.
        backend.linearBackwardInput(dy: dbranchAttention, weight: weights.o, dx: dattention)
        backend.attentionBackward(
            dout: dattention, out: saved.attention.rows(rows), qkv: saved.qkv.rows(rows), lse: saved.lse, batch,
            shape: shape, dqkv: dqkv, scratch: scratch)
        backend.rope(
            qkv: dqkv, batch, shape: shape, cosine: model.cosine, sine: model.sine, direction: -1)
        backend.linearBackwardInput(dy: dqkv, weight: weights.qkv, dx: dh)

        // All four weight gradients at once, so that their tiles fill the threads together.
        backend.linearBackwardWeights(
            [
                (dy: dgateUp, x: saved.h2.rows(rows), dw: gradients.gateUp),
                (dy: dbranch, x: product, dw: gradients.down),
                (dy: dqkv, x: saved.h1.rows(rows), dw: gradients.qkv),
                (dy: dbranchAttention, x: saved.attention.rows(rows), dw: gradients.o),
            ], T: batch.length)
        // dbranch is last read above; here it becomes the gradient of the layer below. Layer 0 has none.
        backend.residualRMSNormBackward(
            dy: dh, x: input, weight: weights.inputNorm, rstd: saved.rstd1,
            alpha: config.feedForwardResidualScale, dx: dx, dbranch: isFirst ? nil : dbranch,
            dweight: gradients.inputNorm, T: batch.length, scratch: scratch)
    }
}

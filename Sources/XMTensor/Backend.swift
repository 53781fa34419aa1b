// The operations that a device must offer to train and run Xmodel-2. The model is written against this list alone;
// Backends/CPU implements it now, a second device adds its own and touches no model code.
//
// Letters: B sequences, T positions, M = B*T tokens, D width, F feed-forward width, H query heads, K key/value heads,
// d head width, V vocabulary. "act" is the compute type (bf16 or f32); the residual stream, norms' statistics,
// parameters and their gradients are f32. Activation gradients overwrite, parameter gradients accumulate; the
// gradient of the residual stream is the stated exception: it accumulates.
// SPDX-License-Identifier: Apache-2.0

/// Shape of a fused query/key/value row: H query heads, then K key heads, then K value heads, each d wide.
package struct AttentionShape: Sendable, Equatable {
    package let B: Int
    package let T: Int
    package let H: Int
    package let K: Int
    package let d: Int
    /// Factor on the scores before the softmax, 1/sqrt(d) or 1/d.
    package let scale: Float

    package init(B: Int, T: Int, H: Int, K: Int, d: Int, scale: Float) {
        (self.B, self.T, self.H, self.K, self.d, self.scale) = (B, T, H, K, d, scale)
    }

    /// Elements of one fused row.
    package var width: Int { (H + 2 * K) * d }
}

/// One AdamW step over a range of parameters (Loshchilov and Hutter, arXiv 1711.05101).
package struct AdamWStep: Sendable, Equatable {
    package var learningRate: Float
    package var beta1: Float
    package var beta2: Float
    package var eps: Float
    package var weightDecay: Float
    /// Factor on the gradient first: the clipping factor.
    package var gradientScale: Float
    /// 1-based number of this update.
    package var t: Int

    package init(
        learningRate: Float, beta1: Float, beta2: Float, eps: Float, weightDecay: Float, gradientScale: Float, t: Int
    ) {
        (self.learningRate, self.beta1, self.beta2, self.eps) = (learningRate, beta1, beta2, eps)
        (self.weightDecay, self.gradientScale, self.t) = (weightDecay, gradientScale, t)
    }
}

package protocol Backend: AnyObject, Sendable {
    /// Storage of activations: bf16 or f32.
    var compute: DType { get }

    // MARK: Memory

    /// Zero-filled memory. Throws `DeviceMemoryError`. Who wants memory asks an `Arena` for it.
    func allocate(bytes: Int) throws -> DeviceMemory
    /// Copies host bytes to the device; `bytes` may be reused as soon as this returns.
    func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion)
    /// Copies a region to the host, after all operations before it.
    func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer)
    /// The region as host memory, after all operations before it and until another one changes it; nil on a device
    /// whose memory the host cannot address. Callers use `read` and `write`, which then copy.
    func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer?
    /// Waits until every operation so far is done. Operations may be asynchronous; those that return numbers wait.
    func synchronize()

    // MARK: Weights, caches, scratch

    /// Room for the packed forms of W [N,K]; `pack` fills them.
    func linearWeight(master: Tensor, training: Bool, in arena: Arena, name: String) throws -> any LinearWeight
    /// Room for the packed form of matrices of one input width, stacked by rows (q, k, v; gate, up), for inference.
    /// `fill` fills it. Throws `ArenaError.outOfMemory`.
    func linearWeight(stacking matrices: [any MatrixRows], in arena: Arena, name: String) throws -> any LinearWeight
    /// A table of embeddings, read unless `arena` is a plan. Throws what reading its rows throws.
    func embeddingTable(_ matrix: any MatrixRows, in arena: Arena, name: String) throws -> any EmbeddingTable
    /// Refreshes the packed forms from the masters, after loading and after every optimiser step.
    func pack(_ weights: [any LinearWeight])
    /// Makes the packed forms of matrices for inference, once. Throws what reading their rows throws.
    func fill(_ weights: [any LinearWeight]) throws
    func makeKVCache(_ shape: KVCacheShape, in arena: Arena) throws -> any KVCache
    func makeScratch(_ shape: ScratchShape, in arena: Arena) throws -> any Scratch

    // MARK: Embedding

    /// out[m] = scale * table[ids[m]].  table f32 [V,D] -> out f32 [M,D].
    func embeddingForward(_ batch: TokenBatch, table: Tensor, scale: Float, out: Tensor)
    /// The same from a table in a block format.
    func embeddingForward(_ batch: TokenBatch, table: any EmbeddingTable, scale: Float, out: Tensor)
    /// dtable[ids[m]] += scale * dx[m], in the order of the tokens.
    func embeddingBackward(_ batch: TokenBatch, dx: Tensor, scale: Float, dtable: Tensor)

    // MARK: Norm and residual

    /// xOut = x + alpha * branch;  y = RMSNorm(xOut) * weight;  rstd = 1 / sqrt(mean(xOut²) + eps).
    /// x, xOut f32 [M,D]; branch act [M,D] or nil; y act [M,D]; rstd f32 [M]; weight f32 [D].
    func residualRMSNormForward(
        x: Tensor, branch: Tensor?, alpha: Float, weight: Tensor, eps: Float, xOut: Tensor, y: Tensor, rstd: Tensor)
    /// dx += RMSNorm backward of dy;  dbranch = alpha * dx;  dweight += sum over tokens.
    /// x = the forward's xOut; T is the sequence length: partial sums never cross a sequence.
    func residualRMSNormBackward(
        dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, alpha: Float, dx: Tensor, dbranch: Tensor?,
        dweight: Tensor, T: Int, scratch: any Scratch)

    // MARK: Linear layers

    /// y = x Wᵀ.  x act [M,K], y act or f32 [M,N]. A token's bits depend on no other token, nor on their number.
    func linearForward(x: Tensor, weight: any LinearWeight, y: Tensor, scratch: any Scratch)
    /// dx = dy W.  dy act [M,N], dx act [M,K].
    func linearBackwardInput(dy: Tensor, weight: any LinearWeight, dx: Tensor)
    /// dw += dyᵀ x for each (dy [M,N], x [M,K], dw f32 [N,K]), summed sequence by sequence (T tokens each).
    func linearBackwardWeights(_ layers: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int)

    // MARK: Attention

    /// Rotates the query and key heads of fused rows in place; direction 1 forward, -1 for the gradient.
    /// cosine, sine f32 [positions, d/2].
    func rope(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, cosine: Tensor, sine: Tensor, direction: Float)
    /// Causal softmax attention of fused rows [M, width] -> out act [M, H*d], lse f32 [B,H,T].
    func attentionForward(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, out: Tensor, lse: Tensor, scratch: any Scratch)
    /// Gradient of the fused rows from that of the output; recomputes probabilities from lse.
    /// out is the forward pass's result: sum(dout * out) of a token is the sum of its probabilities' gradients.
    func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, _ batch: TokenBatch, shape: AttentionShape, dqkv: Tensor,
        scratch: any Scratch)
    /// Stores the keys and values of new tokens in a layer of the cache, then attends over everything stored.
    /// qkv act [M, width] after rope, tokens in the order of `spans`; out act [M, H*d].
    func attentionCached(
        qkv: Tensor, cache: any KVCache, layer: Int, spans: [CacheSpan], shape: AttentionShape, out: Tensor,
        scratch: any Scratch)
    /// Makes the first `positions` of slot `target` those of slot `source`, in every layer.
    func copyPrefix(in cache: any KVCache, from source: Int, to target: Int, positions: Int)

    // MARK: Feed-forward

    /// out = silu(gate) * up.  gateUp act [M,2F] -> out act [M,F].
    func swigluForward(gateUp: Tensor, out: Tensor)
    /// dgateUp from dout; recomputes out on the way (it is needed for the weight gradient).
    func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor)

    // MARK: Loss

    /// Cross-entropy of the tied head, a few hundred tokens at a time: logits = logitScale * h Eᵀ.
    /// loss f32 [M] (0 where the target is negative). With gradients: dh act [M,D] overwritten, dE f32 [V,D] +=.
    func lossHead(
        h: Tensor, embedding: any LinearWeight, _ batch: TokenBatch, logitScale: Float, gradientScale: Float,
        loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?, scratch: any Scratch)

    // MARK: Optimiser and vectors

    /// AdamW in place over a range of elements of the flat f32 stores.
    func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep)
    /// Sum of squares in Float64, in a fixed order.
    func sumOfSquares(_ x: Tensor) -> Double
    /// Largest logit and log of the sum of exponentials of every row. logits f32 [M,V] -> both f32 [M].
    func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor)
    /// weights = exp(factor * logits - the largest of them in the row), f32 [M,V] both, or the same memory.
    func unnormalizedSoftmax(_ logits: Tensor, factor: Float, into weights: Tensor)
    /// y[i] = x[rows[i]].  x [M,D] -> y [rows.count,D], one type.
    func gather(_ rows: [Int], of x: Tensor, into y: Tensor)
    /// x = factor * x, f32.
    func scale(_ x: Tensor, by factor: Float)
    /// y += x, f32.
    func add(_ x: Tensor, to y: Tensor)
    /// Sets every byte to zero.
    func zero(_ x: Tensor)
}

// The operations that a device must offer to train and run Xmodel-2. Model code is written against this list alone:
// Backends/CPU implements it today, and a second device adds its own folder without touching the model.
//
// Letters: B sequences, T positions, M = B*T tokens, D width, F feed-forward width, H query heads, K key/value heads, d
// head width, V vocabulary. "act" is the compute type (bf16 or f32); the residual stream, norm statistics, parameters
// and their gradients are f32. Activation gradients are overwritten and parameter gradients accumulate, except that the
// gradient of the residual stream accumulates too.
// SPDX-License-Identifier: Apache-2.0

/// Shape of fused query/key/value rows [B*T, width]: H query heads, then K key heads, then K value heads, each d wide.
package struct AttentionShape: Sendable, Equatable {
    package let B: Int
    package let T: Int
    package let H: Int
    package let K: Int
    package let d: Int
    /// Multiplies the scores before the softmax: 1/sqrt(d), or 1/d under muP (Tensor Programs V, Yang et al. 2022).
    package let scale: Float

    package init(B: Int, T: Int, H: Int, K: Int, d: Int, scale: Float) {
        (self.B, self.T, self.H, self.K, self.d, self.scale) = (B, T, H, K, d, scale)
    }

    /// Elements of one fused row.
    package var width: Int { (H + 2 * K) * d }
}

/// The scalars of one AdamW step (Loshchilov and Hutter, arXiv 1711.05101), shared by a group of parameters.
package struct AdamWStep: Sendable, Equatable {
    package var learningRate: Float
    package var beta1: Float
    package var beta2: Float
    package var eps: Float
    package var weightDecay: Float
    /// Multiplies the gradient as it is read: the clipping factor, 1 if the norm is within bounds.
    package var gradientScale: Float
    /// 1-based number of this update, for the bias corrections 1 - beta^t.
    package var t: Int

    package init(
        learningRate: Float, beta1: Float, beta2: Float, eps: Float, weightDecay: Float, gradientScale: Float, t: Int
    ) {
        (self.learningRate, self.beta1, self.beta2, self.eps) = (learningRate, beta1, beta2, eps)
        (self.weightDecay, self.gradientScale, self.t) = (weightDecay, gradientScale, t)
    }
}

/// A device. One backend serves any number of models, engines and trainers: it holds no state between operations, since
/// weights, caches and scratch are objects that callers own. Shape errors are programming errors and trap.
package protocol Backend: AnyObject, Sendable {
    /// Storage type of activations, "act" below.
    var compute: DType { get }

    // MARK: Memory

    /// Zero-filled memory; only `Arena` calls this. Throws `DeviceMemoryError` if the device has no room.
    func allocate(bytes: Int) throws -> DeviceMemory
    /// Copies host bytes to the device; `bytes` may be reused as soon as this returns.
    func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion)
    /// Copies a region to the host, after all operations before it.
    func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer)
    /// The region as host memory, valid after all operations issued before and until one changes it; nil on a device
    /// whose memory the host cannot address. Use `read` and `write`, which fall back to a copy.
    func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer?
    /// Waits until every operation issued so far is done. Operations may be asynchronous; those that return numbers
    /// wait.
    func synchronize()

    // MARK: Weights, caches, scratch

    /// Reserves the packed forms of W [N,K] (with those of the backward pass if `training`); `pack` fills them. Throws
    /// `ArenaError.outOfMemory`, or that the device has no matmul of the compute type.
    func linearWeight(master: Tensor, training: Bool, in arena: Arena, name: String) throws -> any LinearWeight
    /// Reserves the packed form of matrices of one input width, stacked by rows (q, k, v; gate, up), for inference;
    /// `fill` fills it. Throws `ArenaError.outOfMemory`.
    func linearWeight(stacking matrices: [any MatrixRows], in arena: Arena, name: String) throws -> any LinearWeight
    /// An embedding table, read at once unless `arena` is a plan. Throws `ArenaError.outOfMemory` and what reading rows
    /// throws.
    func embeddingTable(_ matrix: any MatrixRows, in arena: Arena, name: String) throws -> any EmbeddingTable
    /// Refreshes the packed forms from the f32 masters: after loading, and after every optimiser step.
    func pack(_ weights: [any LinearWeight])
    /// Reads and packs matrices for inference, once. Throws what reading their rows throws.
    func fill(_ weights: [any LinearWeight]) throws
    /// An empty cache. Throws `ArenaError.outOfMemory`, or that the cache type is wider than the activations.
    func makeKVCache(_ shape: KVCacheShape, in arena: Arena) throws -> any KVCache
    /// Scratch for batches of at most that shape. Throws `ArenaError.outOfMemory`.
    func makeScratch(_ shape: ScratchShape, in arena: Arena) throws -> any Scratch

    // MARK: Embedding

    /// out[m] = scale * table[ids[m]].  table f32 [V,D] -> out f32 [M,D].
    func embeddingForward(_ batch: TokenBatch, table: Tensor, scale: Float, out: Tensor)
    /// The same from a table in a block format; rows are dequantised as they are read.
    func embeddingForward(_ batch: TokenBatch, table: any EmbeddingTable, scale: Float, out: Tensor)
    /// dtable[ids[m]] += scale * dx[m], in the order of the tokens.
    func embeddingBackward(_ batch: TokenBatch, dx: Tensor, scale: Float, dtable: Tensor)

    // MARK: Norm and residual

    /// xOut = x + alpha * branch;  y = RMSNorm(xOut) * weight;  rstd = 1 / sqrt(mean(xOut²) + eps).
    /// x, xOut f32 [M,D]; branch act [M,D] or nil; y act [M,D]; rstd f32 [M]; weight f32 [D].
    func residualRMSNormForward(
        x: Tensor, branch: Tensor?, alpha: Float, weight: Tensor, eps: Float, xOut: Tensor, y: Tensor, rstd: Tensor)
    /// dx += RMSNorm backward of dy (dx arrives with the residual path's gradient);  dbranch = alpha * dx, if wanted;
    /// dweight += sum over tokens. x is the forward's xOut; T is the sequence length: partial sums never cross a
    /// sequence, so that micro-batching cannot change the result.
    func residualRMSNormBackward(
        dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, alpha: Float, dx: Tensor, dbranch: Tensor?,
        dweight: Tensor, T: Int, scratch: any Scratch)

    // MARK: Linear layers

    /// y = x Wᵀ.  x act [M,K], y act or f32 [M,N]. A token's bits depend neither on other tokens nor on how many there
    /// are.
    func linearForward(x: Tensor, weight: any LinearWeight, y: Tensor, scratch: any Scratch)
    /// dx = dy W.  dy act [M,N], dx act [M,K].
    func linearBackwardInput(dy: Tensor, weight: any LinearWeight, dx: Tensor)
    /// dw += dyᵀ x for each (dy act [M,N], x act [M,K], dw f32 [N,K]), summed sequence by sequence (T tokens each).
    func linearBackwardWeights(_ layers: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int)

    // MARK: Attention

    /// Rotary embedding of the query and key heads of fused rows, in place; direction 1 forward, -1 for the gradient.
    /// cosine, sine f32 [positions, d/2], selected by each token's position.
    func rope(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, cosine: Tensor, sine: Tensor, direction: Float)
    /// Causal softmax attention of fused rows [M, width] -> out act [M, H*d], lse f32 [B,H,T]. Token t of a sequence
    /// sees positions firstVisible[t]...t.
    func attentionForward(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, out: Tensor, lse: Tensor, scratch: any Scratch)
    /// dqkv act [M, width] from dout act [M, H*d]; probabilities are recomputed from lse. out is the forward result:
    /// sum(dout * out) over a head is the term sum(P * dP) of the softmax gradient.
    func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, _ batch: TokenBatch, shape: AttentionShape, dqkv: Tensor,
        scratch: any Scratch)
    /// Stores the keys and values of new tokens in one layer of the cache, then attends over everything stored. qkv act
    /// [M, width] after rope, tokens in the order of `spans`; out act [M, H*d]. How a prompt is cut into chunks does
    /// not change a token's bits.
    func attentionCached(
        qkv: Tensor, cache: any KVCache, layer: Int, spans: [CacheSpan], shape: AttentionShape, out: Tensor,
        scratch: any Scratch)
    /// Copies the first `positions` of slot `source` to slot `target`, in every layer.
    func copyPrefix(in cache: any KVCache, from source: Int, to target: Int, positions: Int)

    // MARK: Feed-forward

    /// out = silu(gate) * up.  gateUp act [M,2F] -> out act [M,F].
    func swigluForward(gateUp: Tensor, out: Tensor)
    /// dgateUp act [M,2F] from dout act [M,F]; recomputes out, which the gradient of the down projection needs. dgateUp
    /// may be gateUp.
    func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor)

    // MARK: Loss

    /// Cross-entropy of the tied output head: logits = logitScale * h Eᵀ, computed a few hundred tokens at a time and
    /// never stored whole. loss f32 [M], 0 where the target is negative. With gradients: dh act [M,D] overwritten, dE
    /// f32 [V,D] accumulates, both scaled by gradientScale.
    func lossHead(
        h: Tensor, embedding: any LinearWeight, _ batch: TokenBatch, logitScale: Float, gradientScale: Float,
        loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?, scratch: any Scratch)

    // MARK: Optimiser and vectors

    /// AdamW in place over a range of elements of the flat f32 stores: weights, m and v change, gradients do not.
    func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep)
    /// Sum of squares as Float64, in an order that depends on the size alone.
    func sumOfSquares(_ x: Tensor) -> Double
    /// Per row, the largest logit and log(sum(exp(logits))). logits f32 [M,V] -> both f32 [M].
    func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor)
    /// y[i] = x[rows[i]].  x [M,D] -> y [>= rows.count, D], of one type.
    func gather(_ rows: [Int], of x: Tensor, into y: Tensor)
    /// x = factor * x, f32.
    func scale(_ x: Tensor, by factor: Float)
    /// y += x, f32.
    func add(_ x: Tensor, to y: Tensor)
    /// Sets every byte to zero.
    func zero(_ x: Tensor)
}

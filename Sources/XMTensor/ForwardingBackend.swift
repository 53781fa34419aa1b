// A backend that passes every operation on to another one, through two functions of its own: what times operations, or
// puts them off, writes these two and lists no operation again. Read next: ProfilingBackend.swift.
// SPDX-License-Identifier: Apache-2.0

/// Conformances give `base`, the two functions, and what they do with memory; everything else is here.
package protocol ForwardingBackend: Backend {
    /// The backend that makes all objects and runs all operations.
    var base: any Backend { get }
    /// Runs `operation`, now or before anybody reads its result. `name` is the function's, with its argument labels.
    func perform(_ name: String, _ operation: @escaping () -> Void)
    /// Runs `operation` now, after all operations before it.
    func result<Result>(_ name: String, _ operation: () throws -> Result) rethrows -> Result
}

extension ForwardingBackend {
    package var compute: DType { base.compute }

    // Objects are made without delay and use no memory yet, except for the two that read a file into it.
    package func linearWeight(
        master: Tensor, training: Bool, in arena: Arena, name: String
    ) throws -> any LinearWeight {
        try base.linearWeight(master: master, training: training, in: arena, name: name)
    }
    package func linearWeight(
        stacking matrices: [any MatrixRows], in arena: Arena, name: String
    ) throws -> any LinearWeight {
        try base.linearWeight(stacking: matrices, in: arena, name: name)
    }
    package func embeddingTable(
        _ matrix: any MatrixRows, in arena: Arena, name: String
    ) throws -> any EmbeddingTable {
        try result(#function) { try base.embeddingTable(matrix, in: arena, name: name) }
    }
    package func makeKVCache(_ shape: KVCacheShape, in arena: Arena) throws -> any KVCache {
        try base.makeKVCache(shape, in: arena)
    }
    package func makeScratch(_ shape: ScratchShape, in arena: Arena) throws -> any Scratch {
        try base.makeScratch(shape, in: arena)
    }
    package func pack(_ weights: [any LinearWeight]) { perform(#function) { [base] in base.pack(weights) } }
    package func fill(_ weights: [any LinearWeight]) throws { try result(#function) { try base.fill(weights) } }

    package func embeddingForward(_ batch: TokenBatch, table: Tensor, scale: Float, out: Tensor) {
        perform(#function) { [base] in base.embeddingForward(batch, table: table, scale: scale, out: out) }
    }
    package func embeddingForward(_ batch: TokenBatch, table: any EmbeddingTable, scale: Float, out: Tensor) {
        perform(#function) { [base] in base.embeddingForward(batch, table: table, scale: scale, out: out) }
    }
    package func embeddingBackward(_ batch: TokenBatch, dx: Tensor, scale: Float, dtable: Tensor) {
        perform(#function) { [base] in base.embeddingBackward(batch, dx: dx, scale: scale, dtable: dtable) }
    }
    package func residualRMSNormForward(
        x: Tensor, branch: Tensor?, alpha: Float, weight: Tensor, eps: Float, xOut: Tensor, y: Tensor, rstd: Tensor
    ) {
        perform(#function) { [base] in
            base.residualRMSNormForward(
                x: x, branch: branch, alpha: alpha, weight: weight, eps: eps, xOut: xOut, y: y, rstd: rstd)
        }
    }
    package func residualRMSNormBackward(
        dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, alpha: Float, dx: Tensor, dbranch: Tensor?,
        dweight: Tensor, T: Int, scratch: any Scratch
    ) {
        perform(#function) { [base] in
            base.residualRMSNormBackward(
                dy: dy, x: x, weight: weight, rstd: rstd, alpha: alpha, dx: dx, dbranch: dbranch, dweight: dweight,
                T: T, scratch: scratch)
        }
    }
    package func linearForward(x: Tensor, weight: any LinearWeight, y: Tensor, scratch: any Scratch) {
        perform(#function) { [base] in base.linearForward(x: x, weight: weight, y: y, scratch: scratch) }
    }
    package func linearBackwardInput(dy: Tensor, weight: any LinearWeight, dx: Tensor) {
        perform(#function) { [base] in base.linearBackwardInput(dy: dy, weight: weight, dx: dx) }
    }
    package func linearBackwardWeights(_ layers: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int) {
        perform(#function) { [base] in base.linearBackwardWeights(layers, T: T) }
    }
    package func rope(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, cosine: Tensor, sine: Tensor, direction: Float
    ) {
        perform(#function) { [base] in
            base.rope(qkv: qkv, batch, shape: shape, cosine: cosine, sine: sine, direction: direction)
        }
    }
    package func attentionForward(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, out: Tensor, lse: Tensor, scratch: any Scratch
    ) {
        perform(#function) { [base] in
            base.attentionForward(qkv: qkv, batch, shape: shape, out: out, lse: lse, scratch: scratch)
        }
    }
    package func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, _ batch: TokenBatch, shape: AttentionShape, dqkv: Tensor,
        scratch: any Scratch
    ) {
        perform(#function) { [base] in
            base.attentionBackward(
                dout: dout, out: out, qkv: qkv, lse: lse, batch, shape: shape, dqkv: dqkv, scratch: scratch)
        }
    }
    package func attentionCached(
        qkv: Tensor, cache: any KVCache, layer: Int, spans: [CacheSpan], shape: AttentionShape, out: Tensor,
        scratch: any Scratch
    ) {
        perform(#function) { [base] in
            base.attentionCached(
                qkv: qkv, cache: cache, layer: layer, spans: spans, shape: shape, out: out, scratch: scratch)
        }
    }
    package func copyPrefix(in cache: any KVCache, from source: Int, to target: Int, positions: Int) {
        perform(#function) { [base] in base.copyPrefix(in: cache, from: source, to: target, positions: positions) }
    }
    package func swigluForward(gateUp: Tensor, out: Tensor) {
        perform(#function) { [base] in base.swigluForward(gateUp: gateUp, out: out) }
    }
    package func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor) {
        perform(#function) { [base] in base.swigluBackward(dout: dout, gateUp: gateUp, dgateUp: dgateUp, out: out) }
    }
    package func lossHead(
        h: Tensor, embedding: any LinearWeight, _ batch: TokenBatch, logitScale: Float, gradientScale: Float,
        loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?, scratch: any Scratch
    ) {
        perform(#function) { [base] in
            base.lossHead(
                h: h, embedding: embedding, batch, logitScale: logitScale, gradientScale: gradientScale, loss: loss,
                gradients: gradients, scratch: scratch)
        }
    }
    package func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep) {
        perform(#function) { [base] in
            base.adamW(weights: weights, gradients: gradients, m: m, v: v, range: range, step: step)
        }
    }
    package func sumOfSquares(_ x: Tensor) -> Double { result(#function) { base.sumOfSquares(x) } }
    package func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor) {
        perform(#function) { [base] in base.logSumExp(logits, largest: largest, logSumExp: logSumExp) }
    }
    package func gather(_ rows: [Int], of x: Tensor, into y: Tensor) {
        perform(#function) { [base] in base.gather(rows, of: x, into: y) }
    }
    package func scale(_ x: Tensor, by factor: Float) { perform(#function) { [base] in base.scale(x, by: factor) } }
    package func add(_ x: Tensor, to y: Tensor) { perform(#function) { [base] in base.add(x, to: y) } }
    package func zero(_ x: Tensor) { perform(#function) { [base] in base.zero(x) } }
}

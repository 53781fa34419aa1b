// A backend that times another one's operations: the kernel table of `xmodel bench train --profile`. It synchronises
// after each operation, so an asynchronous device loses its overlap while it is profiled. Single-threaded use only.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package final class ProfilingBackend: Backend, @unchecked Sendable {
    private let base: any Backend
    // By operation name, since the last `reset`.
    private var seconds: [String: Double] = [:]
    private var calls: [String: Int] = [:]

    package init(_ base: any Backend) { self.base = base }

    package var compute: DType { base.compute }

    package func reset() {
        seconds = [:]
        calls = [:]
    }

    /// Milliseconds and calls per step of each operation, slowest first.
    package func table(steps: Int) -> String {
        let total = seconds.values.reduce(0, +)
        let rows = seconds.sorted { $0.value > $1.value }.map { name, time in
            name.padding(toLength: 26, withPad: " ", startingAt: 0)
                + String(
                    format: "%9.2f ms %6.1f %% %6d calls", 1e3 * time / Double(steps), 100 * time / total,
                    (calls[name] ?? 0) / steps)
        }
        return rows.joined(separator: "\n")
            + String(format: "\nall operations             %9.2f ms", 1e3 * total / Double(steps))
    }

    /// Times `body` under the calling function's name. The label drops argument names, so overloads share a row.
    private func timed<R>(_ name: String = #function, _ body: () -> R) -> R {
        let label = String(name.prefix { $0 != "(" })
        let start = ContinuousClock.now
        defer {
            base.synchronize()
            seconds[label, default: 0] += (ContinuousClock.now - start).seconds
            calls[label, default: 0] += 1
        }
        return body()
    }

    // Memory and construction are forwarded untimed: they happen before the steps that are profiled.
    package func allocate(bytes: Int) throws -> DeviceMemory { try base.allocate(bytes: bytes) }
    package func upload(_ bytes: UnsafeRawBufferPointer, to region: DeviceRegion) {
        timed { base.upload(bytes, to: region) }
    }
    package func download(_ region: DeviceRegion, to bytes: UnsafeMutableRawBufferPointer) {
        timed { base.download(region, to: bytes) }
    }
    package func hostView(of region: DeviceRegion) -> UnsafeMutableRawBufferPointer? { base.hostView(of: region) }
    package func synchronize() { base.synchronize() }
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
        try base.embeddingTable(matrix, in: arena, name: name)
    }
    package func makeKVCache(_ shape: KVCacheShape, in arena: Arena) throws -> any KVCache {
        try base.makeKVCache(shape, in: arena)
    }
    package func makeScratch(_ shape: ScratchShape, in arena: Arena) throws -> any Scratch {
        try base.makeScratch(shape, in: arena)
    }
    package func pack(_ weights: [any LinearWeight]) { timed { base.pack(weights) } }
    package func fill(_ weights: [any LinearWeight]) throws { try base.fill(weights) }
    package func embeddingForward(_ batch: TokenBatch, table: Tensor, scale: Float, out: Tensor) {
        timed { base.embeddingForward(batch, table: table, scale: scale, out: out) }
    }
    package func embeddingForward(_ batch: TokenBatch, table: any EmbeddingTable, scale: Float, out: Tensor) {
        timed { base.embeddingForward(batch, table: table, scale: scale, out: out) }
    }
    package func embeddingBackward(_ batch: TokenBatch, dx: Tensor, scale: Float, dtable: Tensor) {
        timed { base.embeddingBackward(batch, dx: dx, scale: scale, dtable: dtable) }
    }
    package func residualRMSNormForward(
        x: Tensor, branch: Tensor?, alpha: Float, weight: Tensor, eps: Float, xOut: Tensor, y: Tensor, rstd: Tensor
    ) {
        timed {
            base.residualRMSNormForward(
                x: x, branch: branch, alpha: alpha, weight: weight, eps: eps, xOut: xOut, y: y, rstd: rstd)
        }
    }
    package func residualRMSNormBackward(
        dy: Tensor, x: Tensor, weight: Tensor, rstd: Tensor, alpha: Float, dx: Tensor, dbranch: Tensor?,
        dweight: Tensor, T: Int, scratch: any Scratch
    ) {
        timed {
            base.residualRMSNormBackward(
                dy: dy, x: x, weight: weight, rstd: rstd, alpha: alpha, dx: dx, dbranch: dbranch, dweight: dweight,
                T: T, scratch: scratch)
        }
    }
    package func linearForward(x: Tensor, weight: any LinearWeight, y: Tensor, scratch: any Scratch) {
        timed { base.linearForward(x: x, weight: weight, y: y, scratch: scratch) }
    }
    package func linearBackwardInput(dy: Tensor, weight: any LinearWeight, dx: Tensor) {
        timed { base.linearBackwardInput(dy: dy, weight: weight, dx: dx) }
    }
    package func linearBackwardWeights(_ layers: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int) {
        timed { base.linearBackwardWeights(layers, T: T) }
    }
    package func rope(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, cosine: Tensor, sine: Tensor, direction: Float
    ) {
        timed { base.rope(qkv: qkv, batch, shape: shape, cosine: cosine, sine: sine, direction: direction) }
    }
    package func attentionForward(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, out: Tensor, lse: Tensor, scratch: any Scratch
    ) {
        timed { base.attentionForward(qkv: qkv, batch, shape: shape, out: out, lse: lse, scratch: scratch) }
    }
    package func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, _ batch: TokenBatch, shape: AttentionShape, dqkv: Tensor,
        scratch: any Scratch
    ) {
        timed {
            base.attentionBackward(
                dout: dout, out: out, qkv: qkv, lse: lse, batch, shape: shape, dqkv: dqkv, scratch: scratch)
        }
    }
    package func attentionCached(
        qkv: Tensor, cache: any KVCache, layer: Int, spans: [CacheSpan], shape: AttentionShape, out: Tensor,
        scratch: any Scratch
    ) {
        timed {
            base.attentionCached(
                qkv: qkv, cache: cache, layer: layer, spans: spans, shape: shape, out: out, scratch: scratch)
        }
    }
    package func copyPrefix(in cache: any KVCache, from source: Int, to target: Int, positions: Int) {
        timed { base.copyPrefix(in: cache, from: source, to: target, positions: positions) }
    }
    package func swigluForward(gateUp: Tensor, out: Tensor) { timed { base.swigluForward(gateUp: gateUp, out: out) } }
    package func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor) {
        timed { base.swigluBackward(dout: dout, gateUp: gateUp, dgateUp: dgateUp, out: out) }
    }
    package func lossHead(
        h: Tensor, embedding: any LinearWeight, _ batch: TokenBatch, logitScale: Float, gradientScale: Float,
        loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?, scratch: any Scratch
    ) {
        timed {
            base.lossHead(
                h: h, embedding: embedding, batch, logitScale: logitScale, gradientScale: gradientScale, loss: loss,
                gradients: gradients, scratch: scratch)
        }
    }
    package func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep) {
        timed { base.adamW(weights: weights, gradients: gradients, m: m, v: v, range: range, step: step) }
    }
    package func sumOfSquares(_ x: Tensor) -> Double { timed { base.sumOfSquares(x) } }
    package func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor) {
        timed { base.logSumExp(logits, largest: largest, logSumExp: logSumExp) }
    }
    package func gather(_ rows: [Int], of x: Tensor, into y: Tensor) { timed { base.gather(rows, of: x, into: y) } }
    package func scale(_ x: Tensor, by factor: Float) { timed { base.scale(x, by: factor) } }
    package func add(_ x: Tensor, to y: Tensor) { timed { base.add(x, to: y) } }
    package func zero(_ x: Tensor) { timed { base.zero(x) } }
}

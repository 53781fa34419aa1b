// A backend that times another one's operations: the kernel table of `xmodel bench train --profile`.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package final class ProfilingBackend: Backend, @unchecked Sendable {
    private let base: any Backend
    private var seconds: [String: Double] = [:]
    private var calls: [String: Int] = [:]

    package init(_ base: any Backend) { self.base = base }

    package var compute: DType { base.compute }

    package func reset() {
        seconds = [:]
        calls = [:]
    }

    /// Milliseconds and calls per step of each operation, the longest first.
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

    private func timed<R>(_ name: String = #function, _ body: () -> R) -> R {
        let label = String(name.prefix { $0 != "(" })
        let start = ContinuousClock.now
        defer {
            seconds[label, default: 0] += (ContinuousClock.now - start).seconds
            calls[label, default: 0] += 1
        }
        return body()
    }

    package func linearWeight(master: Tensor, training: Bool, in arena: Arena, name: String) throws -> LinearWeight {
        try base.linearWeight(master: master, training: training, in: arena, name: name)
    }
    package func linearWeight(parts: [any MatrixRows], in arena: Arena, name: String) throws -> LinearWeight {
        try base.linearWeight(parts: parts, in: arena, name: name)
    }
    package func reserveScratch(shape: AttentionShape, vocabulary: Int, training: Bool, in arena: Arena) throws {
        try base.reserveScratch(shape: shape, vocabulary: vocabulary, training: training, in: arena)
    }
    package func pack(_ weights: [LinearWeight]) { timed { base.pack(weights) } }
    package func fill(_ weights: [LinearWeight]) throws { try base.fill(weights) }
    package func embeddingForward(ids: UnsafePointer<Int32>, table: Tensor, scale: Float, out: Tensor) {
        timed { base.embeddingForward(ids: ids, table: table, scale: scale, out: out) }
    }
    package func embeddingForward(ids: UnsafePointer<Int32>, table: BlockMatrix, scale: Float, out: Tensor) {
        timed { base.embeddingForward(ids: ids, table: table, scale: scale, out: out) }
    }
    package func embeddingBackward(ids: UnsafePointer<Int32>, dx: Tensor, scale: Float, dtable: Tensor) {
        timed { base.embeddingBackward(ids: ids, dx: dx, scale: scale, dtable: dtable) }
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
        dweight: Tensor, T: Int
    ) {
        timed {
            base.residualRMSNormBackward(
                dy: dy, x: x, weight: weight, rstd: rstd, alpha: alpha, dx: dx, dbranch: dbranch, dweight: dweight,
                T: T)
        }
    }
    package func linearForward(x: Tensor, weight: LinearWeight, y: Tensor) {
        timed { base.linearForward(x: x, weight: weight, y: y) }
    }
    package func linearBackwardInput(dy: Tensor, weight: LinearWeight, dx: Tensor) {
        timed { base.linearBackwardInput(dy: dy, weight: weight, dx: dx) }
    }
    package func linearBackwardWeights(_ products: [(dy: Tensor, x: Tensor, dw: Tensor)], T: Int) {
        timed { base.linearBackwardWeights(products, T: T) }
    }
    package func rope(
        qkv: Tensor, shape: AttentionShape, cosine: Tensor, sine: Tensor, at: RowPositions, direction: Float
    ) {
        timed { base.rope(qkv: qkv, shape: shape, cosine: cosine, sine: sine, at: at, direction: direction) }
    }
    package func attentionForward(qkv: Tensor, shape: AttentionShape, at: RowPositions, out: Tensor, lse: Tensor) {
        timed { base.attentionForward(qkv: qkv, shape: shape, at: at, out: out, lse: lse) }
    }
    package func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, shape: AttentionShape, at: RowPositions, dqkv: Tensor
    ) {
        timed { base.attentionBackward(dout: dout, out: out, qkv: qkv, lse: lse, shape: shape, at: at, dqkv: dqkv) }
    }
    package func attentionCached(_ jobs: [CachedAttention], H: Int, K: Int, d: Int, scale: Float) {
        timed { base.attentionCached(jobs, H: H, K: K, d: d, scale: scale) }
    }
    package func swigluForward(gateUp: Tensor, out: Tensor) { timed { base.swigluForward(gateUp: gateUp, out: out) } }
    package func swigluBackward(dout: Tensor, gateUp: Tensor, dgateUp: Tensor, out: Tensor) {
        timed { base.swigluBackward(dout: dout, gateUp: gateUp, dgateUp: dgateUp, out: out) }
    }
    package func lossHead(
        h: Tensor, embedding: LinearWeight, targets: UnsafePointer<Int32>, logitScale: Float, gradientScale: Float,
        T: Int, loss: Tensor, gradients: (dh: Tensor, dE: Tensor)?
    ) {
        timed {
            base.lossHead(
                h: h, embedding: embedding, targets: targets, logitScale: logitScale, gradientScale: gradientScale,
                T: T, loss: loss, gradients: gradients)
        }
    }
    package func adamW(weights: Tensor, gradients: Tensor, m: Tensor, v: Tensor, range: Range<Int>, step: AdamWStep) {
        timed { base.adamW(weights: weights, gradients: gradients, m: m, v: v, range: range, step: step) }
    }
    package func sumOfSquares(_ x: Tensor) -> Double { timed { base.sumOfSquares(x) } }
    package func logSumExp(_ logits: Tensor, largest: Tensor, logSumExp: Tensor) {
        timed { base.logSumExp(logits, largest: largest, logSumExp: logSumExp) }
    }

    package func unnormalizedSoftmax(_ logits: Tensor, factor: Float, into weights: Tensor) {
        timed { base.unnormalizedSoftmax(logits, factor: factor, into: weights) }
    }
    package func scale(_ x: Tensor, by factor: Float) { timed { base.scale(x, by: factor) } }
    package func add(_ x: Tensor, to y: Tensor) { timed { base.add(x, to: y) } }
    package func zero(_ x: Tensor) { timed { base.zero(x) } }
}

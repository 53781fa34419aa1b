// Backward passes of the backend's operations against central differences, and matrix products against plain loops.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
@testable import XMTensor
import XMTestSupport

@Suite("OperationGradientTests")
struct OperationGradientTests {
    private let arena: Arena
    private let backend: CPUBackend

    init() throws {
        backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        arena = Arena(on: backend)
    }

    private func scratch(
        _ shape: AttentionShape, vocabulary: Int = 4, training: Bool = true, on other: CPUBackend? = nil
    ) throws -> any Scratch {
        try (other ?? backend).makeScratch(
            ScratchShape(attention: shape, widestInput: 32, vocabulary: vocabulary, training: training), in: arena)
    }

    private func tensor(_ name: String, _ shape: [Int], std: Float = 1) throws -> Tensor {
        let tensor = try arena.tensor("test", name, .f32, shape)
        RandomStream(seed: 3, name).fillNormal(
            UnsafeMutableBufferPointer(start: tensor.f32, count: tensor.count), std: std, startingAt: 0)
        return tensor
    }

    private func dot(_ a: Tensor, _ b: Tensor) -> Double {
        (0..<a.count).reduce(0.0) { $0 + Double(a.f32[$1]) * Double(b.f32[$1]) }
    }

    /// ‖analytic - numeric‖ / ‖numeric‖ over every `stride`-th element of `input`.
    private func difference(
        of input: Tensor, analytic: Tensor, stride step: Int = 1, epsilon: Float = 1e-2, _ loss: () -> Double
    ) -> Double {
        var (error, norm) = (0.0, 0.0)
        for index in stride(from: 0, to: input.count, by: step) {
            let value = input.f32[index]
            input.f32[index] = value + epsilon
            let up = loss()
            input.f32[index] = value - epsilon
            let down = loss()
            input.f32[index] = value
            let numeric = (up - down) / Double(2 * epsilon)
            error += pow(numeric - Double(analytic.f32[index]), 2)
            norm += numeric * numeric
        }
        return (error / norm).squareRoot()
    }

    /// f32 forward passes limit a central difference to about 1e-3.
    private static let tolerance = 3e-3

    @Test(
        "linear: matrix products equal plain loops, gradients equal differences",
        arguments: [(1, 3, 5), (37, 17, 33), (130, 64, 96)])
    func linear(M: Int, K: Int, N: Int) throws {
        let (x, w, r) = (try tensor("x", [M, K]), try tensor("w", [N, K]), try tensor("r", [M, N]))
        let (y, dx, dw) = (
            try tensor("y", [M, N]), try tensor("dx", [M, K]), try arena.tensor("t", "dw", .f32, [N, K])
        )
        let weight = try backend.linearWeight(master: w, training: true, in: arena, name: "w")
        let scratch = try scratch(AttentionShape(B: 1, T: M, H: 1, K: 1, d: K, scale: 1))
        backend.pack([weight])
        backend.linearForward(x: x, weight: weight, y: y, scratch: scratch)
        for m in [0, M - 1] {
            for n in [0, N - 1] {
                let sum = (0..<K).reduce(0.0) { $0 + Double(x.f32[m * K + $1]) * Double(w.f32[n * K + $1]) }
                #expect(abs(Double(y.f32[m * N + n]) - sum) < 1e-4)
            }
        }
        backend.linearBackwardInput(dy: r, weight: weight, dx: dx)
        backend.linearBackwardWeights([(dy: r, x: x, dw: dw)], T: M)
        let loss = {
            backend.pack([weight])
            backend.linearForward(x: x, weight: weight, y: y, scratch: scratch)
            return dot(y, r)
        }
        #expect(difference(of: x, analytic: dx, stride: 1 + M * K / 40, loss) < Self.tolerance)
        #expect(difference(of: w, analytic: dw, stride: 1 + N * K / 40, loss) < Self.tolerance)
    }

    @Test("RMSNorm with residual")
    func norm() throws {
        let (M, D) = (6, 34)
        let (x, branch, g) = (try tensor("x", [M, D]), try tensor("b", [M, D]), try tensor("g", [D]))
        let (r, rx) = (try tensor("r", [M, D]), try tensor("rx", [M, D]))
        let (xOut, y, rstd) = (try tensor("xo", [M, D]), try tensor("y", [M, D]), try tensor("s", [M]))
        let scratch = try scratch(AttentionShape(B: 2, T: 3, H: 2, K: 1, d: 17, scale: 1))
        let loss = {
            backend.residualRMSNormForward(
                x: x, branch: branch, alpha: 0.7, weight: g, eps: 1e-5, xOut: xOut, y: y, rstd: rstd)
            return dot(y, r) + dot(xOut, rx)
        }
        _ = loss()
        let (dx, db, dg) = (
            try tensor("dx", [M, D]), try tensor("db", [M, D]), try arena.tensor("t", "dg", .f32, [D])
        )
        dx.f32.update(from: rx.f32, count: M * D)  // what comes along the residual stream
        backend.residualRMSNormBackward(
            dy: r, x: xOut, weight: g, rstd: rstd, alpha: 0.7, dx: dx, dbranch: db, dweight: dg, T: 3,
            scratch: scratch)
        #expect(difference(of: x, analytic: dx, loss) < Self.tolerance)
        #expect(difference(of: branch, analytic: db, loss) < Self.tolerance)
        #expect(difference(of: g, analytic: dg, loss) < Self.tolerance)
    }

    @Test("attention with grouped heads and a document mask", arguments: [false, true])
    func attention(masked: Bool) throws {
        let shape = AttentionShape(B: 2, T: 70, H: 4, K: 2, d: 6, scale: 0.4)
        let M = shape.B * shape.T
        let scratch = try scratch(shape)
        let qkv = try tensor("qkv", [M, shape.width])
        let (out, r) = (try tensor("out", [M, shape.H * shape.d]), try tensor("r", [M, shape.H * shape.d]))
        let (lse, d) = (try tensor("lse", [shape.B, shape.H, shape.T]), try tensor("d", [M, shape.width]))
        let zeros = [Int32](repeating: 0, count: M)
        let batch = TokenBatch(
            batchSize: shape.B, ids: zeros, targets: zeros,
            documents: masked ? (0..<M).map { Int32(($0 % shape.T) / 13) } : nil)
        let loss = {
            backend.attentionForward(qkv: qkv, batch, shape: shape, out: out, lse: lse, scratch: scratch)
            return dot(out, r)
        }
        _ = loss()
        backend.attentionBackward(
            dout: r, out: out, qkv: qkv, lse: lse, batch, shape: shape, dqkv: d, scratch: scratch)
        #expect(difference(of: qkv, analytic: d, stride: 29, loss) < Self.tolerance)
    }

    @Test(
        "loss head: loss, hidden gradient and embedding gradient, one vocabulary tile and several",
        arguments: [33, 5000])
    func lossHead(V: Int) throws {
        let (M, T, D) = (10, 5, 12)
        let (h, e) = (try tensor("h", [M, D]), try tensor("e", [V, D], std: 0.3))
        let (loss, dh, dE) = (
            try tensor("l", [M]), try tensor("dh", [M, D]), try arena.tensor("t", "dE", .f32, [V, D])
        )
        let scratch = try scratch(AttentionShape(B: 2, T: T, H: 1, K: 1, d: D, scale: 1), vocabulary: V)
        let weight = try backend.linearWeight(master: e, training: true, in: arena, name: "e")
        let targets: [Int32] = [0, 5, -100, Int32(V - 1), 7, 7, 1, 2, -100, 3]
        let batch = TokenBatch(batchSize: M / T, ids: targets.map { max($0, 0) }, targets: targets)
        func run(gradients: Bool) -> Double {
            backend.pack([weight])
            backend.lossHead(
                h: h, embedding: weight, batch, logitScale: 0.8, gradientScale: 1, loss: loss,
                gradients: gradients ? (dh: dh, dE: dE) : nil, scratch: scratch)
            return (0..<M).reduce(0.0) { $0 + Double(loss.f32[$1]) }
        }
        _ = run(gradients: true)
        let (dhCopy, dECopy) = (try tensor("c1", [M, D]), try tensor("c2", [V, D]))
        dhCopy.f32.update(from: dh.f32, count: M * D)
        dECopy.f32.update(from: dE.f32, count: V * D)
        #expect(difference(of: h, analytic: dhCopy) { run(gradients: false) } < Self.tolerance)
        // A wider step for the embedding: the gradient of a token that is no target is of the order of 1/V.
        #expect(
            difference(of: e, analytic: dECopy, stride: V / 11, epsilon: 5e-2) { run(gradients: false) }
                < Self.tolerance)
    }

    /// Random numbers in the compute type.
    private func activations(_ name: String, _ compute: DType, _ shape: [Int]) throws -> Tensor {
        let (source, result) = (try tensor("src", shape), try arena.tensor("t", name, compute, shape))
        for i in 0..<result.count {
            switch compute {
            case .f32: result.f32[i] = source.f32[i]
            case .bf16: result.bf16[i] = UInt16(source.f32[i].bitPattern >> 16)
            }
        }
        return result
    }

    @Test(
        "a packed product gives the same bits for every number of rows", arguments: DType.withMatmul, [false, true])
    func rowInvariance(compute: DType, wide: Bool) throws {
        let backend = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: 1))
        let (M, N, K) = (64, wide ? 4500 : 96, 160)
        let scratch = try scratch(
            AttentionShape(B: 1, T: M, H: 1, K: 1, d: K, scale: 1), vocabulary: N, training: false, on: backend)
        let w = try tensor("w", [N, K])
        let weight = try backend.linearWeight(master: w, training: false, in: arena, name: "w")
        backend.pack([weight])
        let x = try activations("x", compute, [M, K])
        let (whole, part) = (try arena.tensor("t", "y", .f32, [M, N]), try arena.tensor("t", "z", .f32, [M, N]))
        backend.linearForward(x: x, weight: weight, y: whole, scratch: scratch)
        for rows in [0..<1, 0..<7, 0..<33, 5..<6, 31..<64, 63..<64] {
            backend.linearForward(x: x.rows(rows), weight: weight, y: part.rows(rows), scratch: scratch)
            #expect(backend.floats(part.rows(rows)) == backend.floats(whole.rows(rows)), "rows \(rows)")
        }
    }

    @Test("a gradient of the input has the same bits for every number of rows", arguments: DType.withMatmul)
    func backwardRowInvariance(compute: DType) throws {
        let backend = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: 1))
        let (M, N, K) = (64, 96, 160)
        let weight = try backend.linearWeight(master: try tensor("w", [N, K]), training: true, in: arena, name: "w")
        backend.pack([weight])
        let dy = try activations("dy", compute, [M, N])
        let (whole, part) = (
            try arena.tensor("t", "dx", compute, [M, K]), try arena.tensor("t", "p", compute, [M, K])
        )
        backend.linearBackwardInput(dy: dy, weight: weight, dx: whole)
        for rows in [0..<1, 0..<33, 5..<6, 31..<64] {
            backend.linearBackwardInput(dy: dy.rows(rows), weight: weight, dx: part.rows(rows))
            #expect(backend.floats(part.rows(rows)) == backend.floats(whole.rows(rows)), "rows \(rows)")
        }
    }

    @Test("bf16 has products on this CPU", .enabled(if: DType.withMatmul.contains(.bf16), "\(DType.noMatmul)"))
    func hasBF16() throws {
        let backend = try CPUBackend(compute: .bf16, pool: ThreadPool(threadCount: 1))
        _ = try backend.linearWeight(master: try tensor("w", [16, 16]), training: true, in: arena, name: "w")
    }

    @Test(
        "without products in bf16 a weight that is trained is refused with what to do",
        .enabled(if: !DType.withMatmul.contains(.bf16), "this CPU has bf16 products"))
    func noBF16() throws {
        let backend = try CPUBackend(compute: .bf16, pool: ThreadPool(threadCount: 1))
        #expect {
            _ = try backend.linearWeight(master: try tensor("w", [16, 16]), training: true, in: arena, name: "w")
        } throws: { "\($0)".contains("oneDNN has no bf16 products for this CPU") }
    }
}

// Every fast kernel table against the scalar one, over odd sizes and both storage types.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import Foundation
import Testing
import XMSupport
import XMTensor

/// Largest difference allowed, relative to 1 + |reference|.
private enum Tolerance {
    /// f32 sums of a few thousand terms in another order, and a polynomial exp of about 1 ulp.
    static let f32: Float = 2e-5
    /// One rounding to 8 bits may fall the other way: 2^-8.
    static let bf16: Float = 1 / 256 + 1e-4
}

/// A fast table, named for the test's title.
struct KernelTable: CustomTestStringConvertible, Sendable {
    let isa: InstructionSet
    var testDescription: String { isa.rawValue }
    var table: xm_kernels { xm_kernels_for(xm_isa(UInt32(InstructionSet.allCases.firstIndex(of: isa)!)))!.pointee }

    static let fast = InstructionSet.available.filter { $0 != .scalar }.map { KernelTable(isa: $0) }
    static var scalar: xm_kernels { xm_kernels_for(XM_ISA_SCALAR)!.pointee }
}

@Suite("KernelAgreementTests")
struct KernelAgreementTests {
    static let widths = [2, 4, 6, 16, 30, 34, 256, 510, 640]

    private func numbers(_ count: Int, _ name: String, scale: Float = 1) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer {
            RandomStream(seed: 7, name, UInt64(count)).fillNormal($0, std: scale, startingAt: 0)
        }
        return values
    }
    private func rounded(_ values: [Float]) -> [UInt16] {
        var result = [UInt16](repeating: 0, count: values.count)
        KernelTable.scalar.f32_to_bf16(values, &result, values.count)
        return result
    }
    private func widened(_ values: [UInt16]) -> [Float] { values.map { Float(bitPattern: UInt32($0) << 16) } }
    private func worst(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1) / (1 + abs($1.1))) }
    }

    @Test("residual RMSNorm forward and backward", arguments: KernelTable.fast, widths)
    func norm(kernel: KernelTable, D: Int) {
        let M = 3
        let (x, g, dy) = (numbers(M * D, "x"), numbers(D, "g"), rounded(numbers(M * D, "dy")))
        let branch = rounded(numbers(M * D, "branch"))
        func run(_ k: xm_kernels) -> [[Float]] {
            var (xOut, y, rstd) = (x, [UInt16](repeating: 0, count: M * D), [Float](repeating: 0, count: M))
            k.residual_rmsnorm_forward_bf16(x, branch, 0.5, g, 1e-5, &xOut, &y, &rstd, 0, M, D)
            var (dx, dbranch, dg) = (x, y, [Float](repeating: 0.25, count: D))
            k.residual_rmsnorm_backward_bf16(dy, xOut, g, rstd, 0.5, &dx, &dbranch, &dg, 0, M, D)
            return [xOut, rstd, dx, dg, widened(y), widened(dbranch)]
        }
        let (fast, slow) = (run(kernel.table), run(KernelTable.scalar))
        for index in 0..<4 { #expect(worst(fast[index], slow[index]) < Tolerance.f32 * 4, "output \(index)") }
        for index in 4..<6 { #expect(worst(fast[index], slow[index]) < 2 * Tolerance.bf16, "output \(index)") }
    }

    @Test("rope there and back", arguments: KernelTable.fast, [2, 6, 16, 64, 66])
    func rope(kernel: KernelTable, d: Int) {
        let (M, heads) = (3, 2)
        let x = numbers(M * heads * d, "x")
        let angles = numbers(5 * d / 2, "angles")
        let (c, s) = (angles.map { cos($0) }, angles.map { sin($0) })
        let positions: [Int32] = [4, 0, 2]
        func run(_ k: xm_kernels) -> [Float] {
            var y = x
            k.rope_f32(&y, heads * d, heads, d, c, s, positions, 1, 0, M)
            return y
        }
        let rotated = run(kernel.table)
        #expect(worst(rotated, run(KernelTable.scalar)) < Tolerance.f32)
        var back = rotated
        kernel.table.rope_f32(&back, heads * d, heads, d, c, s, positions, -1, 0, M)
        #expect(worst(back, x) < Tolerance.f32)
    }

    @Test("SwiGLU forward and backward", arguments: KernelTable.fast, widths)
    func swiglu(kernel: KernelTable, F: Int) {
        let gateUp = numbers(2 * 2 * F, "gate", scale: 4)
        let dout = numbers(2 * F, "dout")
        func run(_ k: xm_kernels) -> [[Float]] {
            var (out, again, d) = (dout, dout, gateUp)
            k.swiglu_forward_f32(gateUp, &out, 0, 2, F)
            k.swiglu_backward_f32(dout, gateUp, &d, &again, 0, 2, F)
            return [out, again, d]
        }
        for (fast, slow) in zip(run(kernel.table), run(KernelTable.scalar)) {
            #expect(worst(fast, slow) < Tolerance.f32)
        }
    }

    @Test("a softmax tile and its scaling", arguments: KernelTable.fast, [1, 3, 17, 255, 1024])
    func softmaxTile(kernel: KernelTable, n: Int) {
        let (rows, ld) = (3, n + 5)
        let logits = numbers(rows * ld, "logits", scale: 5)
        func run(_ k: xm_kernels) -> [[Float]] {
            var (largest, sums) = ([Float](repeating: 9, count: 2 * rows), [Float](repeating: 9, count: 2 * rows))
            var e = [Float](repeating: 9, count: rows * ld)
            k.softmax_tile_f32(logits, ld, 0.5, &e, ld, &largest, &sums, 2, rows, n)
            var halves = [UInt16](repeating: 0, count: rows * ld)
            k.softmax_tile_bf16(logits, ld, 0.5, &halves, ld, &largest, &sums, 2, rows, n)
            var scaled = e
            k.scale_row_f32(&scaled, 0.3, n)
            k.scale_row_bf16(&halves, 0.3, n)
            return [largest, sums.map { $0 / Float(n) }, e, scaled, widened(halves)]
        }
        let (fast, slow) = (run(kernel.table), run(KernelTable.scalar))
        for index in 0..<4 { #expect(worst(fast[index], slow[index]) < Tolerance.f32, "output \(index)") }
        #expect(worst(fast[4], slow[4]) < 2 * Tolerance.bf16)
        #expect(fast[2][n] == 9 && fast[0][1] == 9, "what lies between rows is not touched")
    }

    @Test(
        "AdamW against the formula in Float64", arguments: KernelTable.fast + [KernelTable(isa: .scalar)],
        [1, 3, 17, 255])
    func adamw(kernel: KernelTable, count: Int) {
        var (w, m, v) = (numbers(count, "w"), [Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var (W, M, V) = (w.map(Double.init), m.map(Double.init), v.map(Double.init))
        for t in 1...3 {
            let g = numbers(count, "g\(t)")
            var p = xm_adamw_params(
                learning_rate: 0.01, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1, grad_scale: 0.5,
                bias_correction1: Float(1 - pow(0.9, Double(t))), bias_correction2: Float(1 - pow(0.95, Double(t))))
            kernel.table.adamw(&w, g, &m, &v, count, &p)
            for i in 0..<count {
                let d = Double(g[i]) * 0.5
                M[i] = 0.9 * M[i] + 0.1 * d
                V[i] = 0.95 * V[i] + 0.05 * d * d
                let step = M[i] / (1 - pow(0.9, Double(t))) / ((V[i] / (1 - pow(0.95, Double(t)))).squareRoot() + 1e-8)
                W[i] -= 0.01 * (step + 0.1 * W[i])
            }
        }
        #expect(worst(w, W.map { Float($0) }) < Tolerance.f32)
    }

    @Test("bf16 rounds to nearest even, for every upper half and the ties", arguments: KernelTable.fast)
    func bf16(kernel: KernelTable) {
        for low in [UInt32(0), 0x7fff, 0x8000, 0x8001, 0xffff] {
            let values = (0..<UInt32(65536)).map { Float(bitPattern: $0 << 16 | low) }
            var (fast, slow) = ([UInt16](repeating: 0, count: 65536), [UInt16](repeating: 0, count: 65536))
            kernel.table.f32_to_bf16(values, &fast, values.count)
            KernelTable.scalar.f32_to_bf16(values, &slow, values.count)
            for index in values.indices {
                if values[index].isNaN {
                    #expect(widened([fast[index]])[0].isNaN)
                } else if values[index].isNormal || values[index] == 0 {
                    #expect(fast[index] == slow[index])
                }
            }
        }
    }

    @Test("embedding, sum of squares and addition", arguments: KernelTable.fast, [1, 17, 1025])
    func vectors(kernel: KernelTable, D: Int) {
        let (table, dx) = (numbers(4 * D, "table"), numbers(5 * D, "dx"))
        let ids: [Int32] = [3, 0, 3, 1, 3]
        func run(_ k: xm_kernels) -> [[Float]] {
            var (out, grad, sum) = (dx, table, table)
            k.embedding_forward(ids, table, 12, &out, 0, 5, D)
            k.embedding_backward(ids, dx, 12, &grad, 5, D, 1, 4)
            k.add_f32(dx, &sum, 4 * D)
            return [out, grad, sum, [Float(k.sum_squares(dx, 5 * D))]]
        }
        for (fast, slow) in zip(run(kernel.table), run(KernelTable.scalar)) {
            #expect(worst(fast, slow) < Tolerance.f32)
        }
    }

    @Test("a split row range gives the same bits as one range", arguments: KernelTable.fast)
    func split(kernel: KernelTable) {
        let (M, F) = (7, 33)
        let gateUp = numbers(M * 2 * F, "gate")
        var (whole, parts) = ([Float](repeating: 0, count: M * F), [Float](repeating: 0, count: M * F))
        kernel.table.swiglu_forward_f32(gateUp, &whole, 0, M, F)
        for r in 0..<M { kernel.table.swiglu_forward_f32(gateUp, &parts, r, r + 1, F) }
        kernel.table.swiglu_forward_f32(gateUp, &parts, 3, 3, F)
        #expect(whole == parts)
    }
}

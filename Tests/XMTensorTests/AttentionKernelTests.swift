// Attention kernels of every instruction set against the scalar one, and bits of a row whatever stands beside it.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import Foundation
import Testing
import XMSupport
import XMTensor

/// Largest difference allowed, relative to 1 + |reference|.
private enum Tolerance {
    /// f32 sums of some hundred terms in another order, and a polynomial exp of about 1 ulp.
    static let f32: Float = 2e-5
    /// Results and probabilities rounded to 8 bits, which may fall the other way: 2^-8 each.
    static let bf16: Float = 3 / 256
}

/// One attention problem: T rows of one head, every row seeing the keys from its document's start.
struct AttentionCase: CustomTestStringConvertible, Sendable {
    let T: Int
    let d: Int
    let documentStart: Int
    var testDescription: String { "T \(T), d \(d), document from \(documentStart)" }

    static let all = [
        (1, 2, 0), (3, 6, 0), (17, 64, 0), (17, 16, 16), (65, 64, 40), (130, 128, 0), (255, 18, 100), (255, 64, 0),
    ].map { AttentionCase(T: $0.0, d: $0.1, documentStart: $0.2) }

    var firstVisible: [Int32] { (0..<T).map { Int32($0 >= documentStart ? documentStart : 0) } }
    var padded: Int { (d + 15) / 16 * 16 }
    var packedCount: Int { (T + 31) / 32 * 32 * padded }
    var scale: Float { 1 / Float(d).squareRoot() }

    func numbers(_ name: String, _ count: Int) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer {
            RandomStream(seed: 11, name, UInt64(count)).fillNormal($0, std: 1.5, startingAt: 0)
        }
        return values
    }
}

@Suite("AttentionKernelTests")
struct AttentionKernelTests {
    private func rounded(_ values: [Float]) -> [UInt16] {
        var result = [UInt16](repeating: 0, count: values.count)
        KernelTable.scalar.f32_to_bf16(values, &result, values.count)
        return result
    }
    private func widened(_ values: [UInt16]) -> [Float] { values.map { Float(bitPattern: UInt32($0) << 16) } }
    private func worst(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1) / (1 + abs($1.1))) }
    }

    /// Rows of the padded gradient [T, padded], cut to d.
    private func cut(_ gradient: [Float], _ c: AttentionCase) -> [Float] {
        (0..<c.T).flatMap { gradient[$0 * c.padded..<$0 * c.padded + c.d] }
    }

    /// out, lse, dq, dk, dv.
    private func f32(_ k: xm_kernels, _ c: AttentionCase) -> [[Float]] {
        let (T, d) = (c.T, c.d)
        let (q, key, value, dout) = (
            c.numbers("q", T * d), c.numbers("k", T * d), c.numbers("v", T * d), c.numbers("dout", T * d)
        )
        let zeros = [Float](repeating: 0, count: c.packedCount)
        var (keys, keyPairs, values, valuePairs) = (zeros, zeros, zeros, zeros)
        k.attention_pack_f32(key, d, 0, T, d, &keys, &keyPairs)
        k.attention_pack_f32(value, d, 0, T, d, &values, &valuePairs)
        var scratch = [Float](repeating: 0, count: xm_attention_scratch(T, d))
        var (out, lse, dq, dk, dv) = (q, [Float](repeating: 0, count: T), q, zeros, zeros)
        k.attention_forward_f32(
            q, d, XM_CACHE_F32, keys, valuePairs, T, 0, 1, c.firstVisible, d, c.scale, &out, d, &lse, &scratch)
        for first in stride(from: 0, to: T, by: 64) {
            let rows = min(64, T - first)
            let visible = Array(c.firstVisible[first...])
            var part = [Float](repeating: 0, count: rows * d)
            k.attention_backward_f32(
                Array(q[(first * d)...]), d, Array(out[(first * d)...]), Array(dout[(first * d)...]), d, keys, keyPairs,
                values, Array(lse[first...]), visible, rows, first, d, c.scale, &part, &dk, &dv, 0,
                &scratch)
            dq.replaceSubrange(first * d..<(first + rows) * d, with: part)
        }
        return [out, lse, dq, cut(dk, c), cut(dv, c)]
    }

    private func bf16(_ k: xm_kernels, _ c: AttentionCase) -> [[Float]] {
        let (T, d) = (c.T, c.d)
        let (q, key, value, dout) = (
            rounded(c.numbers("q", T * d)), rounded(c.numbers("k", T * d)), rounded(c.numbers("v", T * d)),
            rounded(c.numbers("dout", T * d))
        )
        let zeros = [UInt16](repeating: 0, count: c.packedCount)
        var (keys, keyPairs, values, valuePairs) = (zeros, zeros, zeros, zeros)
        k.attention_pack_bf16(key, d, 0, T, d, &keys, &keyPairs)
        k.attention_pack_bf16(value, d, 0, T, d, &values, &valuePairs)
        var scratch = [Float](repeating: 0, count: xm_attention_scratch(T, d))
        var (out, lse, dq) = (q, [Float](repeating: 0, count: T), q)
        var (dk, dv) = ([Float](repeating: 0, count: c.packedCount), [Float](repeating: 0, count: c.packedCount))
        k.attention_forward_bf16(
            q, d, XM_CACHE_BF16, keys, valuePairs, T, 0, 1, c.firstVisible, d, c.scale, &out, d, &lse, &scratch)
        for first in stride(from: 0, to: T, by: 64) {
            let rows = min(64, T - first)
            let visible = Array(c.firstVisible[first...])
            var part = [UInt16](repeating: 0, count: rows * d)
            k.attention_backward_bf16(
                Array(q[(first * d)...]), d, Array(out[(first * d)...]), Array(dout[(first * d)...]), d, keys, keyPairs,
                values, Array(lse[first...]), visible, rows, first, d, c.scale, &part, &dk, &dv, 0,
                &scratch)
            dq.replaceSubrange(first * d..<(first + rows) * d, with: part)
        }
        return [widened(out), lse, widened(dq), cut(dk, c), cut(dv, c)]
    }

    @Test("forward and backward agree with the reference", arguments: KernelTable.fast, AttentionCase.all)
    func agreement(kernel: KernelTable, c: AttentionCase) {
        for (name, (fast, slow)) in zip(
            ["out", "lse", "dq", "dk", "dv"], zip(f32(kernel.table, c), f32(KernelTable.scalar, c)))
        {
            #expect(worst(fast, slow) < Tolerance.f32, "f32 \(name)")
        }
        for (name, (fast, slow)) in zip(
            ["out", "lse", "dq", "dk", "dv"], zip(bf16(kernel.table, c), bf16(KernelTable.scalar, c)))
        {
            #expect(worst(fast, slow) < Tolerance.bf16, "bf16 \(name)")
        }
    }

    @Test("two keys by hand: softmax of (0, ln 3) gives weights 1/4 and 3/4", arguments: InstructionSet.available)
    func byHand(isa: InstructionSet) {
        let k = KernelTable(isa: isa).table
        let (q, key, value): ([Float], [Float], [Float]) = ([9, 9, 1, 0], [0, 5, Float(log(3.0)), 7], [4, 0, 8, 40])
        var (keys, values) = ([Float](repeating: 0, count: 32), [Float](repeating: 0, count: 32 * 16))
        k.attention_pack_f32(key, 2, 0, 2, 2, &keys, nil)
        k.attention_pack_f32(value, 2, 0, 2, 2, nil, &values)
        var (out, lse) = ([Float](repeating: 0, count: 4), [Float](repeating: 0, count: 2))
        var scratch = [Float](repeating: 0, count: xm_attention_scratch(2, 2))
        k.attention_forward_f32(q, 2, XM_CACHE_F32, keys, values, 2, 0, 1, nil, 2, 1, &out, 2, &lse, &scratch)
        for (found, wanted) in zip(out + [lse[1]], [4, 0, 7, 30, Float(log(4.0))]) {
            #expect(abs(found - wanted) < 1e-4)
        }
    }

    @Test("a row has the same bits alone, in any group of rows, and packed in any order", arguments: KernelTable.fast)
    func sameBits(kernel: KernelTable) {
        let (k, c) = (kernel.table, AttentionCase(T: 77, d: 64, documentStart: 0))
        let (T, d) = (c.T, c.d)
        let (q, key, value) = (
            rounded(c.numbers("q", T * d)), rounded(c.numbers("k", T * d)), rounded(c.numbers("v", T * d))
        )
        func run(_ cuts: [Int]) -> [UInt16] {
            var (keys, values) = (
                [UInt16](repeating: 0, count: c.packedCount), [UInt16](repeating: 0, count: c.packedCount)
            )
            var (out, scratch) = (q, [Float](repeating: .nan, count: xm_attention_scratch(T, d)))
            for (first, last) in zip(cuts, cuts.dropFirst()) {
                k.attention_pack_bf16(Array(key[(first * d)...]), d, first, last - first, d, &keys, nil)
                k.attention_pack_bf16(Array(value[(first * d)...]), d, first, last - first, d, nil, &values)
                var part = [UInt16](repeating: 0, count: (last - first) * d)
                k.attention_forward_bf16(
                    Array(q[(first * d)...]), d, XM_CACHE_BF16, keys, values, last - first, first, 1, nil, d, c.scale,
                    &part, d, nil,
                    &scratch)
                out.replaceSubrange(first * d..<last * d, with: part)
            }
            return out
        }
        let whole = run([0, T])
        #expect(run(Array(0...T)) == whole)
        #expect(run([0, 1, 4, 9, 16, 33, 76, T]) == whole)
    }
}

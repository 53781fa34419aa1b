// Kernels of the cache's storage types: what is stored comes back within a bound, every instruction set has the same
// bits, and attention over stored blocks has those of attention over unpacked ones.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels
import Foundation
import Testing
import XMSupport
import XMTensor

/// Error of a number that was stored and read in f32, relative to the number, and for Q8 to the largest of its 32.
private enum Tolerance {
    /// Half a unit in the last place of 8 and of 11 bits.
    static let bf16: Float = 1 / 256
    static let f16: Float = 1 / 2048
    /// Half a step of 1/127, and what the rounding of the scale to 11 bits adds to it.
    static let q8: Float = 0.501 / 127
    /// f32 sums of some hundred terms in another order, relative to 1 + the result.
    static let attention: Float = 2e-5
}

/// Keys and values [T, d] of one head in a cache type, for one kernel table.
private struct StoredHead {
    let type: xm_cache_type
    let d: Int
    var keys: [UInt8]
    var values: [UInt8]
    var padded: Int { (d + 15) / 16 * 16 }
    let blocks: Int

    init(_ type: xm_cache_type, T: Int, d: Int) {
        (self.type, self.d) = (type, d)
        blocks = (T + 15) / 16
        keys = [UInt8](repeating: 0, count: blocks * xm_cache_block_bytes(type, d))
        values = [UInt8](repeating: 0, count: blocks * xm_cache_block_bytes(type, (d + 15) / 16 * 16))
    }

    mutating func store(_ k: xm_kernels, key: [Float], value: [Float], first: Int = 0) {
        k.attention_store_f32(type, key, d, first, key.count / d, d, &keys, nil)
        k.attention_store_f32(type, value, d, first, value.count / d, d, nil, &values)
    }
    mutating func store(_ k: xm_kernels, key: [UInt16], value: [UInt16], first: Int = 0) {
        k.attention_store_bf16(type, key, d, first, key.count / d, d, &keys, nil)
        k.attention_store_bf16(type, value, d, first, value.count / d, d, nil, &values)
    }

    func unpackedF32(_ k: xm_kernels) -> (dot: [Float], pairs: [Float]) {
        var dot = [Float](repeating: 0, count: blocks * 16 * d)
        var pairs = [Float](repeating: 0, count: blocks * 16 * padded)
        k.attention_unpack_f32(type, keys, values, blocks, d, &dot, &pairs)
        return (dot, pairs)
    }
    func unpackedBF16(_ k: xm_kernels) -> (dot: [UInt16], pairs: [UInt16]) {
        var dot = [UInt16](repeating: 0, count: blocks * 16 * d)
        var pairs = [UInt16](repeating: 0, count: blocks * 16 * padded)
        k.attention_unpack_bf16(type, keys, values, blocks, d, &dot, &pairs)
        return (dot, pairs)
    }

    /// The key at a position as f32 attention reads it: blocks of 16 positions, a row of 16 for each of the d elements.
    static func key(_ dot: [Float], at position: Int, d: Int) -> [Float] {
        (0..<d).map { dot[position / 16 * 16 * d + $0 * 16 + position % 16] }
    }
}

@Suite("CacheKernelTests")
struct CacheKernelTests {
    private static let types = [XM_CACHE_BF16, XM_CACHE_F16, XM_CACHE_Q8]
    private static let shapes = [(1, 2), (3, 6), (17, 64), (33, 40), (70, 128), (130, 18), (255, 64)]

    private func numbers(_ name: String, _ count: Int) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer {
            RandomStream(seed: 5, name, UInt64(count)).fillNormal($0, std: 1.5, startingAt: 0)
        }
        return values
    }
    private func rounded(_ values: [Float]) -> [UInt16] {
        var result = [UInt16](repeating: 0, count: values.count)
        KernelTable.scalar.f32_to_bf16(values, &result, values.count)
        return result
    }

    /// Stores one key of `row.count` elements and reads it again.
    private func roundTrip(_ row: [Float], _ type: xm_cache_type, _ k: xm_kernels) -> [Float] {
        var head = StoredHead(type, T: 1, d: row.count)
        head.store(k, key: row, value: row)
        let (dot, pairs) = head.unpackedF32(k)
        let key = StoredHead.key(dot, at: 0, d: row.count)
        let isSame = zip(key, pairs).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
        #expect(isSame, "a key and a value of the same numbers")
        return key
    }

    @Test("numbers by hand", arguments: InstructionSet.available)
    func byHand(isa: InstructionSet) {
        let k = KernelTable(isa: isa).table
        // bf16 keeps 8 bits, f16 11: 1 + 2^-8 lies half way between 1 and the next number of bf16; the even one wins.
        let row: [Float] = [1 + 0x1p-8, 1 + 0x1p-10, 1 + 0x1p-11, -3, 100_000, -0x1p-24]
        #expect(roundTrip(row, XM_CACHE_BF16, k) == [1, 1, 1, -3, 99_840, -0x1p-24])
        // The largest number of f16 is 65504: larger ones become it.
        let halves: [Float] = [1 + 0x1p-8, 1 + 0x1p-10, 1, -3, 65_504, -0x1p-24]
        #expect(roundTrip(row, XM_CACHE_F16, k) == halves)
        // The largest of 32 makes the scale; here it is 254 / 127 = 2, in the second group 4.
        var quants = [Float](repeating: 0, count: 34)
        (quants[0], quants[1], quants[2], quants[3], quants[31]) = (254, -3.9, 2.9, 1, -254)
        (quants[32], quants[33]) = (0, 508)
        var expected = quants
        (expected[1], expected[2], expected[3]) = (-4, 2, 0)
        #expect(roundTrip(quants, XM_CACHE_Q8, k) == expected)
        #expect(roundTrip([0, -0], XM_CACHE_Q8, k) == [0, 0])
    }

    @Test("what is no number stays none, and spoils no other group", arguments: InstructionSet.available)
    func notFinite(isa: InstructionSet) {
        let k = KernelTable(isa: isa).table
        for bad in [Float.nan, .infinity, -.infinity] {
            var row = [Float](repeating: 1, count: 64)
            row[40] = bad
            for type in Self.types {
                let read = roundTrip(row, type, k)
                let worst = read[..<32].map { abs($0 - 1) }.max()!
                #expect(!read[40].isFinite && worst < 0.01)
            }
        }
    }

    @Test("a row comes back within the type's bound", arguments: InstructionSet.available)
    func bounds(isa: InstructionSet) {
        let k = KernelTable(isa: isa).table
        for scale: Float in [1, 1e-3, 300] {
            let row = numbers("row", 96).map { scale * $0 }
            for (type, tolerance) in [(XM_CACHE_BF16, Tolerance.bf16), (XM_CACHE_F16, Tolerance.f16)] {
                for (number, read) in zip(row, roundTrip(row, type, k)) {
                    #expect(abs(number - read) <= max(tolerance * abs(number), 0x1p-25))
                }
            }
            let read = roundTrip(row, XM_CACHE_Q8, k)
            for first in [0, 32, 64] {
                let largest = row[first..<first + 32].map(abs).max()!
                let worst = (first..<first + 32).map { abs(row[$0] - read[$0]) }.max()!
                #expect(worst <= Tolerance.q8 * largest)
            }
        }
    }

    @Test("every instruction set stores and unpacks the same bits", arguments: KernelTable.fast, shapes)
    func sameBits(kernel: KernelTable, shape: (T: Int, d: Int)) {
        let count = shape.T * shape.d
        let (key, value) = (numbers("key", count), numbers("value", count))
        for type in Self.types {
            var (fast, slow) = (StoredHead(type, T: shape.T, d: shape.d), StoredHead(type, T: shape.T, d: shape.d))
            fast.store(kernel.table, key: key, value: value)
            slow.store(KernelTable.scalar, key: key, value: value)
            #expect(fast.keys == slow.keys && fast.values == slow.values)
            let (one, other) = (fast.unpackedF32(kernel.table), slow.unpackedF32(KernelTable.scalar))
            #expect(one.dot == other.dot && one.pairs == other.pairs)
            guard type != XM_CACHE_BF16 else { continue }  // under bf16 that is the packed form itself
            (fast, slow) = (StoredHead(type, T: shape.T, d: shape.d), StoredHead(type, T: shape.T, d: shape.d))
            fast.store(kernel.table, key: rounded(key), value: rounded(value))
            slow.store(KernelTable.scalar, key: rounded(key), value: rounded(value))
            #expect(fast.keys == slow.keys && fast.values == slow.values)
            let (half, otherHalf) = (fast.unpackedBF16(kernel.table), slow.unpackedBF16(KernelTable.scalar))
            #expect(half.dot == otherHalf.dot && half.pairs == otherHalf.pairs)
        }
    }

    @Test("f16 holds bf16 exactly, in the order of the packed form", arguments: InstructionSet.available)
    func exactUnderBF16(isa: InstructionSet) {
        let (k, T, d) = (KernelTable(isa: isa).table, 37, 64)
        let (key, value) = (rounded(numbers("key", T * d)), rounded(numbers("value", T * d)))
        var (halves, own) = (StoredHead(XM_CACHE_F16, T: T, d: d), StoredHead(XM_CACHE_BF16, T: T, d: d))
        halves.store(k, key: key, value: value)
        own.store(k, key: key, value: value)
        var (dot, pairs) = ([UInt16](repeating: 0, count: 48 * d), [UInt16](repeating: 0, count: 48 * d))
        k.attention_pack_bf16(key, d, 0, T, d, &dot, nil)
        k.attention_pack_bf16(value, d, 0, T, d, nil, &pairs)
        let unpacked = halves.unpackedBF16(k)
        #expect(unpacked.dot == dot && unpacked.pairs == pairs)
        #expect(own.keys == dot.withUnsafeBytes { Array($0) } && own.values == pairs.withUnsafeBytes { Array($0) })
    }

    @Test("rows stored one by one or in any chunks leave the same bytes", arguments: InstructionSet.available)
    func chunks(isa: InstructionSet) {
        let (k, T, d) = (KernelTable(isa: isa).table, 37, 40)
        let (key, value) = (rounded(numbers("key", T * d)), rounded(numbers("value", T * d)))
        func stored(_ type: xm_cache_type, _ cuts: [Int]) -> StoredHead {
            var head = StoredHead(type, T: T, d: d)
            for (first, last) in zip(cuts, cuts.dropFirst()) {
                let rows = first * d..<last * d
                head.store(k, key: Array(key[rows]), value: Array(value[rows]), first: first)
            }
            return head
        }
        for type in [XM_CACHE_F16, XM_CACHE_Q8] {
            let whole = stored(type, [0, T]).unpackedBF16(k)
            for cuts in [Array(0...T), [0, 1, 6, 7, 16, 35, T]] {
                let parts = stored(type, cuts).unpackedBF16(k)
                #expect(parts.dot == whole.dot && parts.pairs == whole.pairs)
            }
        }
    }

    @Test(
        "attention over stored blocks has the bits of attention over unpacked ones", arguments: KernelTable.fast,
        AttentionCase.all)
    func attention(kernel: KernelTable, c: AttentionCase) {
        let (k, T, d) = (kernel.table, c.T, c.d)
        let (q, key, value) = (c.numbers("q", T * d), c.numbers("k", T * d), c.numbers("v", T * d))
        var scratch = [Float](repeating: .nan, count: xm_attention_scratch(T, d))
        for type in Self.types {
            var head = StoredHead(type, T: T, d: d)
            head.store(k, key: key, value: value)
            let unpacked = head.unpackedF32(k)
            var (read, whole, slow) = (q, q, q)
            k.attention_forward_f32(
                q, d, type, head.keys, head.values, T, 0, 1, c.firstVisible, d, c.scale, &read, d, nil, &scratch)
            k.attention_forward_f32(
                q, d, XM_CACHE_F32, unpacked.dot, unpacked.pairs, T, 0, 1, c.firstVisible, d, c.scale, &whole, d, nil,
                &scratch)
            #expect(read == whole, "f32, type \(type.rawValue)")
            KernelTable.scalar.attention_forward_f32(
                q, d, type, head.keys, head.values, T, 0, 1, c.firstVisible, d, c.scale, &slow, d, nil, &scratch)
            let worst = zip(read, slow).map { abs($0 - $1) / (1 + abs($1)) }.max()!
            #expect(worst < Tolerance.attention)
            guard type != XM_CACHE_BF16 else { continue }
            head.store(k, key: rounded(key), value: rounded(value))
            let halves = head.unpackedBF16(k)
            var (first, second) = (rounded(q), rounded(q))
            k.attention_forward_bf16(
                rounded(q), d, type, head.keys, head.values, T, 0, 1, c.firstVisible, d, c.scale, &first, d, nil,
                &scratch)
            k.attention_forward_bf16(
                rounded(q), d, XM_CACHE_BF16, halves.dot, halves.pairs, T, 0, 1, c.firstVisible, d, c.scale, &second, d,
                nil, &scratch)
            #expect(first == second, "bf16, type \(type.rawValue)")
        }
    }
}

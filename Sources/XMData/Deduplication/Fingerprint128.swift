// A 128-bit hash of bytes, for exact duplicates: with 10^10 documents the probability of any false match is 10^-19.
// Two lanes of 64-bit multiplications folded to 64 bits; not collision-resistant against an adversary.
// SPDX-License-Identifier: Apache-2.0

package struct Fingerprint128: Hashable, Comparable, Sendable, Codable, BitwiseCopyable {
    package let high: UInt64
    package let low: UInt64

    package init(of text: String) {
        var text = text
        self = text.withUTF8 { Fingerprint128(of: UnsafeRawBufferPointer($0)) }
    }

    init(of bytes: UnsafeRawBufferPointer) {
        // Digits of pi and e in base 16.
        var a: UInt64 = 0x243F_6A88_85A3_08D3
        var b: UInt64 = 0xB7E1_5162_8AED_2A6B
        var index = 0
        while index + 16 <= bytes.count {
            let x = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let y = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index + 8, as: UInt64.self))
            a = Self.fold(a ^ x, 0x1319_8A2E_0370_7345 ^ y)
            b = Self.fold(b ^ y, 0xBF71_5880_9CF4_F3C7 ^ x)
            // Preserves the input when one factor happens to be zero.
            a &+= x
            b &+= y
            index += 16
        }
        var tail: (UInt64, UInt64) = (0, 0)
        for (offset, byte) in bytes[index...].enumerated() {
            if offset < 8 {
                tail.0 |= UInt64(byte) << UInt64(8 * offset)
            } else {
                tail.1 |= UInt64(byte) << UInt64(8 * offset - 64)
            }
        }
        // The length is mixed over all bits, so that no small change of the tail can cancel it.
        let length = Hashing.mixed(UInt64(bytes.count) + 1)
        a = Self.fold(a ^ tail.0 ^ length, 0xA409_3822_299F_31D1 ^ tail.1)
        b = Self.fold(b ^ tail.1 ^ length.byteSwapped, 0x62E7_160F_38B4_DA56 ^ tail.0)
        high = Hashing.mixed(a ^ b &* 0x9E37_79B9_7F4A_7C15)
        low = Hashing.mixed(b ^ a &* 0xC2B2_AE3D_27D4_EB4F)
    }

    @inline(__always)
    private static func fold(_ x: UInt64, _ y: UInt64) -> UInt64 {
        let product = x.multipliedFullWidth(by: y)
        return product.high ^ product.low
    }

    package static func < (a: Fingerprint128, b: Fingerprint128) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }
}

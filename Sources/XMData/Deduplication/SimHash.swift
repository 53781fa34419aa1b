// A text's 64-bit SimHash (Charikar 2002): bit i is the majority of bit i over the hashes of the text's shingles, so
// that texts with nearly the same shingles differ in few bits. A shingle counted shortly before is not counted again:
// otherwise a table of zeros would outweigh all other words, and texts sharing only zeros would look alike.
// SPDX-License-Identifier: Apache-2.0

enum SimHash {
    /// Slots of the direct-mapped table of recent shingles.
    private static let remembered = 1 << 12

    static func fingerprint(_ words: WordHashes, shingleWords: Int) -> UInt64 {
        let length = max(1, min(shingleWords, words.hashes.count))
        guard words.hashes.count >= length else { return 0 }
        // 64 bit-sliced counters: plane p holds bit p of every counter. Four hashes at a time are summed into the two
        // lowest planes by carry-save adders, and only their carries ripple through the others.
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64 + remembered) { memory in
            memory.initialize(repeating: 0)
            let planes = UnsafeMutableBufferPointer(rebasing: memory[..<64])
            let recent = UnsafeMutableBufferPointer(rebasing: memory[64...])
            var count = 0
            var waiting: (UInt64, UInt64, UInt64) = (0, 0, 0)
            var held = 0
            func carry(_ bits: UInt64, from plane: Int) {
                var (carry, plane) = (bits, plane)
                while carry != 0 {
                    let both = planes[plane] & carry
                    planes[plane] ^= carry
                    carry = both
                    plane += 1
                }
            }
            words.forEachPhrase(length) { _, hash in
                let slot = Int(truncatingIfNeeded: hash) & (remembered - 1)
                if recent[slot] == hash { return true }
                recent[slot] = hash
                count += 1
                switch held {
                case 0: waiting.0 = hash
                case 1: waiting.1 = hash
                case 2: waiting.2 = hash
                default:
                    let (ones, firstTwos) = Self.sum(planes[0], waiting.0, waiting.1)
                    let (lowest, secondTwos) = Self.sum(ones, waiting.2, hash)
                    let (twos, fours) = Self.sum(planes[1], firstTwos, secondTwos)
                    (planes[0], planes[1]) = (lowest, twos)
                    carry(fours, from: 2)
                }
                held = (held + 1) & 3
                return true
            }
            if held > 0 { carry(waiting.0, from: 0) }
            if held > 1 { carry(waiting.1, from: 0) }
            if held > 2 { carry(waiting.2, from: 0) }
            var fingerprint: UInt64 = 0
            for bit in 0..<64 {
                var ones = 0
                for plane in 0..<48 { ones |= Int(planes[plane] >> UInt64(bit) & 1) << plane }
                if 2 * ones > count { fingerprint |= 1 << UInt64(bit) }
            }
            return fingerprint
        }
    }

    /// Full adder in each of 64 lanes: the low and high bits of a + b + c.
    @inline(__always)
    private static func sum(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> (low: UInt64, high: UInt64) {
        let either = a ^ b
        return (either ^ c, a & b | either & c)
    }
}

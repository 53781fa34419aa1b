// A text's 64-bit SimHash (Charikar 2002): bit i is what most of the text's shingles have at bit i of their hash, so
// that texts with nearly the same shingles differ in few bits.
// SPDX-License-Identifier: Apache-2.0

enum SimHash {
    static func fingerprint(_ words: WordHashes, shingleWords: Int) -> UInt64 {
        let length = max(1, min(shingleWords, words.hashes.count))
        guard words.hashes.count >= length else { return 0 }
        let count = words.hashes.count - length + 1
        // 64 counters side by side: plane p holds bit p of every counter. Adding a hash carries through the planes,
        // two on average, instead of touching 64 numbers.
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 64) { planes in
            planes.initialize(repeating: 0)
            for first in 0..<count {
                var carry = words.phrase(first, length)
                var plane = 0
                while carry != 0 {
                    let both = planes[plane] & carry
                    planes[plane] ^= carry
                    carry = both
                    plane += 1
                }
            }
            var fingerprint: UInt64 = 0
            for bit in 0..<64 {
                var ones = 0
                for plane in 0..<48 { ones |= Int(planes[plane] >> UInt64(bit) & 1) << plane }
                if 2 * ones > count { fingerprint |= 1 << UInt64(bit) }
            }
            return fingerprint
        }
    }
}

// 64-bit hashes of words and phrases. No file that outlives a recipe stores them, but deduplication depends on them:
// changing a hash changes which near-duplicates are found.
// SPDX-License-Identifier: Apache-2.0

enum Hashing {
    /// FNV-1a over whole symbols: offset basis here, prime in `add`; `mixed` makes every bit depend on every other.
    static let basis: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    static func add(_ hash: UInt64, _ symbol: UInt64) -> UInt64 { (hash ^ symbol) &* 0x0000_0100_0000_01B3 }

    /// The finaliser of MurmurHash3: a permutation of 64-bit numbers.
    @inline(__always)
    static func mixed(_ hash: UInt64) -> UInt64 {
        var hash = hash
        hash ^= hash >> 33
        hash &*= 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        hash &*= 0xC4CE_B9FE_1A85_EC53
        return hash ^ hash >> 33
    }
}

// Counts occurrences of 64-bit hashes in an open-addressing hash table with linear probing. The hashes are mixed
// already, so their low bits index the table.
// SPDX-License-Identifier: Apache-2.0

struct PhraseCounter {
    private var keys: [UInt64]
    private var counts: [UInt32]
    private let mask: Int

    /// Capacity for `expected` distinct hashes; more must not be added.
    init(expected: Int) {
        var capacity = 16
        while capacity < 2 * expected { capacity *= 2 }
        keys = Array(repeating: 0, count: capacity)
        counts = Array(repeating: 0, count: capacity)
        mask = capacity - 1
    }

    /// Counts a hash; returns how often it has been seen before.
    @inline(__always)
    mutating func add(_ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while counts[slot] != 0 {
            if keys[slot] == hash {
                counts[slot] += 1
                return Int(counts[slot]) - 1
            }
            slot = (slot + 1) & mask
        }
        keys[slot] = hash
        counts[slot] = 1
        return 0
    }
}

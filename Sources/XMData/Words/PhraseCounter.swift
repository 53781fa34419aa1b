// How often each 64-bit hash was seen, in a table of open addressing: the hashes are mixed already, so their low bits
// are their place.
// SPDX-License-Identifier: Apache-2.0

struct PhraseCounter {
    private var keys: [UInt64]
    private var counts: [UInt32]
    private let mask: Int

    /// Room for `expected` different hashes; more must not be added.
    init(expected: Int) {
        var capacity = 16
        while capacity < 2 * expected { capacity *= 2 }
        keys = Array(repeating: 0, count: capacity)
        counts = Array(repeating: 0, count: capacity)
        mask = capacity - 1
    }

    /// Counts a hash; returns how often it was seen before.
    @inline(__always)
    mutating func add(_ hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & mask
        while counts[place] != 0 {
            if keys[place] == hash {
                counts[place] += 1
                return Int(counts[place]) - 1
            }
            place = (place + 1) & mask
        }
        keys[place] = hash
        counts[place] = 1
        return 0
    }
}

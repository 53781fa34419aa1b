// The merge rules of byte pair encoding (Sennrich et al. 2016), by pair of ids. MergeTable+Search.swift applies them.
// SPDX-License-Identifier: Apache-2.0

struct MergeTable: Sendable {
    struct Merge: Sendable {
        /// Lower ranks are applied first.
        var rank: Int32
        /// The symbol that the pair becomes.
        var id: Int32

        static let none = Merge(rank: .max, id: -1)
    }

    /// Open addressing with linear probing; the size is a power of two, at most half full.
    private var keys: [UInt64]
    private var merges: [Merge]
    private var count = 0
    private static let free = UInt64.max

    init(capacity: Int) {
        var size = 16
        while size < 2 * capacity { size *= 2 }
        keys = [UInt64](repeating: Self.free, count: size)
        merges = [Merge](repeating: .none, count: size)
    }

    /// Adds a rule, unless the pair already has one. Ids must not be negative.
    mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
        if 2 * (count + 1) > keys.count { grow() }
        let key = Self.key(left, right)
        let slot = slot(of: key)
        guard keys[slot] == Self.free else { return }
        (keys[slot], merges[slot]) = (key, merge)
        count += 1
    }

    /// The rule for a pair, or `Merge.none`.
    func merge(_ left: Int32, _ right: Int32) -> Merge {
        let slot = slot(of: Self.key(left, right))
        return keys[slot] == Self.free ? .none : merges[slot]
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        let hash = key &* 0x9E37_79B9_7F4A_7C15
        var slot = Int(truncatingIfNeeded: hash >> 32 ^ hash >> 15) & mask
        while keys[slot] != Self.free && keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let old = (keys, merges)
        keys = [UInt64](repeating: Self.free, count: 2 * old.0.count)
        merges = [Merge](repeating: .none, count: keys.count)
        for (key, merge) in zip(old.0, old.1) where key != Self.free {
            let slot = slot(of: key)
            (keys[slot], merges[slot]) = (key, merge)
        }
    }
}

// Which tokens each slot of the cache remembers, so that a prompt that begins like an earlier one need not run again.
// SPDX-License-Identifier: Apache-2.0

struct PrefixCache {
    private struct Slot {
        var tokens: [Int32] = []
        var isBusy = false
        var lastUse = 0
    }

    private var slots: [Slot]
    private var clock = 0

    init(count: Int) { slots = Array(repeating: Slot(), count: count) }

    /// Where a prompt goes, and what of it need not run.
    struct Place: Equatable {
        let slot: Int
        /// Positions that are stored already.
        var kept: Int
        /// The slot that they have to be copied from; nil: they are in place.
        var source: Int?
    }

    /// Positions of a beginning that are worth a copy, or waiting for the sequence that stores it.
    static let minimumSharedPrefix = 32

    /// Takes the free slot with the longest beginning in common with `prompt`, the longest unused one among equals, or
    /// any free one when a busy slot has clearly more in common. There must be a free slot.
    mutating func take(for prompt: ArraySlice<Int32>) -> Place {
        let common = slots.map { $0.tokens.commonPrefix(with: prompt) }
        func order(_ slot: Int) -> (Int, Int) { (common[slot], -slots[slot].lastUse) }
        let free = slots.indices.filter { !slots[$0].isBusy }
        precondition(!free.isEmpty)
        var place = Place(slot: free.max { order($0) < order($1) }!, kept: 0)
        place.kept = common[place.slot]
        let best = slots.indices.max { common[$0] < common[$1] }!
        if common[best] >= place.kept + Self.minimumSharedPrefix {
            let oldest = free.min { slots[$0].lastUse < slots[$1].lastUse }!
            place = Place(slot: oldest, kept: common[best], source: best)
        }
        slots[place.slot].tokens = Array(prompt.prefix(place.kept))
        slots[place.slot].isBusy = true
        return place
    }

    /// Most positions of `prompt` that any slot has stored.
    func longestStored(of prompt: ArraySlice<Int32>) -> Int {
        slots.map { $0.tokens.commonPrefix(with: prompt) }.max() ?? 0
    }

    /// Notes tokens whose keys and values were stored behind those already there.
    mutating func store(_ tokens: ArraySlice<Int32>, in slot: Int) { slots[slot].tokens += tokens }

    /// Frees a slot; what it remembers stays until somebody else needs the room.
    mutating func release(_ slot: Int) {
        clock += 1
        slots[slot].isBusy = false
        slots[slot].lastUse = clock
    }
}

extension Collection where Element: Equatable {
    /// Length of the beginning that both share.
    func commonPrefix(with other: some Collection<Element>) -> Int {
        zip(self, other).prefix { $0 == $1 }.count
    }
}

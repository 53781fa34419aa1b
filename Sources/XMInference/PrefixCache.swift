// Which tokens each slot of the KV cache holds, so that the prefix a prompt shares with an earlier sequence is not
// computed again. Slots keep their tokens after their sequence has ended, least recently used first to go.
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

    /// The slot for a prompt, and how much of the prompt the cache has already.
    struct Place: Equatable {
        let slot: Int
        /// Leading positions whose keys and values are stored already.
        var kept: Int
        /// The slot to copy them from; nil: they are in place.
        var source: Int?
    }

    /// Shared positions that are worth a copy, or worth waiting for the sequence that is about to store them.
    static let minimumSharedPrefix = 8

    /// Takes the free slot that shares the longest prefix with `prompt`, the least recently used one among equals. If
    /// any other slot shares at least `minimumSharedPrefix` positions more, its prefix is to be copied into the least
    /// recently used free slot instead. There must be a free slot.
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

    /// The longest prefix of `prompt` that any slot has stored.
    func longestStored(of prompt: ArraySlice<Int32>) -> Int {
        slots.map { $0.tokens.commonPrefix(with: prompt) }.max() ?? 0
    }

    /// Records tokens whose keys and values were appended to a slot.
    mutating func store(_ tokens: ArraySlice<Int32>, in slot: Int) { slots[slot].tokens += tokens }

    /// Forgets what a slot holds, because it is not worth finding again.
    mutating func forget(_ slot: Int) { slots[slot].tokens = [] }

    /// Frees a slot; its tokens stay findable until another prompt takes the slot.
    mutating func release(_ slot: Int) {
        clock += 1
        slots[slot].isBusy = false
        slots[slot].lastUse = clock
    }
}

extension Collection where Element: Equatable {
    /// Length of the prefix that both share.
    func commonPrefix(with other: some Collection<Element>) -> Int {
        zip(self, other).prefix { $0 == $1 }.count
    }
}

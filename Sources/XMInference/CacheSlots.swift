// Which tokens each slot of the cache remembers, so that a prompt that begins like an earlier one need not run again.
// SPDX-License-Identifier: Apache-2.0

struct CacheSlots {
    private struct Slot {
        var tokens: [Int32] = []
        var isBusy = false
        var lastUse = 0
    }

    private var slots: [Slot]
    private var clock = 0

    init(count: Int) { slots = Array(repeating: Slot(), count: count) }

    /// The free slot with the longest beginning in common with `prompt`, the longest unused one among equals, and how
    /// many positions are kept. There must be a free slot.
    mutating func take(for prompt: ArraySlice<Int32>) -> (slot: Int, kept: Int) {
        let free = slots.indices.filter { !slots[$0].isBusy }
        precondition(!free.isEmpty)
        let common = free.map { zip(slots[$0].tokens, prompt).prefix { $0 == $1 }.count }
        let best = free.indices.max { (common[$0], -slots[free[$0]].lastUse) < (common[$1], -slots[free[$1]].lastUse) }!
        let slot = free[best]
        slots[slot].tokens.removeSubrange(common[best]...)
        slots[slot].isBusy = true
        return (slot, common[best])
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

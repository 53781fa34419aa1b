// Which lengths share a sequence: best-fit decreasing, which leaves few tokens unused (Ding et al. 2024, "Fewer
// truncations improve language modeling"). It knows lengths only, so it is the same for every pass; which documents of
// a length stand at its places is drawn anew each time. Four bytes a place and four a sequence.
// SPDX-License-Identifier: Apache-2.0

struct SequencePacking {
    /// Places by sequence; place i takes the i-th longest segment.
    private let places: [UInt32]
    /// Where each sequence begins in `places`, and the end.
    private let firsts: [UInt32]

    /// `lengths`: longest first, each with how many segments have it; none is longer than `capacity`.
    init(lengths: [(length: Int, count: Int)], capacity: Int) {
        precondition(lengths.reduce(0) { $0 + $1.count } < UInt32.max)
        let none = UInt32.max
        var rooms = OpenRooms(capacity: capacity)
        // Chains of places: the last one of each sequence, and the one before each place.
        var lastPlace: [UInt32] = []
        var placeBefore: [UInt32] = []
        for (length, count) in lengths {
            for _ in 0..<count {
                let found = rooms.takeSequence(withRoom: length)
                let (sequence, room) = found ?? (UInt32(lastPlace.count), capacity)
                if found == nil { lastPlace.append(none) }
                placeBefore.append(lastPlace[Int(sequence)])
                lastPlace[Int(sequence)] = UInt32(placeBefore.count - 1)
                rooms.put(sequence: sequence, room: room - length)
            }
        }
        var places: [UInt32] = []
        places.reserveCapacity(placeBefore.count)
        var firsts: [UInt32] = [0]
        for last in lastPlace {
            var place = last
            while place != none {
                places.append(place)
                place = placeBefore[Int(place)]
            }
            firsts.append(UInt32(places.count))
        }
        (self.places, self.firsts) = (places, firsts)
    }

    var sequenceCount: Int { firsts.count - 1 }

    func places(ofSequence sequence: Int) -> ArraySlice<UInt32> {
        places[Int(firsts[sequence])..<Int(firsts[sequence + 1])]
    }
}

/// Sequences with room left, found by the least room that is enough.
private struct OpenRooms {
    private static let none = UInt32.max
    /// By room: the sequence that came last; by sequence: the one before it with the same room.
    private var last: [UInt32]
    private var before: [UInt32] = []
    /// One bit a room that some sequence has.
    private var used: [UInt64]

    init(capacity: Int) {
        last = Array(repeating: Self.none, count: capacity + 1)
        used = Array(repeating: 0, count: capacity / 64 + 1)
    }

    mutating func put(sequence: UInt32, room: Int) {
        if sequence == before.count { before.append(Self.none) }
        guard room > 0 else { return }
        before[Int(sequence)] = last[room]
        last[room] = sequence
        used[room >> 6] |= 1 << UInt64(room & 63)
    }

    mutating func takeSequence(withRoom length: Int) -> (sequence: UInt32, room: Int)? {
        var word = length >> 6
        var bits = used[word] & (~0 << UInt64(length & 63))
        while bits == 0 {
            word += 1
            guard word < used.count else { return nil }
            bits = used[word]
        }
        let room = word << 6 + bits.trailingZeroBitCount
        let sequence = last[room]
        last[room] = before[Int(sequence)]
        if last[room] == Self.none { used[word] &= ~(1 << UInt64(room & 63)) }
        return (sequence, room)
    }
}

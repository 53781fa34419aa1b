// Which lengths share a row: best-fit decreasing, which leaves few tokens of a row empty (Ding et al. 2024, "Fewer
// truncations improve language modeling"). It knows lengths only, so it is the same for every pass; which documents of
// a length stand at its places is drawn anew each time. Four bytes a place and four a row.
// SPDX-License-Identifier: Apache-2.0

struct RowPacking {
    /// Places by row; place i takes the i-th longest piece.
    private let places: [UInt32]
    /// Where each row begins in `places`, and the end.
    private let firsts: [UInt32]

    /// `lengths`: longest first, each with how many pieces have it; none is longer than `capacity`.
    init(lengths: [(length: Int, count: Int)], capacity: Int) {
        precondition(lengths.reduce(0) { $0 + $1.count } < UInt32.max)
        let none = UInt32.max
        var rooms = OpenRooms(capacity: capacity)
        // Chains of places: the last one of each row, and the one before each place.
        var lastPlace: [UInt32] = []
        var placeBefore: [UInt32] = []
        for (length, count) in lengths {
            for _ in 0..<count {
                let found = rooms.takeRow(withRoom: length)
                let (row, room) = found ?? (UInt32(lastPlace.count), capacity)
                if found == nil { lastPlace.append(none) }
                placeBefore.append(lastPlace[Int(row)])
                lastPlace[Int(row)] = UInt32(placeBefore.count - 1)
                rooms.put(row: row, room: room - length)
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

    var rowCount: Int { firsts.count - 1 }

    func places(ofRow row: Int) -> ArraySlice<UInt32> { places[Int(firsts[row])..<Int(firsts[row + 1])] }
}

/// Rows with room left, found by the least room that is enough.
private struct OpenRooms {
    private static let none = UInt32.max
    /// By room: the row that came last; by row: the one before it with the same room.
    private var last: [UInt32]
    private var before: [UInt32] = []
    /// One bit a room that some row has.
    private var used: [UInt64]

    init(capacity: Int) {
        last = Array(repeating: Self.none, count: capacity + 1)
        used = Array(repeating: 0, count: capacity / 64 + 1)
    }

    mutating func put(row: UInt32, room: Int) {
        if row == before.count { before.append(Self.none) }
        guard room > 0 else { return }
        before[Int(row)] = last[room]
        last[room] = row
        used[room >> 6] |= 1 << UInt64(room & 63)
    }

    mutating func takeRow(withRoom length: Int) -> (row: UInt32, room: Int)? {
        var word = length >> 6
        var bits = used[word] & (~0 << UInt64(length & 63))
        while bits == 0 {
            word += 1
            guard word < used.count else { return nil }
            bits = used[word]
        }
        let room = word << 6 + bits.trailingZeroBitCount
        let row = last[room]
        last[room] = before[Int(row)]
        if last[room] == Self.none { used[word] &= ~(1 << UInt64(room & 63)) }
        return (row, room)
    }
}

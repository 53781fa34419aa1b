// A hash table from the bytes of a token to its id, over a single block of bytes, so that look-ups do not allocate.
// MergeTable.swift is its counterpart for pairs of ids.
// SPDX-License-Identifier: Apache-2.0

struct PieceTable: Sendable {
    private var bytes: [UInt8] = []
    /// Piece `id` is bytes[ends[id]..<ends[id + 1]].
    private var ends: [Int] = [0]
    /// Open addressing with linear probing; -1 is free. The size is a power of two, at most half full.
    private var slots: [Int32]

    /// Ids are indices in the list. nil and empty pieces are never found; of equal pieces the first is.
    init(_ pieces: [[UInt8]?]) {
        var size = 16
        while size < 2 * pieces.count { size *= 2 }
        slots = [Int32](repeating: -1, count: size)
        ends.reserveCapacity(pieces.count + 1)
        for (id, piece) in pieces.enumerated() {
            if let piece, !piece.isEmpty {
                bytes += piece
                ends.append(bytes.count)
                let slot = piece.withUnsafeBufferPointer { self.slot(of: $0) }
                if slots[slot] < 0 { slots[slot] = Int32(id) }
            } else {
                ends.append(bytes.count)
            }
        }
    }

    /// The id of a piece, or -1.
    func find(_ piece: UnsafeBufferPointer<UInt8>) -> Int32 {
        piece.isEmpty ? -1 : slots[slot(of: piece)]
    }

    func find(_ piece: [UInt8]) -> Int32 { piece.withUnsafeBufferPointer { find($0) } }

    /// The slot of a piece, or the free slot where it would be inserted.
    private func slot(of piece: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for byte in piece { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ (hash >> 32)) & mask
        while slots[slot] >= 0, !isEqual(slots[slot], piece) { slot = (slot + 1) & mask }
        return slot
    }

    private func isEqual(_ id: Int32, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = ends[Int(id)]
        guard ends[Int(id) + 1] - start == piece.count else { return false }
        for index in 0..<piece.count where bytes[start + index] != piece[index] { return false }
        return true
    }

    /// Id of a piece by its text; nil when there is none.
    func id(of piece: String) -> Int32? {
        let id = find(Array(piece.utf8))
        return id < 0 ? nil : id
    }
}

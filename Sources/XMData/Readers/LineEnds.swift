// Line ends: CRLF becomes LF, and so does a carriage return in a text that has no LF, as old Macs wrote them. In other
// texts a carriage return alone is left to the cleaning rules.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum LineEnds {
    /// The text with LF for every line end; nil when it has no others.
    static func unix(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes -> String? in
            let source = UnsafeRawBufferPointer(bytes)
            guard let base = source.baseAddress, memchr(base, 0x0D, source.count) != nil else { return nil }
            if memchr(base, 0x0A, source.count) == nil {
                return String(unsafeUninitializedCapacity: source.count) { room in
                    for (index, byte) in source.enumerated() { room[index] = byte == 0x0D ? 0x0A : byte }
                    return source.count
                }
            }
            guard let first = nextCRLF(source, from: 0) else { return nil }
            return String(unsafeUninitializedCapacity: source.count) { room in
                var (from, to, next) = (0, 0, Optional(first))
                while from < source.count {
                    let end = next ?? source.count
                    memcpy(room.baseAddress! + to, base + from, end - from)
                    to += end - from
                    from = end + (next == nil ? 0 : 1)
                    next = next == nil ? nil : nextCRLF(source, from: from)
                }
                return to
            }
        }
    }

    private static func nextCRLF(_ bytes: UnsafeRawBufferPointer, from place: Int) -> Int? {
        var place = place
        while place < bytes.count, let found = memchr(bytes.baseAddress! + place, 0x0D, bytes.count - place) {
            place = UnsafeRawPointer(found) - bytes.baseAddress!
            if place + 1 < bytes.count && bytes[place + 1] == 0x0A { return place }
            place += 1
        }
        return nil
    }
}

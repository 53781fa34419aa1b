// Line ends: CRLF becomes LF. A carriage return alone is left to the cleaning rules.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum LineEnds {
    /// The text with LF for every CRLF; nil when it has none.
    static func unix(_ text: String) -> String? {
        var text = text
        return text.withUTF8 { bytes -> String? in
            let source = UnsafeRawBufferPointer(bytes)
            guard let first = nextCRLF(source, from: 0) else { return nil }
            return String(unsafeUninitializedCapacity: source.count) { room in
                var (from, to, next) = (0, 0, Optional(first))
                while from < source.count {
                    let end = next ?? source.count
                    memcpy(room.baseAddress! + to, source.baseAddress! + from, end - from)
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

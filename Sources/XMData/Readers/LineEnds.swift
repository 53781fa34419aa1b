// Converts line ends: CRLF becomes LF, and so does a lone CR in a text without LF, as in classic Mac OS. In other texts
// a lone CR is left to the cleaning rules.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum LineEnds {
    /// The text with its line ends converted; nil when nothing changes.
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

    private static func nextCRLF(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count, let found = memchr(bytes.baseAddress! + index, 0x0D, bytes.count - index) {
            index = UnsafeRawPointer(found) - bytes.baseAddress!
            if index + 1 < bytes.count && bytes[index + 1] == 0x0A { return index }
            index += 1
        }
        return nil
    }
}

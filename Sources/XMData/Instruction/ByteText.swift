// Searching in the bytes of a text: what rules over millions of records need, many times faster than over characters.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A text's bytes with ASCII letters in lower case.
struct ByteText {
    private let bytes: [UInt8]

    /// The first `limit` bytes of a text.
    init(_ text: String, limit: Int) {
        bytes = text.utf8.prefix(limit).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Whether it has one of these anywhere.
    func contains(anyOf phrases: [[UInt8]]) -> Bool { phrases.contains { place(of: $0, from: 0) != nil } }

    func begins(withAnyOf phrases: [[UInt8]]) -> Bool { phrases.contains { bytes.starts(with: $0) } }

    /// Whether it has one of these between characters that are neither letters nor digits.
    func contains(anyWordOf words: [[UInt8]]) -> Bool {
        words.contains { word in
            var from = 0
            while let at = place(of: word, from: from) {
                let end = at + word.count
                if (at == 0 || !Self.isOfWord(bytes[at - 1])) && (end == bytes.count || !Self.isOfWord(bytes[end])) {
                    return true
                }
                from = at + 1
            }
            return false
        }
    }

    private func place(of phrase: [UInt8], from: Int) -> Int? {
        bytes.withUnsafeBytes { text in
            guard let start = text.baseAddress, from + phrase.count <= text.count else { return nil }
            return memmem(start + from, text.count - from, phrase, phrase.count).map { UnsafeRawPointer($0) - start }
        }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte >= 0x80
    }

    /// "digit sign digit" with one of + * / = as sign, blanks aside, and the bytes that are no blanks.
    var sums: (count: Int, bytes: Int) {
        var (count, visible) = (0, 0)
        var (before, last): (UInt8, UInt8) = (0, 0)
        for byte in bytes where byte != 0x20 {
            visible += 1
            let isSum =
                Self.isDigit(byte) && Self.isDigit(before)
                && (last == 0x2A || last == 0x2B || last == 0x2F || last == 0x3D)
            if isSum { count += 1 }
            (before, last) = (last, byte)
        }
        return (count, visible)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension String {
    /// Without white space of ASCII at both ends.
    var trimmed: String {
        func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }),
            let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return first == startIndex && utf8.index(after: last) == endIndex ? self : String(Substring(utf8[first...last]))
    }

    /// Whether the text has these bytes.
    func hasBytes(_ phrase: StaticString) -> Bool {
        var copy = self
        return copy.withUTF8 { text in
            guard let start = text.baseAddress, text.count >= phrase.utf8CodeUnitCount else { return false }
            return memmem(start, text.count, phrase.utf8Start, phrase.utf8CodeUnitCount) != nil
        }
    }
}

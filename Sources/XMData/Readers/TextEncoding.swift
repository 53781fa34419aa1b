// Detects a text's encoding and decodes it. Most files are UTF-8; some old ones are ISO-8859-1, some are damaged.
// UTF-16 is detected per file: UTF16Bytes.swift.
// SPDX-License-Identifier: Apache-2.0

enum TextEncoding: Equatable {
    case utf8
    case latin1
    /// UTF-8 with invalid sequences, which become U+FFFD.
    case damagedUTF8

    /// The decoded text and its encoding.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (text: String, TextEncoding) {
        if let text = String(validating: bytes, as: UTF8.self) { return (text, .utf8) }
        if isLatin1(bytes) {
            let text = String(unsafeUninitializedCapacity: 2 * bytes.count) { room in
                var count = 0
                for byte in bytes {
                    if byte < 0x80 {
                        room[count] = byte
                        count += 1
                    } else {
                        room[count] = 0xC0 | byte >> 6
                        room[count + 1] = 0x80 | byte & 0x3F
                        count += 2
                    }
                }
                return count
            }
            return (text, .latin1)
        }
        return (String(decoding: bytes, as: UTF8.self), .damagedUTF8)
    }

    /// Judges a text that is not valid UTF-8. It is ISO-8859-1 if, outside sequences that happen to be valid UTF-8, it
    /// has none of the control characters 0x80 to 0x9F, and if it has fewer such sequences than other bytes above 0x7F.
    /// Damaged UTF-8 fails one of the two: its stray bytes are mostly in 0x80 to 0x9F or among many valid sequences.
    private static func isLatin1(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var sequences = 0
        var others = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte < 0x80 { continue }
            let length = byte < 0xC2 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : byte < 0xF5 ? 3 : 0
            if length > 0, index + length <= bytes.count,
                bytes[index..<index + length].allSatisfy({ $0 & 0xC0 == 0x80 })
            {
                sequences += 1
                index += length
            } else {
                if byte < 0xA0 { return false }
                others += 1
            }
        }
        return sequences < others
    }
}

// Byte-level helpers for pieces and texts. Swift's Character combines U+2581 with a following combining mark and CR
// with LF, and its == treats canonically equivalent strings as equal; tokenizers do neither. They therefore search and
// compare bytes with the helpers below, and a repository test rejects Character's operations.
// SPDX-License-Identifier: Apache-2.0

enum PieceText {
    /// U+2581, which stands for a space in SentencePiece's pieces.
    static let blankMark: [UInt8] = [0xE2, 0x96, 0x81]

    /// U+FFFD, for malformed bytes.
    static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    static func hasBlankMark(_ piece: String) -> Bool { piece.unicodeScalars.contains("\u{2581}") }

    static func beginsWithBlankMark(_ piece: String) -> Bool { piece.utf8.starts(with: blankMark) }

    /// The bytes of a piece with U+2581 replaced by spaces.
    static func withBlanks(_ piece: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(piece.utf8.count)
        for byte in piece.utf8 {
            result.append(byte)
            guard byte == blankMark[2], result.count >= 3, result.suffix(3).elementsEqual(blankMark) else { continue }
            result.removeLast(2)
            result[result.count - 1] = 0x20
        }
        return result
    }

    /// The value of a byte piece such as `<0x41>`; nil for other pieces.
    static func byte(_ piece: String) -> UInt8? {
        let bytes = Array(piece.utf8)
        guard bytes.count == 6, bytes.starts(with: "<0x".utf8), bytes[5] == UInt8(ascii: ">") else { return nil }
        let digits = bytes[3...4].map(hexadecimalDigit)
        guard let high = digits[0], let low = digits[1] else { return nil }
        return high << 4 | low
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// Whether a symbol looks like chat markup, which user text must not be able to produce.
    static func hasMarkup(_ text: String) -> Bool { text.utf8.contains(UInt8(ascii: "<")) }

    static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    /// Length of the truncated character at `index`, which must not be well-formed: the "maximal subpart" that Unicode,
    /// section 3.9, replaces by one U+FFFD, as Python's errors="replace" and Rust do. At least 1.
    static func truncatedLength(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        let lead = bytes[index]
        let wanted = lead >= 0xF5 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
        var length = 1
        while length < wanted, index + length < bytes.count {
            let low: UInt8 = length > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80
            let high: UInt8 = length > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF
            guard (low...high).contains(bytes[index + length]) else { break }
            length += 1
        }
        return length
    }

    /// Whether the last `length` bytes, from `index` on, may become a character when more bytes follow.
    static func mayContinue(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int, length: Int) -> Bool {
        index + length == bytes.count && (0xC2...0xF4).contains(bytes[index])
    }
}

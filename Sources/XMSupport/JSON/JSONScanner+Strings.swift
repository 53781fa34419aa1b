// JSON strings: scanned eight bytes at a time, escapes resolved.
// SPDX-License-Identifier: Apache-2.0

extension JSONScanner {
    /// Skips a string; `position` is at its opening quote.
    mutating func skipString() throws(JSONError) {
        position += 1
        while true {
            position = nextSpecial(from: position)
            switch position < bytes.count ? bytes[position] : 0 {
            case UInt8(ascii: "\""):
                position += 1
                return
            case UInt8(ascii: "\\"):
                if position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "u") {
                    guard Self.unescaped(bytes[position + 1]) != nil else { throw error("an unknown escape") }
                    position += 2
                } else {
                    _ = try codeUnit()
                }
            default: throw error(position < bytes.count ? "a control character in a string" : "an unfinished string")
            }
        }
    }

    /// Appends the string's bytes with escapes resolved. Returns true where a lone surrogate became U+FFFD.
    package mutating func string(into text: inout [UInt8]) throws(JSONError) -> Bool {
        var isRepaired = false
        position += 1
        while true {
            let special = nextSpecial(from: position)
            text.append(contentsOf: bytes[position..<special])
            position = special
            switch position < bytes.count ? bytes[position] : 0 {
            case UInt8(ascii: "\""):
                position += 1
                return isRepaired
            case UInt8(ascii: "\\"):
                if position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "u") {
                    guard let byte = Self.unescaped(bytes[position + 1]) else { throw error("an unknown escape") }
                    text.append(byte)
                    position += 2
                    continue
                }
                // Code points above U+FFFF are two escapes, a high and a low surrogate.
                let unit = try codeUnit()
                var scalar = UInt32(unit)
                if unit & 0xF800 == 0xD800 {
                    scalar = 0xFFFD
                    let after = position
                    if unit < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                        bytes[position + 1] == UInt8(ascii: "u")
                    {
                        let low = try codeUnit()
                        if low & 0xFC00 == 0xDC00 {
                            scalar = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(low & 0x3FF))
                        } else {
                            position = after  // the next character, or another lone surrogate
                        }
                    }
                    if scalar == 0xFFFD { isRepaired = true }
                }
                Self.append(scalar, to: &text)
            default: throw error(position < bytes.count ? "a control character in a string" : "an unfinished string")
            }
        }
    }

    /// The first quote, backslash or control character at or after `place`, or the end of the bytes.
    private func nextSpecial(from place: Int) -> Int {
        // Eight bytes at a time: a byte of `quote` is zero where the text has a quote, and so on.
        var place = place
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        while place + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            // (x - 1) & ~x sets the top bit of the first zero byte; (x - 0x20) & ~x that of the first byte below 0x20.
            let quote = word ^ 0x2222_2222_2222_2222
            let slash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let hits = ((quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word) & tops
            if hits != 0 { return place + UInt64(littleEndian: hits).trailingZeroBitCount / 8 }
            place += 8
        }
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return place }
            place += 1
        }
        return place
    }

    /// The byte that a backslash and `byte` stand for; nil for `u` and unknown escapes.
    private static func unescaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }

    /// The code unit of `\uXXXX` at `position`.
    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        guard position + 6 <= bytes.count else { throw error("an unfinished escape") }
        var unit: UInt16 = 0
        for byte in bytes[position + 2..<position + 6] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            default: throw error("an escape without four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        position += 6
        return unit
    }

    /// Appends a code point in UTF-8.
    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: text.append(UInt8(scalar))
        case 0..<0x800:
            text.append(UInt8(0xC0 | scalar >> 6))
            text.append(UInt8(0x80 | scalar & 0x3F))
        case 0..<0x10000:
            text.append(UInt8(0xE0 | scalar >> 12))
            text.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            text.append(UInt8(0x80 | scalar & 0x3F))
        default:
            text.append(UInt8(0xF0 | scalar >> 18))
            text.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            text.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            text.append(UInt8(0x80 | scalar & 0x3F))
        }
    }
}

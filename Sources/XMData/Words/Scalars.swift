// What a code point is, by ranges: the coarse classes that cleaning and word hashing need, many times faster than
// the full Unicode tables.
// SPDX-License-Identifier: Apache-2.0

/// Writing systems that text is told apart by.
package enum Script: String, Codable, Sendable, CaseIterable {
    case latin, greek, cyrillic, hebrew, arabic, devanagari, thai, hangul, kana, han
    /// Letters of all others.
    case other
}

enum Scalars {
    enum Kind: UInt8 {
        case space
        case letter
        case digit
        /// Punctuation, symbols, emoji.
        case symbol
        case control
    }

    /// Of the 128 ASCII characters.
    static let asciiKinds: [Kind] = (0..<128).map { byte -> Kind in
        switch UInt8(byte) {
        case 0x20, 0x09...0x0D: .space
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
        case ..<0x20, 0x7F: .control
        default: .symbol
        }
    }

    /// Of a code point above 0x7F; marks and modifiers count as letters of their script.
    static func kind(_ scalar: UInt32) -> Kind {
        switch scalar {
        case 0x80...0x9F: .control
        case 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: .space
        case 0xAA, 0xB5, 0xBA: .letter
        case 0xA1...0xBF, 0xD7, 0xF7: .symbol
        case 0x660...0x669, 0x6F0...0x6F9, 0x966...0x96F, 0xE50...0xE59, 0xFF10...0xFF19: .digit
        case 0x5BE, 0x5C0, 0x5C3, 0x5F3, 0x5F4, 0x60C, 0x61B, 0x61F, 0x66A...0x66D, 0x6D4, 0x964, 0x965: .symbol
        case 0x2010...0x2027, 0x2030...0x205E, 0x20A0...0x2BFF, 0x2E00...0x2E7F: .symbol
        case 0x3001...0x3004, 0x3008...0x3020, 0x3030, 0x3036...0x3037, 0x303D...0x303F, 0x30FB: .symbol
        case 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF0...0xFFFB: .control
        case 0xFE10...0xFE1F, 0xFE30...0xFE6F, 0xFF01...0xFF0F, 0xFF1A...0xFF20, 0xFF3B...0xFF40, 0xFF5B...0xFF65,
            0xFFE0...0xFFEF, 0xFFFC...0xFFFF:
            .symbol
        case 0x1F000...0x1FAFF, 0xE000...0xF8FF: .symbol
        default: .letter
        }
    }

    /// Of a letter.
    static func script(_ scalar: UInt32) -> Script {
        switch scalar {
        case ..<0x250, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xFF21...0xFF5A, 0x250...0x2FF: .latin
        case 0x370...0x3FF, 0x1F00...0x1FFF: .greek
        case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: .cyrillic
        case 0x590...0x5FF, 0xFB1D...0xFB4F: .hebrew
        case 0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFE: .arabic
        case 0x900...0x97F, 0xA8E0...0xA8FF: .devanagari
        case 0xE00...0xE7F: .thai
        case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF: .hangul
        case 0x3040...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F, 0x1B000...0x1B16F: .kana
        case _ where isHan(scalar): .han
        default: .other
        }
    }

    static func isHan(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x2E80...0x2FDF, 0x3005...0x3007, 0x3021...0x3029, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }

    /// Whether each character is a word of its own, because the script puts no space between words.
    static func isWordAlone(_ scalar: UInt32) -> Bool { isHan(scalar) || 0x3040...0x30FF ~= scalar }

    /// Lower case of common scripts, and plain digits and letters for full-width ones.
    static func folded(_ scalar: UInt32) -> UInt32 {
        switch scalar {
        case 0xC0...0xDE: scalar + 0x20
        case 0x100...0x137, 0x14A...0x177, 0x1E00...0x1EFF, 0x460...0x481, 0x48A...0x4BF, 0x4D0...0x52F: scalar | 1
        case 0x391...0x3A9: scalar + 0x20
        case 0x400...0x40F: scalar + 0x50
        case 0x410...0x42F: scalar + 0x20
        case 0xFF10...0xFF19: scalar - 0xFEE0
        case 0xFF21...0xFF3A: scalar - 0xFEE0 + 0x20
        case 0xFF41...0xFF5A: scalar - 0xFEE0
        default: scalar
        }
    }

    /// The code point that begins at `index` of valid UTF-8 above 0x7F; moves past it.
    @inline(__always)
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt32 {
        let first = UInt32(bytes[index])
        if first < 0xE0 {
            defer { index += 2 }
            return (first & 0x1F) << 6 | UInt32(bytes[index + 1] & 0x3F)
        }
        if first < 0xF0 {
            defer { index += 3 }
            return (first & 0x0F) << 12 | UInt32(bytes[index + 1] & 0x3F) << 6 | UInt32(bytes[index + 2] & 0x3F)
        }
        defer { index += 4 }
        return (first & 0x07) << 18 | UInt32(bytes[index + 1] & 0x3F) << 12 | UInt32(bytes[index + 2] & 0x3F) << 6
            | UInt32(bytes[index + 3] & 0x3F)
    }
}

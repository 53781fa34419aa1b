// Classifies code points into the coarse kinds and scripts that cleaning and word hashing need.
// Next: FoldedScalars.swift, the table of kinds.
// SPDX-License-Identifier: Apache-2.0

/// Writing systems that are distinguished.
package enum Script: String, Codable, Sendable, CaseIterable {
    case latin, greek, cyrillic, hebrew, arabic, devanagari, thai, hangul, kana, han
    /// Letters of all other scripts.
    case other
}

enum Scalars {
    enum Kind: UInt8 {
        case space
        case letter
        /// Includes Roman numerals, fractions and superscripts.
        case digit
        /// Punctuation, symbols, emoji.
        case symbol
        case control
    }

    /// Kinds of the 128 ASCII characters.
    static let asciiKinds: [Kind] = (0..<128).map { byte -> Kind in
        switch UInt8(byte) {
        case 0x20, 0x09...0x0D: .space
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
        case ..<0x20, 0x7F: .control
        default: .symbol
        }
    }

    /// The kind of a code point above 0x7F; marks and modifiers count as letters of their script.
    @inline(__always)
    static func kind(_ scalar: UInt32) -> Kind { FoldedScalars.shared[scalar].kind }

    /// The script of a letter.
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

    /// Decodes the non-ASCII code point at `index` of valid UTF-8 and advances past it.
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

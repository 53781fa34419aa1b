// Columns that text takes in a terminal: 0, 1 or 2 for a character, by Unicode's East Asian Width (UAX #11) and its
// emoji properties. The C library's wcwidth knows the same only in a UTF-8 locale, which containers often lack.
// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
    /// Wide and fullwidth blocks; wide emoji are found by their property.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    /// Columns; 0 for what is drawn over its neighbour.
    package var displayWidth: Int {
        guard value >= 0x300 else { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if (0x1160...0x11FF).contains(value) { return 0 }  // vowels and finals that join a Hangul initial
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }
}

extension Character {
    /// Columns of all its code points together, which a terminal draws in one place.
    package var displayWidth: Int {
        let widest = unicodeScalars.map(\.displayWidth).max() ?? 0
        // U+FE0F asks for the emoji of a character that is text by itself.
        return unicodeScalars.contains("\u{FE0F}") ? 2 : widest
    }

    /// What may be sent to a terminal in its place: control characters are spelled ("^["), a tab is four blanks.
    package var displayed: String {
        guard let scalar = unicodeScalars.first, scalar.properties.generalCategory == .control else {
            return String(self)
        }
        if scalar == "\t" { return "    " }
        return scalar.value < 0x80 ? "^" + String(Unicode.Scalar(UInt8(scalar.value) ^ 0x40)) : "\u{FFFD}"
    }
}

extension StringProtocol {
    package var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }
}

// Columns that text takes in a terminal: the sum over its code points, as tmux, xterm and everything else that follows
// wcwidth counts, by Unicode's East Asian Width (UAX #11). The C library's wcwidth knows the same only in a UTF-8
// locale, which containers often lack. Emoji sequences alone are drawn as one picture of two columns.
// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
    /// Wide and fullwidth blocks; wide emoji are found by their property.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
        0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    /// Number signs that are drawn around the digits behind them: visible, though of the category Format.
    private static let prepended: [ClosedRange<UInt32>] = [
        0x600...0x605, 0x6DD...0x6DD, 0x70F...0x70F, 0x890...0x891, 0x8E2...0x8E2, 0x110BD...0x110BD,
        0x110CD...0x110CD,
    ]

    fileprivate static let joiner: Unicode.Scalar = "\u{200D}"
    fileprivate static let emojiSelector: Unicode.Scalar = "\u{FE0F}"

    /// One of two letters that make a flag, each of one column.
    private var isRegionalIndicator: Bool { (0x1F1E6...0x1F1FF).contains(value) }

    /// Takes two columns by itself.
    package var isWide: Bool { displayWidth == 2 }

    /// Columns; 0 for what is drawn over its neighbour.
    package var displayWidth: Int {
        guard value >= 0x300 else { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
        case .format: return Self.prepended.contains { $0.contains(value) } ? 1 : 0
        default: break
        }
        // Vowels and finals that join a Hangul initial.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        let isPicture = properties.isEmojiPresentation && !isRegionalIndicator
        return isPicture || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }
}

extension Character {
    /// A picture made of several code points, in any of Unicode's ways (UTS #51): U+FE0F behind a character that is
    /// text by itself, a skin tone, pictures joined to one.
    private var isEmojiSequence: Bool {
        guard let first = unicodeScalars.first, first.properties.isEmoji else { return false }
        return unicodeScalars.dropFirst().contains {
            $0 == .emojiSelector || $0.properties.isEmojiModifier || ($0 == .joiner && first.isWide)
        }
    }

    /// Columns of all its code points: a vowel sign that stands beside its consonant has its own.
    package var displayWidth: Int {
        if isEmojiSequence { return 2 }
        var (sum, isJoined) = (0, false)
        for scalar in unicodeScalars {
            // What stands behind a joiner is drawn into the cell before it.
            if !isJoined { sum += scalar.displayWidth }
            isJoined = scalar == .joiner
        }
        return sum
    }

    /// An ideograph or a picture, which may stand apart from its neighbours.
    var isWide: Bool { isEmojiSequence || unicodeScalars.contains(where: \.isWide) }

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

    /// As many whole characters from the front as fit.
    package func prefix(columns: Int) -> SubSequence {
        var width = 0
        return prefix {
            width += $0.displayWidth
            return width <= columns
        }
    }

    /// With blanks behind it up to a width in columns; text that is wider stays as it is.
    package func padded(columns: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, columns - displayWidth))
    }
}

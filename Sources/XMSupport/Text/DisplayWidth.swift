// How many columns text takes in a terminal: the sum over its code points by Unicode's East Asian Width (UAX #11), the
// rule of wcwidth that tmux, xterm and most others follow. The C library's wcwidth works only in a UTF-8 locale, which
// containers often lack. Emoji sequences are the exception: each is drawn as one picture of two columns.
// SPDX-License-Identifier: Apache-2.0

extension Unicode.Scalar {
    /// Wide and fullwidth blocks; wide emoji are recognised by their Unicode property.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
        0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
        0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]

    /// Number signs drawn around the digits that follow: visible, although their category is Format.
    private static let prepended: [ClosedRange<UInt32>] = [
        0x600...0x605, 0x6DD...0x6DD, 0x70F...0x70F, 0x890...0x891, 0x8E2...0x8E2, 0x110BD...0x110BD,
        0x110CD...0x110CD,
    ]

    fileprivate static let joiner: Unicode.Scalar = "\u{200D}"
    fileprivate static let emojiSelector: Unicode.Scalar = "\u{FE0F}"

    /// One of the two letters that make a flag, one column each.
    private var isRegionalIndicator: Bool { (0x1F1E6...0x1F1FF).contains(value) }

    /// Takes two columns on its own.
    package var isWide: Bool { displayWidth == 2 }

    /// Columns; 0 for marks that are drawn over their neighbour.
    package var displayWidth: Int {
        guard value >= 0x300 else { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
        case .format: return Self.prepended.contains { $0.contains(value) } ? 1 : 0
        default: break
        }
        // Hangul vowels and final consonants, which combine with the initial.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) { return 0 }
        let isPicture = properties.isEmojiPresentation && !isRegionalIndicator
        return isPicture || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }
}

extension Character {
    /// A picture made of several code points (UTS #51): a text character followed by U+FE0F, a skin tone, or several
    /// pictures joined.
    private var isEmojiSequence: Bool {
        guard let first = unicodeScalars.first, first.properties.isEmoji else { return false }
        return unicodeScalars.dropFirst().contains {
            $0 == .emojiSelector || $0.properties.isEmojiModifier || ($0 == .joiner && first.isWide)
        }
    }

    /// Sums the columns of its code points: a vowel sign drawn beside its consonant takes a column of its own.
    package var displayWidth: Int {
        if isEmojiSequence { return 2 }
        var (sum, isJoined) = (0, false)
        for scalar in unicodeScalars {
            // A code point after a joiner is drawn into the previous cell.
            if !isJoined { sum += scalar.displayWidth }
            isJoined = scalar == .joiner
        }
        return sum
    }

    /// An ideograph or a picture: lines may break on either side of it.
    package var isWide: Bool { isEmojiSequence || unicodeScalars.contains(where: \.isWide) }
}

extension StringProtocol {
    package var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The longest prefix of whole characters that fits.
    package func prefix(columns: Int) -> SubSequence {
        var width = 0
        return prefix {
            width += $0.displayWidth
            return width <= columns
        }
    }

    /// Spaces appended up to a width in columns; wider text is returned as it is.
    package func padded(columns: Int) -> String { self + missing(columns) }

    /// Spaces in front up to a width in columns; wider text is returned as it is.
    package func rightAligned(columns: Int) -> String { missing(columns) + self }

    private func missing(_ columns: Int) -> String {
        String(repeating: " ", count: Swift.max(0, columns - displayWidth))
    }
}

// The classes of code points that word boundaries depend on (UAX #29, property Word_Break, with the scripts that Lucene
// treats on their own), derived from the properties that Swift knows.
// SPDX-License-Identifier: Apache-2.0

enum WordBreakClass {
    case letter, hebrewLetter, katakana, numeric
    /// Connectors such as the low line, which belong to words.
    case extendNumLet
    case midLetter, midNum, midNumLet, singleQuote, doubleQuote
    /// Marks and format characters, which belong to the character before; those of South-East Asian scripts can also
    /// begin a word.
    case extend, complexMark
    case han, hiragana, complex, emoji, regionalIndicator, other

    init(_ scalar: Unicode.Scalar) {
        self = scalar.isASCII ? Self.ascii[Int(scalar.value)] : Self.wide(scalar)
    }

    // MARK: - Rules

    /// Makes a word by itself.
    var isWordCore: Bool {
        switch self {
        case .letter, .hebrewLetter, .katakana, .numeric: true
        default: false
        }
    }

    var isLetter: Bool { self == .letter || self == .hebrewLetter }

    /// Rules WB5, WB8-10, WB13-13b: no boundary between this and `next`, a core of a word.
    func joins(_ next: WordBreakClass) -> Bool {
        self == .extendNumLet || (self == .katakana) == (next == .katakana)
    }

    /// Rules WB6-7 and WB11-12: punctuation inside a word or a number.
    func isMiddle(of side: WordBreakClass) -> Bool {
        switch self {
        case .midNumLet, .singleQuote: side.isLetter || side == .numeric
        case .midLetter: side.isLetter
        case .midNum: side == .numeric
        case .doubleQuote: side == .hebrewLetter
        default: false
        }
    }

    func isSame(as side: WordBreakClass) -> Bool { isLetter && side.isLetter || self == .numeric && side == .numeric }

    // MARK: - Code points

    private static let ascii: [WordBreakClass] = (0..<128).map { (value: UInt8) in
        switch Unicode.Scalar(value) {
        case "a"..."z", "A"..."Z": .letter
        case "0"..."9": .numeric
        case "_": .extendNumLet
        case "'": .singleQuote
        case "\"": .doubleQuote
        case ".": .midNumLet
        case ":": .midLetter
        case ",", ";": .midNum
        default: .other
        }
    }

    private static func wide(_ scalar: Unicode.Scalar) -> WordBreakClass {
        if isEmoji(scalar.value) { return .emoji }
        let properties = scalar.properties
        // Lucene 8 and 9 know the letters of Unicode 9.
        guard let age = properties.age, age.major <= 9 else { return .other }
        switch scalar.value {
        case 0xB7, 0x2D7, 0x387, 0x5F4, 0x2027, 0xFE13, 0xFE55, 0xFF1A: return .midLetter
        case 0x37E, 0x589, 0x60C, 0x60D, 0x66C, 0x7F8, 0x2044, 0xFE10, 0xFE14, 0xFE50, 0xFE54, 0xFF0C, 0xFF1B:
            return .midNum
        case 0x2018, 0x2019, 0x2024, 0xFE52, 0xFF07, 0xFF0E: return .midNumLet
        case 0x66B, 0xFF10...0xFF19: return .numeric
        case 0x202F: return .extendNumLet
        case 0x200B: return .other
        case 0x1F1E6...0x1F1FF: return .regionalIndicator
        case 0x3031...0x3035, 0x309B, 0x309C, 0x30A0...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE,
            0x3300...0x3357, 0xFF66...0xFF9D, 0x1B000:
            return .katakana
        case 0x3041...0x3096, 0x309D...0x309F, 0x1B001...0x1B11E, 0x1F200: return .hiragana
        case 0x5F3: return .letter
        case 0x5D0...0x5EA, 0x5F0...0x5F2, 0xFB1D, 0xFB1F...0xFB28, 0xFB2A...0xFB4F: return .hebrewLetter
        default: break
        }
        if properties.isGraphemeExtend || properties.generalCategory == .spacingMark
            || properties.generalCategory == .format
        {
            return isSouthEastAsian(scalar) ? .complexMark : .extend
        }
        if isSouthEastAsian(scalar) { return .complex }
        if isHan(scalar) { return .han }
        switch properties.generalCategory {
        case .connectorPunctuation: return .extendNumLet
        case .decimalNumber: return .numeric
        default: break
        }
        return properties.isAlphabetic && !properties.isIdeographic ? .letter : .other
    }

    /// Extended_Pictographic of Unicode's emoji data, and the skin tones, which Swift does not tell.
    private static func isEmoji(_ value: UInt32) -> Bool {
        switch value {
        case 0xA9, 0xAE, 0x203C, 0x2049, 0x2122, 0x2139, 0x2194...0x2199, 0x21A9...0x21AA, 0x231A...0x231B, 0x2328,
            0x2388, 0x23CF, 0x23E9...0x23F3, 0x23F8...0x23FA, 0x24C2, 0x25AA...0x25AB, 0x25B6, 0x25C0,
            0x25FB...0x25FE, 0x2600...0x2605, 0x2607...0x2612, 0x2614...0x2685, 0x2690...0x2705, 0x2708...0x2712,
            0x2714, 0x2716, 0x271D, 0x2721, 0x2728, 0x2733...0x2734, 0x2744, 0x2747, 0x274C, 0x274E,
            0x2753...0x2755, 0x2757, 0x2763...0x2767, 0x2795...0x2797, 0x27A1, 0x27B0, 0x27BF, 0x2934...0x2935,
            0x2B05...0x2B07, 0x2B1B...0x2B1C, 0x2B50, 0x2B55, 0x3030, 0x303D, 0x3297, 0x3299:
            return true
        case 0x1F000...0x1F0FF, 0x1F10D...0x1F10F, 0x1F12F, 0x1F16C...0x1F171, 0x1F17E...0x1F17F, 0x1F18E,
            0x1F191...0x1F19A, 0x1F1AD...0x1F1E5, 0x1F201...0x1F20F, 0x1F21A, 0x1F22F, 0x1F232...0x1F23A,
            0x1F23C...0x1F23F, 0x1F249...0x1F53D, 0x1F546...0x1F64F, 0x1F680...0x1F6FF, 0x1F774...0x1F77F,
            0x1F7D5...0x1F7FF, 0x1F80C...0x1F80F, 0x1F848...0x1F84F, 0x1F85A...0x1F85F, 0x1F888...0x1F88F,
            0x1F8AE...0x1F8FF, 0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1FFFD:
            return true
        default: return false
        }
    }

    private static func isHan(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005, 0x3007, 0x3021...0x3029, 0x3038...0x303B,
            0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x20000...0x3FFFF:
            return scalar.properties.generalCategory != .unassigned
        default: return false
        }
    }

    /// Scripts without spaces between words (line breaking class SA): Thai, Lao, Myanmar, Tai, Khmer.
    private static func isSouthEastAsian(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xE01...0xE3A, 0xE40...0xE4E, 0xE81...0xEBD, 0xEC0...0xECD, 0xEDC...0xEDF, 0x1000...0x103F,
            0x1050...0x108F, 0x109A...0x109F, 0x1780...0x17D3, 0x17D7, 0x17DC, 0x17DD, 0x1950...0x1974,
            0x1980...0x19C9, 0x19DA, 0x19DE...0x19DF, 0x1A20...0x1A5E, 0x1A60...0x1A7C, 0x1AA0...0x1AAD,
            0xA9E0...0xA9EF, 0xA9FA...0xA9FE, 0xAA60...0xAAC2, 0xAADB...0xAADF, 0x11700...0x11739:
            return true
        default: return false
        }
    }
}

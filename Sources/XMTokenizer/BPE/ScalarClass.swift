// The character classes of the pre-tokenisers' patterns: letter (\p{L}), number (\p{N}), white space (\s) or other.
// Taken from a table up to U+FFFF and computed from the standard library's properties beyond.
// SPDX-License-Identifier: Apache-2.0

enum ScalarClass: UInt8, Sendable {
    case other, letter, number
    /// U+0020, which patterns may attach to the following word.
    case blank
    /// Carriage return and line feed.
    case newline
    /// All other white space.
    case space

    var isWhitespace: Bool { rawValue >= Self.blank.rawValue }

    init(_ scalar: UInt32) {
        if scalar < 0x10000 {
            self = Self.table[Int(scalar)]
        } else {
            self = Unicode.Scalar(scalar).map(Self.init(computing:)) ?? .other
        }
    }

    private static let table: [ScalarClass] = (0..<0x10000).map {
        Unicode.Scalar(UInt32($0)).map(ScalarClass.init(computing:)) ?? .other
    }

    private init(computing scalar: Unicode.Scalar) {
        switch scalar {
        case " ": self = .blank
        case "\r", "\n": self = .newline
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }
}

// Python's classes of code points (CPython's Objects/unicodectype.c, from the Unicode database), on which its string
// methods are based. Swift's own differ: U+001C is white space in Python.
// SPDX-License-Identifier: Apache-2.0

package enum PythonText {
    /// str.isspace, and the white space of `strip` and `split`.
    package static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 {
            return scalar == " " || (0x9...0xD).contains(scalar.value) || (0x1C...0x1F).contains(scalar.value)
        }
        return scalar.properties.isWhitespace
    }

    /// str.strip().
    package static func stripped(_ text: some StringProtocol) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(String.UnicodeScalarView(scalars[first...last]))
    }

    /// str.isalnum of one code point.
    package static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool { isLetter(scalar) || isNumeric(scalar) }

    /// The line boundaries of str.splitlines.
    static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xA...0xD, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    package static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    package static func isNumeric(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType != nil }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.numericType == .decimal || scalar.properties.numericType == .digit
    }

    static func isTitle(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .titlecaseLetter }
    static func isUpper(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isUppercase }
    static func isLower(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isLowercase }

    /// Whether repr() prints the code point unescaped.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 { return (0x20...0x7E).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }

    /// The value of a decimal digit in any script.
    static func decimal(_ scalar: Unicode.Scalar) -> Int? {
        if "0"..."9" ~= scalar { return Int(scalar.value - 0x30) }
        guard scalar.properties.numericType == .decimal else { return nil }
        return scalar.properties.numericValue.map { Int($0) }
    }

    /// The indices selected by text[start:end:step].
    static func sliceIndices(_ start: Int?, _ end: Int?, _ step: Int, count: Int) -> [Int] {
        let (lowest, highest) = step > 0 ? (0, count) : (-1, count - 1)
        func place(_ bound: Int) -> Int {
            min(max(bound < 0 ? max(bound, -count - 1) + count : bound, lowest), highest)
        }
        let first = start.map(place) ?? (step > 0 ? lowest : highest)
        let last = end.map(place) ?? (step > 0 ? highest : lowest)
        return Array(stride(from: first, to: last, by: step))
    }
}

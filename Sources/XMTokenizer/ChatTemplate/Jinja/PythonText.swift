// Python's operations on text, by code points. Swift's String compares and counts by grapheme clusters, which would
// take "\r\n" or a letter with its accent for one.
// SPDX-License-Identifier: Apache-2.0

package enum PythonText {
    package static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    /// Where `part` begins in `text` from byte `start` on; UTF-8 lets bytes be compared.
    static func find(_ part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
        guard part.count <= text.count else { return nil }
        guard let first = part.first else { return start <= text.count ? start : nil }
        var at = start
        while at + part.count <= text.count {
            if text[at] == first, text[at..<at + part.count].elementsEqual(part) { return at }
            at += 1
        }
        return nil
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        find(Array(part.utf8), in: Array(text.utf8)) != nil
    }

    /// str.strip and its halves; `characters` nil is white space.
    static func strip(_ text: String, _ characters: String?, left: Bool = true, right: Bool = true) -> String {
        let set = characters.map { Set($0.unicodeScalars) }
        func drops(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? isBlank(scalar) }
        var rest = text.unicodeScalars[...]
        while left, let first = rest.first, drops(first) { rest.removeFirst() }
        while right, let last = rest.last, drops(last) { rest.removeLast() }
        return String(rest)
    }

    /// str.split; `separator` nil splits at runs of white space. `limit` is the number of cuts, negative for all.
    static func split(_ text: String, _ separator: String?, limit: Int) -> [String] {
        guard let separator else { return splitAtBlanks(text, limit: limit) }
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var result: [String] = []
        var start = 0
        while limit < 0 || result.count < limit, let next = find(part, in: bytes, from: start) {
            result.append(String(decoding: bytes[start..<next], as: UTF8.self))
            start = next + part.count
        }
        return result + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    private static func splitAtBlanks(_ text: String, limit: Int) -> [String] {
        var result: [String] = []
        var rest = strip(text, nil, right: false).unicodeScalars[...]
        while !rest.isEmpty {
            guard limit < 0 || result.count < limit, let end = rest.firstIndex(where: isBlank) else {
                result.append(String(rest))
                break
            }
            result.append(String(rest[..<end]))
            rest = rest[end...].drop(while: isBlank)
        }
        return result
    }

    /// str.rsplit, as `split` with the cuts counted from the right.
    static func splitFromRight(_ text: String, _ separator: String?, limit: Int) -> [String] {
        guard let separator else {
            func reversed(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.reversed())) }
            return splitAtBlanks(reversed(text), limit: limit).map(reversed).reversed()
        }
        let parts = split(text, separator, limit: -1)
        guard limit >= 0, parts.count > limit + 1 else { return parts }
        let cut = parts.count - limit
        return [parts[..<cut].joined(separator: separator)] + parts[cut...]
    }

    private static let lineEnds: Set<Unicode.Scalar> = [
        "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
    ]

    /// str.splitlines.
    static func lines(_ text: String, keepingEnds: Bool = false) -> [String] {
        let scalars = Array(text.unicodeScalars)
        var lines: [String] = []
        var at = 0
        while at < scalars.count {
            let end = scalars[at...].firstIndex(where: lineEnds.contains) ?? scalars.count
            let isPair = end + 1 < scalars.count && scalars[end] == "\r" && scalars[end + 1] == "\n"
            let next = min(end + (isPair ? 2 : 1), scalars.count)
            var line = String.UnicodeScalarView()
            line.append(contentsOf: scalars[at..<(keepingEnds ? next : end)])
            lines.append(String(line))
            at = next
        }
        return lines
    }

    static func starts(_ text: String, _ part: String) -> Bool { text.utf8.starts(with: part.utf8) }

    static func ends(_ text: String, _ part: String) -> Bool {
        text.utf8.reversed().starts(with: part.utf8.reversed())
    }

    /// str.find and str.rfind: the first or last place, counted in code points.
    static func place(of part: String, in text: String, fromRight: Bool) -> Int? {
        let parts = fromRight ? splitFromRight(text, part, limit: 1) : split(text, part, limit: 1)
        guard !part.isEmpty else { return fromRight ? text.unicodeScalars.count : 0 }
        return parts.count == 2 ? parts[0].unicodeScalars.count : nil
    }

    /// The predicates of strings: `isdigit` and its like. None holds for an empty string.
    static func holds(_ predicate: String, _ text: String) -> Bool {
        let scalars = text.unicodeScalars
        func all(_ test: (Unicode.Scalar) -> Bool) -> Bool { !scalars.isEmpty && scalars.allSatisfy(test) }
        func isLetter(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
            default: false
            }
        }
        func isNumeric(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType != nil }
        switch predicate {
        case "isalpha": return all(isLetter)
        case "isalnum": return all { isLetter($0) || isNumeric($0) }
        case "isdecimal": return all { $0.properties.numericType == .decimal }
        case "isdigit": return all { $0.properties.numericType == .decimal || $0.properties.numericType == .digit }
        case "isnumeric": return all(isNumeric)
        case "isspace": return all(isBlank)
        case "islower":
            return scalars.contains { $0.properties.isLowercase }
                && !scalars.contains { $0.properties.isUppercase || $0.properties.generalCategory == .titlecaseLetter }
        default:
            return scalars.contains { $0.properties.isUppercase }
                && !scalars.contains { $0.properties.isLowercase || $0.properties.generalCategory == .titlecaseLetter }
        }
    }

    /// Jinja's filter `title`, which begins words behind blanks and opening brackets only.
    static func titleOfWords(_ text: String) -> String {
        var result = ""
        var word = String.UnicodeScalarView()
        func close() {
            if let first = word.first {
                result += String(first).uppercased() + String(String.UnicodeScalarView(word.dropFirst())).lowercased()
            }
            word = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            if isBlank(scalar) || "-({[<".unicodeScalars.contains(scalar) {
                close()
                result.unicodeScalars.append(scalar)
            } else {
                word.append(scalar)
            }
        }
        close()
        return result
    }

    /// str.title: a letter behind a letter is small, every other one large.
    static func title(_ text: String) -> String {
        var result = ""
        var isInside = false
        for scalar in text.unicodeScalars {
            let isLetter = scalar.properties.isCased
            result +=
                isLetter
                ? (isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping)
                : String(scalar)
            isInside = isLetter
        }
        return result
    }

    static func capitalize(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(text.unicodeScalars.dropFirst()).lowercased()
    }

    /// The positions that text[start:end:step] takes.
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

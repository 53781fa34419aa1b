// Python's operations on text, by code points. Swift's String compares and counts by grapheme clusters, which would
// take "\r\n" or a letter with its accent for one.
// SPDX-License-Identifier: Apache-2.0

enum PythonText {
    static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
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
                result.append(limit < 0 || result.count < limit ? String(rest) : strip(String(rest), nil, left: false))
                break
            }
            result.append(String(rest[..<end]))
            rest = rest[end...].drop(while: isBlank)
        }
        return result
    }

    /// str.rsplit with a separator.
    static func splitFromRight(_ text: String, _ separator: String, limit: Int) -> [String] {
        let parts = split(text, separator, limit: -1)
        guard limit >= 0, parts.count > limit + 1 else { return parts }
        let cut = parts.count - limit
        return [parts[..<cut].joined(separator: separator)] + parts[cut...]
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

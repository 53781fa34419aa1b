// Texts as Python has them: equal when their code points are, ordered by them, searched by them. Swift's String takes
// canonically equivalent texts for one and CR LF for one character.
// SPDX-License-Identifier: Apache-2.0

/// A key of dictionaries and sets.
struct ExactText: Hashable, Comparable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// UTF-8 keeps the order of code points.
    static func < (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension String {
    /// The parts before and after the first `mark`; nil where there is none.
    func cut(atFirst mark: String) -> (before: String, after: String)? {
        guard let range = utf8.firstRange(of: mark.utf8) else { return nil }
        return (
            String(decoding: utf8[..<range.lowerBound], as: UTF8.self),
            String(decoding: utf8[range.upperBound...], as: UTF8.self)
        )
    }

    func includes(_ mark: String) -> Bool { utf8.firstRange(of: mark.utf8) != nil }

    func begins(with mark: String) -> Bool { utf8.starts(with: mark.utf8) }

    /// The parts between all `mark`s, empty ones too: Python's `split(mark)`.
    func parts(between mark: String) -> [String] {
        var (parts, rest) = ([String](), self)
        while let (before, after) = rest.cut(atFirst: mark) {
            parts.append(before)
            rest = after
        }
        return parts + [rest]
    }

    func exchanging(_ mark: String, for other: String) -> String {
        parts(between: mark).joined(separator: other)
    }
}

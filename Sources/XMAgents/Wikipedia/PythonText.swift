// Python's string methods on unicode scalars, which are what Python counts, and the `repr` of a list of strings: the
// original environments are Python programs, and their observations are formatted by it.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

extension Unicode.Scalar {
    /// `str.isspace()`, which `str.strip()` removes and `str.split()` splits at.
    var isPythonSpace: Bool { PythonText.isBlank(self) }

    /// `\w` of Python's `re`.
    var isPythonWord: Bool { self == "_" || PythonText.isAlphanumeric(self) }
}

extension StringProtocol {
    /// `str.strip()`.
    var pythonStripped: String { PythonText.stripped(self) }

    /// `str.split()`.
    var pythonWords: [String] {
        unicodeScalars.split(whereSeparator: \.isPythonSpace).map { String(String.UnicodeScalarView($0)) }
    }

    /// `str.split(separator)`: as many parts as there are separators, and one.
    func pythonSplit(_ separator: String) -> [String] {
        let (text, mark) = (Array(utf8), Array(separator.utf8))
        var parts: [String] = []
        var (start, place) = (0, 0)
        while place + mark.count <= text.count {
            if text[place] == mark[0], text[place..<place + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: text[start..<place], as: UTF8.self))
                place += mark.count
                start = place
            } else {
                place += 1
            }
        }
        parts.append(String(decoding: text[start...], as: UTF8.self))
        return parts
    }

    /// `part in str`, by bytes: canonically equivalent spellings differ.
    func contains(bytesOf part: String) -> Bool { part.isEmpty || pythonSplit(part).count > 1 }

    /// Prefix by bytes; nil where the text begins otherwise.
    func dropping(prefix: String) -> String? {
        guard utf8.starts(with: prefix.utf8) else { return nil }
        return String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
    }

    /// The text between a prefix and a final bracket: `E` of `search[E]`.
    func argument(after prefix: String) -> String? {
        guard let rest = dropping(prefix: prefix), rest.utf8.last == UInt8(ascii: "]") else { return nil }
        return String(decoding: rest.utf8.dropLast(), as: UTF8.self)
    }
}

/// Lists of strings as Python prints them: `['A', "B's"]`.
enum PythonList {
    static func text(of items: [String]) -> String {
        JinjaValue.list(items.map { .string($0) }).pythonRepresentation.string
    }

    /// `repr(str)`
    static func literal(_ text: String) -> String { JinjaValue.string(text).pythonRepresentation.string }

    /// The items of a printed list of strings; nil where the text is another.
    static func items(of text: String) -> [String]? {
        var rest = text.unicodeScalars[...]
        guard rest.popFirst() == "[" else { return nil }
        var items: [String] = []
        while let quote = rest.popFirst(), quote == "'" || quote == "\"" {
            var item = String.UnicodeScalarView()
            while let scalar = rest.popFirst(), scalar != quote {
                guard scalar == "\\" else {
                    item.append(scalar)
                    continue
                }
                guard let escaped = rest.popFirst(), let value = value(ofEscape: escaped, &rest) else { return nil }
                item.append(value)
            }
            items.append(String(item))
            if rest.first == "]" { return items }
            guard rest.popFirst() == ",", rest.popFirst() == " " else { return nil }
        }
        return text == "[]" ? [] : nil
    }

    private static func value(
        ofEscape scalar: Unicode.Scalar, _ rest: inout Substring.UnicodeScalarView
    ) -> Unicode.Scalar? {
        let digits: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        switch scalar {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "\\", "'", "\"": return scalar
        default:
            guard let count = digits[scalar] else { return nil }
            let number = String(String.UnicodeScalarView(rest.prefix(count)))
            rest = rest.dropFirst(count)
            return UInt32(number, radix: 16).flatMap(Unicode.Scalar.init)
        }
    }
}

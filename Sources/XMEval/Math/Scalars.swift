// Text as an array of Unicode scalars, with the few operations of Python's str that answer checking is defined by.
// Python's strings are sequences of code points; Swift's Character would join a letter with a following accent.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

typealias Scalars = [Unicode.Scalar]

extension Unicode.Scalar {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
    var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }

    /// What Python's `\s` and `str.strip()` take for white space.
    var isPythonSpace: Bool { PythonText.isBlank(self) }
}

extension Array where Element == Unicode.Scalar {
    init(_ text: String) { self = Array(text.unicodeScalars) }

    var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: self)
        return String(view)
    }

    func matches(_ pattern: Scalars, at start: Int) -> Bool {
        guard start >= 0, start + pattern.count <= count else { return false }
        for offset in 0..<pattern.count where self[start + offset] != pattern[offset] { return false }
        return true
    }

    func matches(_ pattern: String, at start: Int) -> Bool {
        var index = start
        for scalar in pattern.unicodeScalars {
            guard index >= 0, index < count, self[index] == scalar else { return false }
            index += 1
        }
        return true
    }

    /// `str.find`: where the pattern begins at or after `start`.
    func find(_ pattern: String, from start: Int = 0) -> Int? {
        let pattern = Scalars(pattern)
        guard start + pattern.count <= count else { return nil }
        return (start...(count - pattern.count)).first { matches(pattern, at: $0) }
    }

    /// `str.rfind`: where the last occurrence that ends at or before `end` begins.
    func rfind(_ pattern: String, before end: Int? = nil) -> Int? {
        let pattern = Scalars(pattern)
        let last = (end ?? count) - pattern.count
        guard last >= 0 else { return nil }
        return (0...last).last { matches(pattern, at: $0) }
    }

    func has(_ pattern: String) -> Bool { find(pattern) != nil }

    /// `str.replace`: every occurrence from the left, without overlaps.
    func replaced(_ pattern: String, by replacement: String = "") -> Scalars {
        let pattern = Scalars(pattern)
        let replacement = Scalars(replacement)
        var result = Scalars()
        result.reserveCapacity(count)
        var index = 0
        while index < count {
            if self[index] == pattern[0], matches(pattern, at: index) {
                result += replacement
                index += pattern.count
            } else {
                result.append(self[index])
                index += 1
            }
        }
        return result
    }

    /// `str.split(separator)`.
    func pieces(_ separator: String) -> [Scalars] {
        let pattern = Scalars(separator)
        var result = [Scalars()]
        var index = 0
        while index < count {
            if self[index] == pattern[0], matches(pattern, at: index) {
                result.append([])
                index += pattern.count
            } else {
                result[result.count - 1].append(self[index])
                index += 1
            }
        }
        return result
    }

    /// `str.strip()`.
    func stripped() -> Scalars {
        guard let first = firstIndex(where: { !$0.isPythonSpace }) else { return [] }
        let last = lastIndex { !$0.isPythonSpace } ?? first
        return Scalars(self[first...last])
    }

    /// Where the brace that opens at `open` closes, counting nested ones.
    func closingBrace(of open: Int) -> Int? {
        var depth = 0
        for index in open..<count {
            if self[index] == "{" { depth += 1 }
            if self[index] == "}" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }
}

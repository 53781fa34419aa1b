// Where a text has mathematics: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, `[…]` between spaces, and a bare fraction of two
// numbers. As math_verify finds them, several joined by "and", "or" or a comma are one answer.
// SPDX-License-Identifier: Apache-2.0

struct VerifyEnvironment {
    var content: Scalars
    var isPercent: Bool
    /// Behind the delimiter, white space and a percent sign.
    var end: Int

    /// As many as math_verify joins.
    private static let maximumJoined = 6

    /// The environment that begins here and those that follow it; empty where none begins.
    static func sequence(in text: Scalars, at start: Int, boxed: Bool) -> [VerifyEnvironment] {
        guard let first = single(in: text, at: start, boxed: boxed) else { return [] }
        var result = [first]
        while result.count < maximumJoined, let last = result.last {
            guard let conjunction = conjunctionEnd(in: text, from: last.end) else { break }
            let next = text[conjunction...].firstIndex { !$0.isPythonSpace } ?? text.count
            // A bracket needs the space in front of it.
            let places = next > conjunction ? [next, next - 1] : [next]
            guard let following = places.lazy.compactMap({ single(in: text, at: $0, boxed: boxed) }).first else {
                break
            }
            result.append(following)
        }
        return result
    }

    private static func conjunctionEnd(in text: Scalars, from start: Int) -> Int? {
        let word = text[start...].firstIndex { !$0.isPythonSpace } ?? text.count
        return [",and", "and", ",or", "or", ","].first { text.matches($0, at: word) }
            .map { word + $0.unicodeScalars.count }
    }

    private static func single(in text: Scalars, at start: Int, boxed: Bool) -> VerifyEnvironment? {
        guard start < text.count else { return nil }
        let before: Unicode.Scalar? = start > 0 ? text[start - 1] : nil
        var found: (content: Range<Int>, end: Int)?
        switch text[start] {
        case "$" where before != "\\" && text.matches("$$", at: start):
            found = content(in: text, from: start + 2, to: "$$", line: false)
        case "$" where before != "\\" && before.map { $0.properties.numericType == .decimal } != true:
            found = content(in: text, from: start + 1, to: "$", line: true)
        case "\\" where before != "\\" && text.matches("\\[", at: start):
            found = content(in: text, from: start + 2, to: "\\]", line: false)
        case "\\" where before != "\\" && text.matches("\\(", at: start):
            found = content(in: text, from: start + 2, to: "\\)", line: true)
        case let space where space.isPythonSpace && text.matches("[", at: start + 1):
            let close = text[(start + 2)...].firstIndex { ["[", "]", "\n"].contains($0) }
            if let close, text[close] == "]", close > start + 2, close + 1 < text.count,
                text[close + 1].isPythonSpace
            {
                found = (start + 2..<close, close + 2)
            }
        default: break
        }
        if let range = found?.content, boxed, !hasBox(text[range]) { return nil }
        if found == nil, !boxed, let end = fractionEnd(in: text, at: start) { found = (start..<end, end) }
        guard let found else { return nil }
        var end = text[found.end...].firstIndex { !$0.isPythonSpace } ?? text.count
        let percent = ["\\%", "%", "percent", "Percent", "pct", "Pct"].first { text.matches($0, at: end) }
        if let percent { end += percent.unicodeScalars.count }
        return VerifyEnvironment(content: Scalars(text[found.content]), isPercent: percent != nil, end: end)
    }

    /// Up to the first closing delimiter, which no backslash may precede.
    private static func content(
        in text: Scalars, from start: Int, to close: String, line: Bool
    ) -> (content: Range<Int>, end: Int)? {
        var index = start
        while index < text.count {
            if line, text[index] == "\n" { return nil }
            if close == "$", text.matches("\\$", at: index) {
                index += 2
                continue
            }
            if text.matches(close, at: index) {
                guard index > start, text[index - 1] != "\\" else { return nil }
                return (start..<index, index + close.unicodeScalars.count)
            }
            index += 1
        }
        return nil
    }

    private static func hasBox(_ content: ArraySlice<Unicode.Scalar>) -> Bool {
        let content = Scalars(content)
        guard let box = content.find("\\boxed{"), let close = content.lastIndex(of: "}") else { return false }
        return close > box + 7
    }

    /// `-?\frac{a}{b}` with numbers a and b.
    private static func fractionEnd(in text: Scalars, at start: Int) -> Int? {
        var index = text[start] == "-" ? start + 1 : start
        guard text.matches("\\frac{", at: index) else { return nil }
        index += 5
        for _ in 0..<2 {
            guard text.matches("{", at: index) else { return nil }
            index += 1
            if text.matches("-", at: index) { index += 1 }
            let digits = text[index...].prefix(while: \.isASCIIDigit)
            guard !digits.isEmpty else { return nil }
            index = digits.endIndex
            if index < text.count, [".", ","].contains(text[index]) {
                let decimals = text[(index + 1)...].prefix(while: \.isASCIIDigit)
                if !decimals.isEmpty { index = decimals.endIndex }
            }
            guard text.matches("}", at: index) else { return nil }
            index += 1
        }
        return index
    }
}

// The text being edited, split at the cursor. It moves by characters as people see them, so the cursor is never inside
// an emoji or between a letter and its accent.
// SPDX-License-Identifier: Apache-2.0

package struct EditBuffer: Sendable, Equatable {
    package private(set) var before = ""
    package private(set) var after = ""
    /// The text removed by the last cut, for `insertCut`.
    private var cut = ""

    package init(_ text: String = "") { before = text }

    package var text: String { before + after }
    package var isEmpty: Bool { before.isEmpty && after.isEmpty }

    /// Replaces the whole text and puts the cursor at its end; the cut text is kept.
    package mutating func replace(with text: String) { (before, after) = (text, "") }

    package mutating func insert(_ text: String) { before += text }

    package mutating func deleteBackward() { _ = before.popLast() }

    package mutating func deleteForward() { if !after.isEmpty { after.removeFirst() } }

    // MARK: Moving

    package mutating func moveLeft() { if let last = before.popLast() { after.insert(last, at: after.startIndex) } }

    package mutating func moveRight() { if !after.isEmpty { before.append(after.removeFirst()) } }

    /// To the beginning of the line.
    package mutating func moveHome() { split(lineStart) }

    /// To the end of the line.
    package mutating func moveEnd() { split(before.count + lineRest.count) }

    package mutating func moveWordLeft() { split(wordStart) }

    package mutating func moveWordRight() { split(before.count + wordRest) }

    /// To the same column of the line above; false on the first line.
    package mutating func moveUp() -> Bool {
        let start = lineStart
        guard start > 0 else { return false }
        let column = before.count - start
        let above = Array(before.prefix(start - 1))
        let aboveStart = (above.lastIndex(of: "\n") ?? -1) + 1
        split(aboveStart + min(column, above.count - aboveStart))
        return true
    }

    /// To the same column of the line below; false on the last line.
    package mutating func moveDown() -> Bool {
        let column = before.count - lineStart
        let rest = lineRest.count
        guard rest < after.count else { return false }
        let below = after.dropFirst(rest + 1).prefix { $0 != "\n" }.count
        split(before.count + rest + 1 + min(column, below))
        return true
    }

    // MARK: Cutting

    package mutating func cutToStart() { cutBackward(to: lineStart) }

    package mutating func cutWordLeft() { cutBackward(to: wordStart) }

    /// Cuts to the end of the line; at the end, the line end itself.
    package mutating func cutToEnd() { cutForward(max(lineRest.count, after.isEmpty ? 0 : 1)) }

    package mutating func cutWordRight() { cutForward(wordRest) }

    package mutating func insertCut() { insert(cut) }

    private mutating func cutBackward(to start: Int) {
        guard start < before.count else { return }
        cut = String(before.dropFirst(start))
        before = String(before.prefix(start))
    }

    private mutating func cutForward(_ count: Int) {
        guard count > 0 else { return }
        cut = String(after.prefix(count))
        after = String(after.dropFirst(count))
    }

    // MARK: Positions

    /// Puts the cursor after the first `count` characters.
    private mutating func split(_ count: Int) {
        let all = text
        (before, after) = (String(all.prefix(count)), String(all.dropFirst(count)))
    }

    private var lineStart: Int {
        before.count - (before.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0)
    }

    private var lineRest: Substring { after.prefix { $0 != "\n" } }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    private var wordStart: Int {
        let word = before.reversed().drop { !Self.isWord($0) }.drop(while: Self.isWord)
        return word.count
    }

    private var wordRest: Int { after.count - after.drop { !Self.isWord($0) }.drop(while: Self.isWord).count }
}

// Lines broken between words, for a terminal that would break them anywhere: text that is there, and text that comes in
// parts, where a word that turns out too long for its row is taken back and begun again on the next.
// SPDX-License-Identifier: Apache-2.0

package struct WordWrap {
    private let columns: Int
    private var column = 0
    /// The end of the row that belongs together, and its columns.
    private var word = ""
    private var wordWidth = 0

    /// - Parameter columns: one less than the terminal has, so that it never wraps by itself.
    package init(columns: Int) { self.columns = max(columns, 1) }

    /// What to write to the terminal for the next part of the text.
    package mutating func append(_ part: String) -> String {
        part.reduce(into: "") { result, character in result += append(character) }
    }

    private mutating func append(_ character: Character) -> String {
        if character.isNewline {
            begin(at: 0)
            return "\n"
        }
        let width = character == "\t" ? 8 - column % 8 : character.displayWidth
        let isWord = !character.isWhitespace && width < 2
        defer {
            column += width
            if isWord {
                word.append(character)
                wordWidth += width
            } else {
                (word, wordWidth) = ("", 0)
            }
        }
        guard column + width > columns else { return String(character) }
        // A blank at the end of a row is the row's end.
        if character.isWhitespace {
            begin(at: -width)
            return "\n"
        }
        // Ideographs and emoji may stand apart; a word may not, unless it fills the row.
        guard isWord, wordWidth > 0, wordWidth < column else {
            begin(at: 0)
            return "\n" + String(character)
        }
        column = wordWidth
        return "\u{1B}[\(wordWidth)D\u{1B}[K\n" + word + String(character)
    }

    private mutating func begin(at column: Int) { (self.column, word, wordWidth) = (column, "", 0) }

    /// Rows of at most `columns`, broken at blanks where there are any; blanks inside a row stay as they are.
    package static func rows(_ text: some StringProtocol, columns: Int) -> [String] {
        var rows: [String] = []
        var rest = Array(text)[...]
        while !rest.isEmpty {
            var width = 0
            let fits = rest.prefix { character in
                width += character.displayWidth
                return width <= columns
            }
            guard fits.count < rest.count else { break }
            // The blank may stand just behind the row.
            let room = rest.prefix(fits.count + 1)
            let end =
                room.lastIndex(of: " ").flatMap { $0 > rest.startIndex ? $0 : nil }
                ?? max(fits.endIndex, rest.startIndex + 1)
            rows.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        return rows + (rest.isEmpty && !rows.isEmpty ? [] : [String(rest)])
    }
}

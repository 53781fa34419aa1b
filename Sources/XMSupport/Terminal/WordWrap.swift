// Lines broken between words, for a terminal that would break them anywhere: text that is there, and text that comes in
// parts, where a word that turns out too long for its row is taken back and begun again on the next.
// SPDX-License-Identifier: Apache-2.0

package struct WordWrap {
    private var columns: Int
    private var column = 0
    /// The end of the row that belongs together, and its columns.
    private var word = ""
    private var wordWidth = 0
    /// What was written last: marks that join it may come with the next part.
    private var last: Character?

    /// - Parameter columns: one less than the terminal has, so that it never wraps by itself.
    package init(columns: Int) { self.columns = max(columns, 1) }

    /// The terminal has another width now, and has broken the row that is being written by itself.
    package mutating func resize(columns: Int) {
        guard columns != self.columns else { return }
        self.columns = max(columns, 1)
        if column > self.columns { begin(at: column % (self.columns + 1)) }
    }

    /// What to write to the terminal for the next part of the text.
    package mutating func append(_ part: String) -> String {
        var (result, rest) = ("", part[...])
        if let last, !last.isWhitespace, let whole = (String(last) + part).first {
            let marks = whole.unicodeScalars.dropFirst(last.unicodeScalars.count)
            if !marks.isEmpty {
                let width = whole.displayWidth - last.displayWidth
                result = place(String(marks), width: width, isWord: wordWidth > 0, isMark: true)
                rest = Substring(part.unicodeScalars.dropFirst(marks.count))
                self.last = whole
            }
        }
        for character in rest {
            result += append(character)
            last = character
        }
        return result
    }

    private mutating func append(_ character: Character) -> String {
        if character.isNewline {
            begin(at: 0)
            return "\n"
        }
        let width = character == "\t" ? 8 - column % 8 : character.displayWidth
        if character.isWhitespace, column + width > columns {
            // A blank at the end of a row is the row's end.
            begin(at: 0)
            return "\n"
        }
        return place(String(character), width: width, isWord: !character.isWhitespace && !character.isWide)
    }

    /// `isMark`: stays in the row of the character in front of it.
    private mutating func place(_ text: String, width: Int, isWord: Bool, isMark: Bool = false) -> String {
        var lead = ""
        if column + width > columns {
            // A word goes to the next row as a whole, unless it fills this one; ideographs and emoji may stand apart.
            if isWord, wordWidth > 0, wordWidth < column {
                lead = "\u{1B}[\(wordWidth)D\u{1B}[K\n" + word
                column = wordWidth
            } else if !isMark {
                lead = "\n"
                begin(at: 0)
            }
        }
        column += width
        if isWord {
            word += text
            wordWidth += width
        } else {
            (word, wordWidth) = ("", 0)
        }
        return lead + text
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

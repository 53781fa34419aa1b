// Word wrapping for a terminal: of whole texts, and of streamed text, where a word that outgrows its row is erased and
// written again on the next one.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct WordWrap {
    private var columns: Int
    private var column = 0
    /// The unbroken word at the end of the row, and its width.
    private var word = ""
    private var wordWidth = 0
    /// The character written last: the next part may begin with marks that combine with it.
    private var last: Character?

    /// - Parameter columns: one less than the terminal's width, so that it never wraps by itself.
    package init(columns: Int) { self.columns = max(columns, 1) }

    /// Adapts to a new terminal width; the terminal has re-wrapped the current row by itself.
    package mutating func resize(columns: Int) {
        guard columns != self.columns else { return }
        self.columns = max(columns, 1)
        if column > self.columns { begin(at: column % (self.columns + 1)) }
    }

    /// Returns what to write to the terminal for the next part of the text.
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
            // A space that does not fit ends the row.
            begin(at: 0)
            return "\n"
        }
        return place(String(character), width: width, isWord: !character.isWhitespace && !character.isWide)
    }

    /// - Parameter isMark: stays in the row of the character before it.
    private mutating func place(_ text: String, width: Int, isWord: Bool, isMark: Bool = false) -> String {
        var lead = ""
        if column + width > columns {
            // A word moves to the next row as a whole, unless it fills this one. Ideographs and emoji break anywhere.
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

    /// Splits a text into rows of at most `columns`, at spaces where possible; spaces inside a row are kept.
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
            // The space to break at may be just past the row.
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

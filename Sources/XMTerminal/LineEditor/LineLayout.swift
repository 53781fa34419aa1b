// Lays out a message on the screen: rows that wrap before the last column, so that the terminal never wraps by itself,
// a visible mark at each line end, and the position of the cursor.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct LineLayout: Equatable {
    package private(set) var rows: [String]
    /// Columns of each row.
    private var widths: [Int]
    package private(set) var cursorRow = 0
    package private(set) var cursorColumn = 0

    /// - Parameters:
    ///   - prompt: goes before the first row; the other rows are indented by its width.
    ///   - columns: the width of the terminal.
    package init(prompt: String, _ buffer: EditBuffer, columns: Int, style: TextStyle = .plain) {
        let indent = prompt.displayWidth
        let end = max(columns - 1, indent + 2)
        rows = [style.bold(prompt)]
        widths = [indent]
        var column: Int { widths[widths.count - 1] }
        func write(_ text: String, columns: Int) {
            rows[rows.count - 1] += text
            widths[widths.count - 1] += columns
        }
        func newRow() {
            rows.append(String(repeating: " ", count: indent))
            widths.append(indent)
        }
        for (part, isBefore) in [(buffer.before, true), (buffer.after, false)] {
            for character in part {
                if character == "\n" {
                    write(style.dim("↵"), columns: 1)
                    newRow()
                    continue
                }
                let shown = character.displayed
                let width = shown.displayWidth
                // Leaves room for the mark of a line end after the last character.
                if column + width >= end { newRow() }
                write(shown, columns: width)
            }
            if isBefore { (cursorRow, cursorColumn) = (rows.count - 1, column) }
        }
    }

    /// The rows around the cursor that a screen of `height` rows can show.
    package func window(height: Int) -> LineLayout {
        let height = max(height, 1)
        guard rows.count > height else { return self }
        var result = self
        let first = min(max(cursorRow - height / 2, 0), rows.count - height)
        result.rows = Array(rows[first..<first + height])
        result.widths = Array(widths[first..<first + height])
        result.cursorRow -= first
        return result
    }

    /// Screen rows above the cursor once the terminal is `columns` wide: most terminals re-wrap the rows on the screen
    /// when they become narrower (tmux, VTE, kitty, Windows Terminal; xterm cuts them).
    package func rowsAboveCursor(columns: Int) -> Int {
        widths[..<cursorRow].reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) } + cursorColumn / columns
    }
}

extension Character {
    /// What to send to a terminal in its place: control characters are spelled out ("^["), a tab becomes four spaces.
    package var displayed: String {
        guard let scalar = unicodeScalars.first, scalar.properties.generalCategory == .control else {
            return String(self)
        }
        if scalar == "\t" { return "    " }
        return scalar.value < 0x80 ? "^" + String(Unicode.Scalar(UInt8(scalar.value) ^ 0x40)) : "\u{FFFD}"
    }
}

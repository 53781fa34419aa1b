// Where the characters of a message stand on the screen: rows that wrap before the last column, so that no terminal
// wraps by itself, a visible mark where the message has a line end, and the place of the cursor.
// SPDX-License-Identifier: Apache-2.0

package struct LineLayout: Equatable {
    package private(set) var rows: [String]
    /// Columns of each row.
    private var widths: [Int]
    package private(set) var cursorRow = 0
    package private(set) var cursorColumn = 0

    /// - Parameters:
    ///   - prompt: in front of the first row; the others are indented as much.
    ///   - columns: of the terminal.
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
                // A line end mark must fit behind the last character.
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

    /// Rows of the screen above the cursor once the terminal has `columns`: one that became narrower breaks the rows
    /// that stand there (tmux, VTE, kitty, Windows Terminal; xterm cuts them).
    package func rowsAboveCursor(columns: Int) -> Int {
        widths[..<cursorRow].reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) } + cursorColumn / columns
    }
}

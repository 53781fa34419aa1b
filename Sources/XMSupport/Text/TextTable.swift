// Aligned columns for a terminal: every table that the program prints is laid out here.
// SPDX-License-Identifier: Apache-2.0

package enum TextTable {
    /// Lays out rows of equal length as columns two spaces apart, each as wide as its widest cell on a screen.
    /// A last column that is left-aligned gets no trailing spaces. No newline at the end.
    ///
    /// - Parameters:
    ///   - right: indexes of the right-aligned columns, as for numbers.
    ///   - indent: spaces in front of every row.
    package static func text(_ rows: [[String]], right: Set<Int> = [], indent: Int = 0) -> String {
        guard let first = rows.first else { return "" }
        let widths = first.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                if right.contains(column) { return cell.0.rightAligned(columns: cell.1) }
                return column == row.count - 1 ? cell.0 : cell.0.padded(columns: cell.1)
            }
            return String(repeating: " ", count: indent) + cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

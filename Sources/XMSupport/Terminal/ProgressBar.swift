// One line that shows how far long work is, at what rate, and when it ends. Nothing where no person looks.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// Redraws at most ten times a second; silent when the handle is not a terminal.
package final class ProgressBar {
    private let label: String
    private let total: Int
    private let unit: String
    private let handle: FileHandle
    private let visible: Bool
    private let start = Date()
    private let first: Int
    private var drawn = Date.distantPast

    /// `first` is how much was done before, in an earlier run: it counts for the share and not for the rate.
    package init(_ label: String, total: Int, startingAt first: Int = 0, unit: String = "", on handle: FileHandle) {
        self.label = label
        self.total = total
        self.first = first
        self.unit = unit
        self.handle = handle
        visible = Terminal.isTerminal(handle)
    }

    package func update(_ done: Int) {
        guard visible, Date().timeIntervalSince(drawn) > 0.1 || done >= total else { return }
        drawn = Date()
        let line = Self.line(
            label, done: done, startingAt: first, total: total, unit: unit,
            seconds: drawn.timeIntervalSince(start), width: Terminal.width(handle))
        try? handle.writeText("\r\(line)\u{1B}[K")
    }

    /// Removes the line.
    package func finish() {
        if visible { try? handle.writeText("\r\u{1B}[K") }
    }

    /// "label  42 % [#####     ]  12.3k/s  ETA 1m 05s", never wider than `width`.
    package static func line(
        _ label: String, done: Int, startingAt first: Int = 0, total: Int, unit: String, seconds: Double, width: Int
    ) -> String {
        let share = total > 0 ? min(Double(done) / Double(total), 1) : 0
        let rate = seconds > 0 ? Double(done - first) / seconds : 0
        let left = rate > 0 ? Double(max(total - done, 0)) / rate : .infinity
        let head = "\(label) \(String(format: "%3.0f", share * 100)) % "
        let tail = "  \(HumanText.count(rate))\(unit)/s  ETA \(HumanText.duration(left))"
        let room = max(0, min(30, width - head.count - tail.count - 3))
        let filled = Int(share * Double(room))
        let bar =
            room < 5
            ? ""
            : "[" + String(repeating: "#", count: filled)
                + String(repeating: " ", count: room - filled) + "]"
        return String((head + bar + tail).prefix(max(width - 1, 10)))
    }
}

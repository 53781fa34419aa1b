// Progress of long work, its rate and the time left: one line that is redrawn on a terminal, an occasional line in a
// file or a pipe.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class ProgressBar {
    /// What to write where there is no terminal.
    package enum Otherwise: Sendable {
        case nothing
        /// At most one line every ten seconds and per hundredth of the work.
        case lines
    }

    private let label: String
    private let total: Int
    private let unit: String
    private let handle: FileHandle
    private let isDrawn: Bool
    private let otherwise: Otherwise
    private var rate = ProgressRate()
    private var shown = ContinuousClock.now
    private var shownShare = 0.0

    private static let secondsBetweenLines = 10.0

    /// - Parameter first: how much an earlier run has done already.
    package init(
        _ label: String, total: Int, startingAt first: Int = 0, unit: String = "", on handle: FileHandle,
        otherwise: Otherwise = .lines
    ) {
        (self.label, self.total, self.unit) = (label, total, unit)
        (self.handle, self.otherwise) = (handle, otherwise)
        isDrawn = Terminal.isTerminal(handle)
        if isDrawn { draw(first) }
    }

    /// Redraws at most ten times a second.
    package func update(_ done: Int) {
        rate.add(done)
        let seconds = (ContinuousClock.now - shown).seconds
        if isDrawn {
            if seconds > 0.1 || done >= total { draw(done) }
        } else if otherwise == .lines, seconds >= Self.secondsBetweenLines {
            let share = Double(done) / Double(max(total, 1))
            guard share - shownShare >= 0.01 else { return }
            (shown, shownShare) = (.now, share)
            try? handle.writeText(line(done, width: 80, hasBar: false) + "\n")
        }
    }

    private func draw(_ done: Int) {
        shown = .now
        try? handle.writeText("\r\(line(done, width: Terminal.width(handle)))\u{1B}[K")
    }

    private func line(_ done: Int, width: Int, hasBar: Bool = true) -> String {
        Self.line(
            label, done: done, total: total, unit: unit, perSecond: rate.perSecond, width: width, hasBar: hasBar)
    }

    /// Removes the line.
    package func finish() {
        if isDrawn { try? handle.writeText("\r\u{1B}[K") }
    }

    /// "label  42 % [#####     ]  12.3k/s  ETA 1m 05s", never wider than `width`; no rate while `perSecond` is nil.
    package static func line(
        _ label: String, done: Int, total: Int, unit: String, perSecond: Double?, width: Int, hasBar: Bool = true
    ) -> String {
        let share = total > 0 ? min(Double(done) / Double(total), 1) : 0
        let head = "\(label) \(String(format: "%3.0f", share * 100)) % "
        let tail = perSecond.map {
            let left = $0 > 0 ? Double(max(total - done, 0)) / $0 : .infinity
            let rate = $0 < 1000 ? HumanText.rate($0) : HumanText.count($0)
            return "  \(rate)\(unit)/s  ETA \(HumanText.duration(left))"
        }
        let room = max(0, min(30, width - head.displayWidth - (tail ?? "").displayWidth - 3))
        let filled = Int(share * Double(room))
        let bar =
            room < 5 || !hasBar
            ? ""
            : "[" + String(repeating: "#", count: filled)
                + String(repeating: " ", count: room - filled) + "]"
        return String((head + bar + (tail ?? "")).prefix(columns: max(width - 1, 10)))
    }
}

/// Units per second, not counting the first ones: those wait for memory, caches and files, and say little about the
/// rest.
package struct ProgressRate: Sendable {
    private var first: (done: Int, time: ContinuousClock.Instant)?
    /// nil until more is done than at the first call of `add`.
    package private(set) var perSecond: Double?

    package init() {}

    package mutating func add(_ done: Int, at time: ContinuousClock.Instant = .now) {
        guard let first else {
            self.first = (done, time)
            return
        }
        let seconds = (time - first.time).seconds
        if done > first.done, seconds > 0 { perSecond = Double(done - first.done) / seconds }
    }
}

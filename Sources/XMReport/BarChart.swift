// Bar charts of values between 0 and 1, such as accuracies: with confidence intervals, and with marks for what others
// reached.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct BarChart: Sendable {
    /// A named value with an optional interval, drawn as a whisker.
    package struct Bar: Sendable {
        package var name: String
        /// From 0 to 1. Nil draws the marks alone.
        package var value: Double?
        package var interval: ClosedRange<Double>?
        package var color: ChartColor
        package var marks: [Mark]

        package init(
            name: String, value: Double?, interval: ClosedRange<Double>? = nil, color: ChartColor, marks: [Mark] = []
        ) {
            (self.name, self.value, self.interval) = (name, value, interval)
            (self.color, self.marks) = (color, marks)
        }
    }

    /// A value to compare with; its name is shown under the pointer.
    package struct Mark: Sendable {
        package enum Style: String, Sendable { case dot, highlight, line }

        package var name: String
        package var value: Double
        package var style: Style

        package init(name: String, value: Double, style: Style = .dot) {
            (self.name, self.value, self.style) = (name, value, style)
        }
    }

    package var bars: [Bar]
    /// Says what bars and marks are; empty for none.
    package var legend: [(style: LegendStyle, name: String)]
    /// Low rows, for dozens of bars.
    package var isDense: Bool

    package enum LegendStyle: Sendable {
        case bar(ChartColor)
        case mark(Mark.Style)
    }

    package init(bars: [Bar], legend: [(style: LegendStyle, name: String)] = [], isDense: Bool = false) {
        (self.bars, self.legend, self.isDense) = (bars, legend, isDense)
    }

    package func html() -> String {
        // Clamped, so that an interval beyond 0 or 1 does not leave the track.
        func width(_ value: Double) -> String { f(100 * min(max(value, 0), 1)) + "%" }
        let rows = bars.map { bar in
            let fill = bar.value.map {
                "<i class=\"b \(bar.color.cssClass)\" style=\"width:\(width($0))\"></i>"
            }
            let whisker = bar.interval.map {
                "<i class=\"whisker\" style=\"left:\(width($0.lowerBound));"
                    + "width:\(width($0.upperBound - $0.lowerBound))\"></i>"
            }
            let marks = bar.marks.map {
                "<i class=\"ref \($0.style.rawValue)\" style=\"left:\(width($0.value))\" "
                    + "title=\"\(escaped($0.name)) \(percent($0.value))\"></i>"
            }
            return "<span>\(escaped(bar.name))</span><span class=\"track\">\(fill ?? "")\(marks.joined())"
                + "\(whisker ?? "")</span><span>\(bar.value.map(percent) ?? "–")</span>"
        }
        let keys = legend.map { entry in
            switch entry.style {
            case .bar(let color): "<span><i class=\"b \(color.cssClass)\"></i>\(escaped(entry.name))</span>"
            case .mark(let style):
                "<span><i class=\"ref \(style.rawValue)\"></i>\(escaped(entry.name))</span>"
            }
        }
        let ticks = [0, 25, 50, 75, 100].map { "<b style=\"left:\($0)%\">\($0)</b>" }
        let scale = "<span></span><span class=\"scale\">\(ticks.joined())</span><span></span>"
        return "<div class=\"bars\(isDense ? " dense" : "")\">\(rows.joined())\(scale)</div>"
            + (keys.isEmpty ? "" : "<p class=\"legend\">\(keys.joined())</p>")
    }
}

// A reliability diagram (figure 4 of the Xmodel-2 report): how often answers were right against how probable the model
// held them to be. On the dotted diagonal it knows what it knows; below it is too sure of itself.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct ReliabilityDiagram: Sendable {
    /// Answers of similar confidence.
    package struct Bin: Sendable {
        package var count: Int
        /// Both from 0 to 1.
        package var meanConfidence: Double
        package var accuracy: Double
        /// Of the accuracy, drawn as a whisker.
        package var interval: ClosedRange<Double>?

        package init(count: Int, meanConfidence: Double, accuracy: Double, interval: ClosedRange<Double>? = nil) {
            (self.count, self.meanConfidence) = (count, meanConfidence)
            (self.accuracy, self.interval) = (accuracy, interval)
        }
    }

    package var title: String
    /// Lines in the upper left corner: "accuracy 0.46", "ECE 0.060".
    package var facts: [String]
    /// Empty ones are not drawn.
    package var bins: [Bin]
    package var color: ChartColor

    package init(title: String, facts: [String], bins: [Bin], color: ChartColor = .run(1)) {
        (self.title, self.facts, self.bins, self.color) = (title, facts, bins, color)
    }

    package func html() -> String {
        "<figure class=\"chart square\"><figcaption>\(escaped(title))</figcaption>\(svg)</figure>"
    }

    private var svg: String {
        let drawn = bins.filter { $0.count > 0 && $0.meanConfidence.isFinite && $0.accuracy.isFinite }
        guard !drawn.isEmpty, let scale = ChartScale([0, 1]) else { return PlotFrame.empty(title: title) }
        let frame = PlotFrame(
            width: 400, height: 380, margins: .init(left: 44, right: 16, top: 16, bottom: 36), x: scale, y: scale)
        let largest = Double(drawn.map(\.count).max() ?? 1)
        let whiskers = drawn.compactMap { bin in
            bin.interval.map { interval in
                let x = f(frame.px(bin.meanConfidence))
                return "<line class=\"whisker\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(f(frame.py(interval.lowerBound)))\" "
                    + "y2=\"\(f(frame.py(interval.upperBound)))\"/>"
            }
        }
        let dots = drawn.map { bin -> String in
            // Areas in proportion to counts, down to a dot that can be seen.
            let radius = 2.5 + 6.5 * (Double(bin.count) / largest).squareRoot()
            let (x, y) = (f(frame.px(bin.meanConfidence)), f(frame.py(bin.accuracy)))
            let title = "\(bin.count) answers: said \(percent(bin.meanConfidence)), were \(percent(bin.accuracy))"
            return "<circle class=\"\(color.cssClass)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(f(radius))\">"
                + "<title>\(title)</title></circle>"
        }
        let box = facts.enumerated().map { index, fact -> String in
            let y = frame.margins.top + 20 + 18 * Double(index)
            return "<text x=\"\(frame.margins.left + 10)\" y=\"\(y)\">\(escaped(fact))</text>"
        }
        let diagonal = frame.path([(x: 0, y: 0), (x: 1, y: 1)])
        let curve = frame.path(drawn.map { (x: $0.meanConfidence, y: $0.accuracy) })
        let marks = (whiskers + dots + box).joined()
        return "<svg viewBox=\"0 0 400 380\" role=\"img\" aria-label=\"\(escaped(title))\">\(frame.grid())"
            + "<polyline class=\"diagonal\" points=\"\(diagonal)\"/>"
            + "<polyline class=\"\(color.cssClass)\" points=\"\(curve)\"/>\(marks)</svg>"
    }
}

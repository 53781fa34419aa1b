// Shares as pies (the paper's Fig. 2 shows its mixtures so) and accuracies as bars with their intervals.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Named shares of a whole.
package struct PieChart: Sendable {
    package var title: String
    package var shares: [(name: String, share: Double)]

    /// Shares are divided by their sum; zero and negative ones are left out.
    package init(title: String, shares: [(name: String, share: Double)]) {
        let kept = shares.filter { $0.share > 0 && $0.share.isFinite }
        let total = kept.reduce(0) { $0 + $1.share }
        self.title = title
        self.shares = kept.map { ($0.name, $0.share / total) }
    }

    package func svg() -> String {
        let radius = 80.0
        var start = -Double.pi / 2
        var body = ""
        for (index, slice) in shares.enumerated() {
            let end = start + 2 * .pi * slice.share
            let label = "\(slice.name) \(percent(slice.share))"
            if slice.share > 0.9999 {
                body +=
                    "<circle class=\"s\(index % 6)\"\(paler(index)) cx=\"100\" cy=\"100\" r=\"\(radius)\"><title>\(escaped(label))</title></circle>"
            } else {
                let (x0, y0) = (100 + radius * cos(start), 100 + radius * sin(start))
                let (x1, y1) = (100 + radius * cos(end), 100 + radius * sin(end))
                body +=
                    "<path class=\"s\(index % 6)\"\(paler(index)) d=\"M100,100 L\(f(x0)),\(f(y0)) A\(radius),\(radius) 0 "
                    + "\(slice.share > 0.5 ? 1 : 0) 1 \(f(x1)),\(f(y1)) Z\"><title>\(escaped(label))</title></path>"
            }
            start = end
        }
        let legend = shares.enumerated().map {
            "<span><i class=\"b\($0 % 6)\"\(paler($0))></i>\(escaped($1.name)) \(percent($1.share))</span>"
        }.joined()
        return "<figure class=\"pie\"><figcaption>\(escaped(title))</figcaption>"
            + "<svg viewBox=\"0 0 200 200\" role=\"img\" aria-label=\"\(escaped(title))\">\(body)</svg>"
            + "<p class=\"legend\">\(legend)</p></figure>"
    }
}

/// Shares of 1, one bar each: with intervals in colours of their own, bars of a histogram all alike.
package struct BarChart: Sendable {
    package struct Bar: Sendable {
        package let name: String
        package let value: Double
        package let low: Double
        package let high: Double

        package init(name: String, value: Double, low: Double, high: Double) {
            (self.name, self.value, self.low, self.high) = (name, value, low, high)
        }
    }

    package var bars: [Bar]

    package init(bars: [Bar]) { self.bars = bars }

    package func svg() -> String {
        let height = 44.0 * Double(bars.count) + 8
        var body = ""
        for (index, bar) in bars.enumerated() {
            let y = 44.0 * Double(index) + 8
            func x(_ value: Double) -> Double { 180 + 460 * min(max(value, 0), 1) }
            body += "<text class=\"label\" x=\"170\" y=\"\(f(y + 19))\" text-anchor=\"end\">\(escaped(bar.name))</text>"
            let isInterval = bar.low < bar.high
            body +=
                "<rect class=\"s\(isInterval ? index % 6 : 0)\" x=\"180\" y=\"\(f(y))\" width=\"\(f(x(bar.value) - 180))\" height=\"28\" rx=\"2\"/>"
            if isInterval {
                body +=
                    "<path class=\"whisker\" d=\"M\(f(x(bar.low))),\(f(y + 14)) H\(f(x(bar.high))) M\(f(x(bar.low))),\(f(y + 8)) v12 M\(f(x(bar.high))),\(f(y + 8)) v12\"/>"
            }
            body += "<text class=\"label\" x=\"\(f(x(bar.high) + 10))\" y=\"\(f(y + 19))\">\(percent(bar.value))</text>"
        }
        return "<svg viewBox=\"0 0 760 \(f(height))\" role=\"img\">\(body)</svg>"
    }
}

/// The seventh colour is the first again, paler.
private func paler(_ index: Int) -> String { index < 6 ? "" : " style=\"opacity:.55\"" }

private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

// Pie charts of shares, like the data mixtures in figure 2 of the Xmodel-2 report.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A pie chart of named shares.
package struct PieChart: Sendable {
    /// A named, coloured share; any positive unit.
    package struct Slice: Sendable {
        package var name: String
        package var share: Double
        package var color: ChartColor

        package init(name: String, share: Double, color: ChartColor) {
            (self.name, self.share, self.color) = (name, share, color)
        }
    }

    package var title: String
    package var slices: [Slice]

    /// Normalises the shares to a sum of 1; zero, negative and non-finite ones are dropped.
    package init(title: String, slices: [Slice]) {
        let kept = slices.filter { $0.share > 0 && $0.share.isFinite }
        let largest = kept.map(\.share).max() ?? 1
        // Dividing by the largest first keeps a sum of huge shares from overflowing.
        let total = kept.reduce(0) { $0 + $1.share / largest }
        self.title = title
        self.slices = kept.map { Slice(name: $0.name, share: $0.share / largest / total, color: $0.color) }
    }

    package func html() -> String {
        let radius = 80.0
        // Slices go clockwise from the top.
        var start = -Double.pi / 2
        var body = ""
        for slice in slices {
            let end = start + 2 * .pi * slice.share
            let paint = "class=\"\(slice.color.cssClass)\"\(slice.color.style)"
            let title = "<title>\(escaped("\(slice.name) \(percent(slice.share))"))</title>"
            // An SVG arc from a point to itself draws nothing, so a full circle is drawn as one.
            if slice.share > 0.9999 {
                body += "<circle \(paint) cx=\"100\" cy=\"100\" r=\"\(radius)\">\(title)</circle>"
            } else {
                let (x0, y0) = (100 + radius * cos(start), 100 + radius * sin(start))
                let (x1, y1) = (100 + radius * cos(end), 100 + radius * sin(end))
                body +=
                    "<path \(paint) d=\"M100,100 L\(f(x0)),\(f(y0)) A\(radius),\(radius) 0 "
                    + "\(slice.share > 0.5 ? 1 : 0) 1 \(f(x1)),\(f(y1)) Z\">\(title)</path>"
            }
            start = end
        }
        let legend = slices.map {
            "<span><i "
                + "class=\"b \($0.color.cssClass)\"\($0.color.style)></i>\(escaped($0.name)) \(percent($0.share))</span>"
        }.joined()
        return "<figure class=\"pie\"><figcaption>\(escaped(title))</figcaption>"
            + "<svg viewBox=\"0 0 200 200\" role=\"img\" aria-label=\"\(escaped(title))\">\(body)</svg>"
            + "<p class=\"legend\">\(legend)</p></figure>"
    }
}

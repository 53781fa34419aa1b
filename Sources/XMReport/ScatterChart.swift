// A chart of values over numbers of any kind: measured points, and curves that were fitted to them.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct ScatterChart: Sendable {
    package struct Series: Sendable {
        package enum Style: Sendable { case points, line, dashedLine }

        package var name: String
        package var color: ChartColor
        package var style: Style
        /// Ascending by x. Points that are not finite are left out.
        package var points: [(x: Double, y: Double)]

        package init(name: String, color: ChartColor, style: Style, points: [(x: Double, y: Double)]) {
            (self.name, self.color, self.style, self.points) = (name, color, style, points)
        }
    }

    package var title: String
    package var xLabel: String
    package var yLabel: String
    package var series: [Series]

    package init(title: String, xLabel: String, yLabel: String, series: [Series]) {
        (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
    }

    package func html() -> String {
        let drawn = series.map { series in
            var series = series
            series.points.removeAll { !$0.x.isFinite || !$0.y.isFinite }
            return series
        }
        let names = drawn.filter { !$0.points.isEmpty }.map { series in
            "<span><i class=\"b \(series.color.cssClass)\(series.style == .points ? " dot" : "")\"></i>"
                + "\(escaped(series.name))</span>"
        }
        return "<figure class=\"chart\"><figcaption>\(escaped(title)) <span class=\"unit\">\(escaped(yLabel))</span>"
            + "</figcaption>\(svg(drawn))<p class=\"legend\">\(names.joined())</p></figure>"
    }

    private func svg(_ drawn: [Series]) -> String {
        let points = drawn.flatMap(\.points)
        guard let x = ChartScale(points.map(\.x)), let y = ChartScale(points.map(\.y)) else {
            return PlotFrame.empty(title: title)
        }
        let frame = PlotFrame(height: 324, margins: .init(bottom: 56), x: x, y: y)
        let body = drawn.map { series in
            let color = series.color.cssClass
            switch series.style {
            case .points:
                return series.points.map {
                    "<circle class=\"\(color) point\" cx=\"\(f(frame.px($0.x)))\" cy=\"\(f(frame.py($0.y)))\" r=\"2\"/>"
                }.joined()
            case .line: return "<polyline class=\"\(color)\" points=\"\(frame.path(series.points))\"/>"
            case .dashedLine: return "<polyline class=\"\(color) dashed\" points=\"\(frame.path(series.points))\"/>"
            }
        }
        let label =
            "<text class=\"tick\" x=\"\(f((frame.margins.left + frame.right) / 2))\" y=\"\(frame.height - 4)\" "
            + "text-anchor=\"middle\">\(escaped(xLabel))</text>"
        return "<svg viewBox=\"0 0 760 324\" role=\"img\" aria-label=\"\(escaped(title))\">"
            + "\(frame.grid())\(body.joined())\(label)</svg>"
    }
}

// The frame of a drawn chart: where values lie on the drawing, and the grid with its labels.
// SPDX-License-Identifier: Apache-2.0

/// A drawing with margins around the plotted area, in SVG units; the page scales it.
struct PlotFrame {
    struct Margins {
        var left = 84.0
        var right = 24.0
        var top = 28.0
        var bottom = 32.0
    }

    var width = 760.0
    var height = 300.0
    var margins = Margins()
    let x: ChartScale
    let y: ChartScale

    var right: Double { width - margins.right }
    var foot: Double { height - margins.bottom }

    func px(_ value: Double) -> Double { margins.left + x.position(value) * (right - margins.left) }

    /// SVG's y axis points down.
    func py(_ value: Double) -> Double { foot - y.position(value) * (foot - margins.top) }

    /// A list of points for `polyline`.
    func path(_ points: some Sequence<(x: Double, y: Double)>) -> String {
        points.map { "\(f(px($0.x))),\(f(py($0.y)))" }.joined(separator: " ")
    }

    /// Horizontal lines with labels at the ticks of y, labels alone at those of x.
    func grid() -> String {
        let columns = x.ticks.map { tick in
            "<text class=\"tick\" x=\"\(f(px(tick)))\" y=\"\(height - margins.bottom + 24)\" "
                + "text-anchor=\"middle\">\(ChartScale.label(tick))</text>"
        }
        let lines = y.ticks.map { tick in
            let at = f(py(tick))
            return "<line class=\"grid\" x1=\"\(margins.left)\" x2=\"\(right)\" y1=\"\(at)\" y2=\"\(at)\"/>"
                + "<text class=\"tick\" x=\"\(margins.left - 8)\" y=\"\(f(py(tick) + 5))\" text-anchor=\"end\">"
                + "\(ChartScale.label(tick))</text>"
        }
        return (columns + lines).joined()
    }

    /// What stands in place of a drawing without values.
    static func empty(title: String) -> String {
        "<svg viewBox=\"0 0 760 60\" role=\"img\" aria-label=\"\(escaped(title))\">"
            + "<text class=\"tick\" x=\"380\" y=\"34\" text-anchor=\"middle\">no values yet</text></svg>"
    }
}

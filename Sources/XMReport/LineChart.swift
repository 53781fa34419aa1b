// A line chart of a training run: curves by step or by tokens, stages as shaded bands, events as marks. Both versions
// are drawn; the style sheet shows one, and HoverScript.swift displays values under the pointer.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A chart as data; `html()` draws it as SVG.
package struct LineChart: Sendable {
    /// A position on the x axis.
    package struct Position: Sendable, Equatable {
        package var step: Int
        /// Tokens of training up to and including the step.
        package var tokens: Int

        package init(step: Int, tokens: Int) { (self.step, self.tokens) = (step, tokens) }
    }

    /// A value at a position. Values that cannot be drawn (NaN, or not positive on a logarithmic axis) are skipped.
    package struct Point: Sendable {
        package var position: Position
        package var value: Double

        package init(_ position: Position, _ value: Double) { (self.position, self.value) = (position, value) }
    }

    /// A named curve, or a set of points; points are in ascending order of steps.
    package struct Series: Sendable {
        package enum Style: Sendable { case line, points }

        package var name: String
        package var color: ChartColor
        package var points: [Point]
        package var style: Style
        /// Draws a moving average over the faint raw curve.
        package var isSmoothed: Bool

        package init(
            name: String, color: ChartColor, points: [Point], style: Style = .line, isSmoothed: Bool = false
        ) {
            (self.name, self.color, self.points) = (name, color, points)
            (self.style, self.isSmoothed) = (style, isSmoothed)
        }
    }

    /// A shaded, named range of the run.
    package struct Band: Sendable {
        package var name: String
        package var from: Position
        package var to: Position

        package init(name: String, from: Position, to: Position) { (self.name, self.from, self.to) = (name, from, to) }
    }

    /// An event at a step: a resume, a skipped update, a changed key.
    package struct Mark: Sendable {
        package enum Kind: String, Sendable, CaseIterable { case resumed, skipped }

        package var kind: Kind
        package var position: Position
        package var text: String

        package init(_ kind: Kind, at position: Position, _ text: String) {
            (self.kind, self.position, self.text) = (kind, position, text)
        }
    }

    package var title: String
    package var unit: String
    package var series: [Series]
    package var bands: [Band]
    package var marks: [Mark]
    package var isLogarithmic: Bool

    package init(
        title: String, unit: String, series: [Series], bands: [Band] = [], marks: [Mark] = [],
        isLogarithmic: Bool = false
    ) {
        (self.title, self.unit, self.series, self.bands) = (title, unit, series, bands)
        (self.marks, self.isLogarithmic) = (marks, isLogarithmic)
    }

    // The two x axes; the raw value is part of the CSS class `by-steps`, `by-tokens`.
    enum Axis: String, CaseIterable {
        case steps, tokens

        func value(_ position: Position) -> Double { Double(self == .steps ? position.step : position.tokens) }
    }

    /// Longer curves are thinned to about this many points, one per pixel: it keeps the file small.
    private static let largestCount = 800

    /// The figure: caption, both drawings, legend, and the values for the hover script.
    package func html() -> String {
        let drawn = series.map { series in
            var series = series
            series.points = series.points.filter { $0.value.isFinite && (!isLogarithmic || $0.value > 0) }
            return series
        }
        return "<figure class=\"chart\"><figcaption>\(escaped(title)) <span class=\"unit\">\(escaped(unit))"
            + (isLogarithmic ? ", logarithmic scale" : "") + "</span></figcaption>"
            + Axis.allCases.map { "<div class=\"by-\($0.rawValue)\">\(svg(drawn, $0))</div>" }.joined()
            + legend(drawn) + values(drawn) + "</figure>"
    }

    /// One drawing. Marks are left out of the axis range: an event alone has no value to plot.
    private func svg(_ drawn: [Series], _ axis: Axis) -> String {
        let positions = drawn.flatMap { $0.points.map(\.position) } + bands.flatMap { [$0.from, $0.to] }
        guard let x = ChartScale(positions.map(axis.value)),
            let y = ChartScale(drawn.flatMap { $0.points.map(\.value) }, isLogarithmic: isLogarithmic)
        else { return PlotFrame.empty(title: title) }
        let frame = PlotFrame(x: x, y: y)
        func px(_ position: Position) -> Double { frame.px(axis.value(position)) }
        // Painted back to front: bands, grid (stages already shade its columns), curves, marks.
        var body = bands.enumerated().map { band($1, $0, frame, px) }.joined() + frame.grid()
        for line in drawn where !line.points.isEmpty { body += curve(line, px, frame.py) }
        body += marks.map { mark($0, px($0.position), frame) }.joined()
        return "<svg viewBox=\"0 0 760 300\" role=\"img\" aria-label=\"\(escaped(title)) by \(axis.rawValue)\" "
            + "data-x0=\"\(x.range.lowerBound)\" data-x1=\"\(x.range.upperBound)\" "
            + "data-left=\"\(frame.margins.left)\" data-right=\"\(frame.right)\">\(body)</svg>"
    }

    private func band(_ band: Band, _ index: Int, _ frame: PlotFrame, _ px: (Position) -> Double) -> String {
        let (from, to) = (px(band.from), px(band.to))
        let width = max(to - from, 0)
        let name = escaped(band.name)
        // A band too narrow for its name shows it only on hover; 13 units is a wide character on a phone.
        let label =
            width < 13 * Double(band.name.count)
            ? "" : "<text class=\"tick\" x=\"\(f((from + to) / 2))\" y=\"19\" text-anchor=\"middle\">\(name)</text>"
        return "<rect class=\"band\(index % 2)\" x=\"\(f(from))\" y=\"\(frame.margins.top)\" width=\"\(f(width))\" "
            + "height=\"\(frame.foot - frame.margins.top)\"><title>\(name)</title></rect>\(label)"
    }

    // A single point would be an invisible polyline, so it is drawn as a circle.
    private func curve(_ line: Series, _ px: (Position) -> Double, _ py: (Double) -> Double) -> String {
        let color = line.color.cssClass
        if line.style == .points || line.points.count == 1 {
            return line.points.map {
                "<circle class=\"\(color)\" cx=\"\(f(px($0.position)))\" cy=\"\(f(py($0.value)))\" r=\"4\"/>"
            }.joined()
        }
        func path(_ points: [Point], _ style: String) -> String {
            let text = Self.thinned(points, to: Self.largestCount).map { "\(f(px($0.position))),\(f(py($0.value)))" }
            return
                "<polyline class=\"\(style) \(color)\"\(line.color.style) points=\"\(text.joined(separator: " "))\"/>"
        }
        return line.isSmoothed
            ? path(line.points, "raw") + path(Self.smoothed(line.points), "line") : path(line.points, "line")
    }

    /// A dashed line and a flag below the axis; the flag is large enough to hover over.
    private func mark(_ mark: Mark, _ x: Double, _ frame: PlotFrame) -> String {
        let foot = frame.foot
        return "<path class=\"mark \(mark.kind.rawValue)\" d=\"M\(f(x)),\(frame.margins.top) V\(foot)\">"
            + "<title>\(escaped(mark.text))</title></path>"
            + "<path class=\"flag \(mark.kind.rawValue)\" d=\"M\(f(x - 5)),\(foot + 8) h10 l-5,-8 z\">"
            + "<title>\(escaped(mark.text))</title></path>"
    }

    // No legend for a single unmarked curve: the caption says what it is.
    private func legend(_ drawn: [Series]) -> String {
        let names = drawn.filter { !$0.points.isEmpty }.map {
            "<span><i class=\"b \($0.color.cssClass)\($0.style == .points ? " dot" : "")\"\($0.color.style)></i>"
                + "\(escaped($0.name))</span>"
        }
        let kinds = Mark.Kind.allCases.filter { kind in marks.contains { $0.kind == kind } }.map {
            "<span><i class=\"b \($0.rawValue)\"></i>\($0.rawValue)</span>"
        }
        return names.count + kinds.count > 1 ? "<p class=\"legend\">\((names + kinds).joined())</p>" : ""
    }

    /// The values as JSON, `[{"n": name, "c": class, "p": [[step, tokens, value], …]}, …]`, for the hover script.
    private func values(_ drawn: [Series]) -> String {
        let series = drawn.map { line in
            let points = Self.thinned(line.points, to: Self.largestCount).map {
                "[\($0.position.step),\($0.position.tokens),\(String(format: "%.6g", $0.value))]"
            }
            return
                "{\"n\":\(jsonString(line.name)),\"c\":\"\(line.color.cssClass)\",\"p\":[\(points.joined(separator: ","))]}"
        }
        return "<script type=\"application/json\">[\(series.joined(separator: ","))]</script>"
    }

    /// Centred moving average. The window narrows towards both ends, so that neither end is biased.
    package static func smoothed(_ points: [Point]) -> [Point] {
        // Half width: 2.5 % of the points, at most 100.
        let widest = min(points.count / 40, 100)
        return points.indices.map { index in
            let half = min(widest, index, points.count - 1 - index)
            let window = points[index - half...index + half]
            return Point(points[index].position, window.reduce(0) { $0 + $1.value } / Double(window.count))
        }
    }

    /// Downsamples to at most `count` + 2 points: the first, the last, and the minimum and maximum of each of `count` /
    /// 2 buckets of consecutive points. Keeping extremes keeps spikes of the loss visible.
    package static func thinned(_ points: [Point], to count: Int) -> [Point] {
        guard points.count > count, count >= 4 else { return points }
        let bucketSize = (points.count + count / 2 - 1) / (count / 2)
        var kept = [0]  // indices, ascending
        for start in stride(from: 0, to: points.count, by: bucketSize) {
            let bucket = points[start..<min(start + bucketSize, points.count)]
            let low = bucket.indices.min { bucket[$0].value < bucket[$1].value }!
            let high = bucket.indices.max { bucket[$0].value < bucket[$1].value }!
            kept += [min(low, high), max(low, high)].filter { $0 > kept.last! }
        }
        if kept.last! < points.count - 1 { kept.append(points.count - 1) }
        return kept.map { points[$0] }
    }
}

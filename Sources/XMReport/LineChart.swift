// A line chart as inline SVG: linear or logarithmic height, shaded stages, faint raw values under a smoothed line.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package struct LineChart: Sendable {
    package struct Series: Sendable {
        package var name: String
        package var points: [(x: Double, y: Double)]
        /// Weight of the past in the exponential mean drawn over the raw line; 0 draws the raw line alone.
        package var smoothing: Double

        package init(name: String, points: [(x: Double, y: Double)], smoothing: Double = 0) {
            (self.name, self.points, self.smoothing) = (name, points, smoothing)
        }
    }

    /// A shaded stretch of the x axis with a name.
    package struct Band: Sendable {
        package var name: String
        package var range: ClosedRange<Double>

        package init(name: String, range: ClosedRange<Double>) { (self.name, self.range) = (name, range) }
    }

    package var title: String
    package var xLabel: String
    package var yLabel: String
    package var series: [Series]
    package var bands: [Band] = []
    package var isLogarithmic = false

    package init(title: String, xLabel: String, yLabel: String, series: [Series]) {
        (self.title, self.xLabel, self.yLabel, self.series) = (title, xLabel, yLabel, series)
    }

    private static let (width, height) = (760.0, 300.0)
    private static let (left, right, top, bottom) = (64.0, 16.0, 22.0, 44.0)
    /// More points than this are thinned to the extremes of equal stretches.
    private static let largestCount = 800

    /// The chart; an empty frame with a note when no point is finite.
    package func svg() -> String {
        let drawn = series.map { series in
            Series(
                name: series.name,
                points: series.points.filter { $0.x.isFinite && $0.y.isFinite && (!isLogarithmic || $0.y > 0) },
                smoothing: series.smoothing)
        }
        let all = drawn.flatMap(\.points)
        guard let x = range(all.map(\.x) + bands.flatMap { [$0.range.lowerBound, $0.range.upperBound] }),
            let y = range(all.map { height($0.y) })
        else { return frame("<text class=\"note\" x=\"380\" y=\"150\" text-anchor=\"middle\">no values</text>") }
        func px(_ value: Double) -> Double {
            Self.left + (value - x.lowerBound) / (x.upperBound - x.lowerBound) * (Self.width - Self.left - Self.right)
        }
        func py(_ value: Double) -> Double {
            Self.height - Self.bottom
                - (height(value) - y.lowerBound) / (y.upperBound - y.lowerBound)
                * (Self.height - Self.top - Self.bottom)
        }
        var body = ""
        for (index, band) in bands.enumerated() {
            let (from, to) = (px(band.range.lowerBound), px(band.range.upperBound))
            body +=
                "<rect class=\"band\(index % 2)\" x=\"\(f(from))\" y=\"\(Self.top)\" width=\"\(f(max(to - from, 0)))\" "
                + "height=\"\(Self.height - Self.top - Self.bottom)\"/>"
            body +=
                "<text class=\"band\" x=\"\(f((from + to) / 2))\" y=\"15\" text-anchor=\"middle\">"
                + "\(escaped(band.name))</text>"
        }
        for tick in Ticks.values(x) {
            body +=
                "<text class=\"tick\" x=\"\(f(px(tick)))\" y=\"\(Self.height - 26)\" text-anchor=\"middle\">"
                + "\(Ticks.label(tick))</text>"
        }
        for tick in Ticks.values(y) {
            let at =
                Self.height - Self.bottom
                - (tick - y.lowerBound) / (y.upperBound - y.lowerBound) * (Self.height - Self.top - Self.bottom)
            body +=
                "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(f(at))\" y2=\"\(f(at))\"/>"
            body +=
                "<text class=\"tick\" x=\"\(Self.left - 8)\" y=\"\(f(at + 4))\" text-anchor=\"end\">"
                + "\(Ticks.label(isLogarithmic ? pow(10, tick) : tick))</text>"
        }
        for (index, line) in drawn.enumerated() where !line.points.isEmpty {
            func path(_ points: [(x: Double, y: Double)], _ style: String) -> String {
                let text = Self.thinned(points, to: Self.largestCount).map { "\(f(px($0.x))),\(f(py($0.y)))" }
                return "<polyline class=\"\(style) c\(index % 6)\" points=\"\(text.joined(separator: " "))\">"
                    + "<title>\(escaped(line.name))</title></polyline>"
            }
            if line.points.count == 1 {
                body +=
                    "<circle class=\"c\(index % 6)\" cx=\"\(f(px(line.points[0].x)))\" cy=\"\(f(py(line.points[0].y)))\" r=\"3\"/>"
            } else if line.smoothing > 0 {
                body += path(line.points, "raw") + path(Self.smoothed(line.points, line.smoothing), "line")
            } else {
                body += path(line.points, "line")
            }
        }
        body +=
            "<text class=\"label\" x=\"\(Self.width / 2)\" y=\"\(Self.height - 6)\" text-anchor=\"middle\">\(escaped(xLabel))</text>"
        body +=
            "<text class=\"label\" transform=\"rotate(-90)\" x=\"\(-Self.height / 2)\" y=\"14\" text-anchor=\"middle\">\(escaped(yLabel))</text>"
        return frame(body) + legend(drawn)
    }

    private func height(_ y: Double) -> Double { isLogarithmic ? log10(max(y, 1e-300)) : y }

    private func frame(_ body: String) -> String {
        "<svg viewBox=\"0 0 760 300\" role=\"img\" aria-label=\"\(escaped(title))\">\(body)</svg>"
    }

    private func legend(_ drawn: [Series]) -> String {
        guard drawn.count > 1 else { return "" }
        return "<p class=\"legend\">"
            + drawn.enumerated().map {
                "<span><i class=\"b\($0 % 6)\"></i>\(escaped($1.name))</span>"
            }.joined() + "</p>"
    }

    /// The span of the values, a little widened when they are all alike; nil without values.
    private func range(_ values: [Double]) -> ClosedRange<Double>? {
        guard let low = values.min(), let high = values.max() else { return nil }
        if low == high { return low - max(abs(low) * 0.1, 1e-6)...high + max(abs(high) * 0.1, 1e-6) }
        return low...high
    }

    /// Exponential mean with bias correction.
    static func smoothed(_ points: [(x: Double, y: Double)], _ weight: Double) -> [(x: Double, y: Double)] {
        var (sum, norm) = (0.0, 0.0)
        return points.map {
            sum = weight * sum + (1 - weight) * $0.y
            norm = weight * norm + (1 - weight)
            return ($0.x, sum / norm)
        }
    }

    /// At most about `count` points: first and last, and the lowest and highest of each stretch.
    static func thinned(_ points: [(x: Double, y: Double)], to count: Int) -> [(x: Double, y: Double)] {
        guard points.count > count, count >= 4 else { return points }
        let stretch = (points.count + count / 2 - 1) / (count / 2)
        var kept: [(x: Double, y: Double)] = [points[0]]
        for start in stride(from: 0, to: points.count, by: stretch) {
            let part = points[start..<min(start + stretch, points.count)]
            let low = part.indices.min { part[$0].y < part[$1].y }!
            let high = part.indices.max { part[$0].y < part[$1].y }!
            for index in Set([low, high]).sorted() { kept.append(points[index]) }
        }
        return kept + [points[points.count - 1]]
    }
}

/// Round numbers along an axis.
enum Ticks {
    /// Four to eight multiples of 1, 2 or 5 times a power of ten inside the range.
    static func values(_ range: ClosedRange<Double>) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else { return [range.lowerBound] }
        let raw = span / 6
        let power = pow(10, floor(log10(raw)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
        let first = (range.lowerBound / step).rounded(.up)
        let last = (range.upperBound / step).rounded(.down)
        guard last >= first else { return [range.lowerBound] }
        return (Int(first)...Int(last)).map { Double($0) * step }
    }

    static func label(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case ..<1e-4: String(format: "%.1e", value)
        case ..<10: String(format: "%.3g", value)
        case ..<1e4: trimmed(String(format: "%.1f", value))
        case ..<1e6: trimmed(String(format: "%.1f", value / 1e3)) + "k"
        case ..<1e9: trimmed(String(format: "%.1f", value / 1e6)) + "M"
        default: trimmed(String(format: "%.1f", value / 1e9)) + "B"
        }
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

/// Coordinates to a tenth of a pixel.
func f(_ value: Double) -> String { String(format: "%.1f", value) }

/// Text that may stand in HTML and SVG, also inside attributes.
package func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.append(character)
        }
    }
    return result
}

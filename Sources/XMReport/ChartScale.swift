// The scale of a chart's axis: maps values to positions and chooses round tick values.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Maps the values of one axis to 0...1, linearly or by logarithm.
struct ChartScale {
    let range: ClosedRange<Double>
    let isLogarithmic: Bool

    /// Spans the finite values, slightly widened if all are equal; nil if there are none. A logarithmic scale ignores
    /// values that are not positive.
    init?(_ values: [Double], isLogarithmic: Bool = false) {
        let values = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        guard var low = values.min(), var high = values.max() else { return nil }
        if low == high {
            let margin = max(abs(low) * 0.1, 1e-6)
            low = isLogarithmic ? low / 1.1 : low - margin
            high = isLogarithmic ? high * 1.1 : high + margin
        }
        (range, self.isLogarithmic) = (low...high, isLogarithmic)
    }

    /// 0 at the low end, 1 at the high end; values outside the range give positions outside 0...1.
    func position(_ value: Double) -> Double {
        let (low, high) = (transformed(range.lowerBound), transformed(range.upperBound))
        return (transformed(value) - low) / (high - low)
    }

    private func transformed(_ value: Double) -> Double { isLogarithmic ? log10(value) : value }

    /// Round numbers within the range. A logarithmic scale uses 1, 2 and 5 times powers of ten (powers alone over many
    /// decades) if at least four fall inside, and the linear ticks otherwise.
    var ticks: [Double] {
        let linear = Self.roundNumbers(in: range)
        guard isLogarithmic else { return linear }
        let powers = Int(floor(log10(range.lowerBound)))...Int(ceil(log10(range.upperBound)))
        let decades = powers.count > 4
        let round = powers.flatMap { power in (decades ? [1] : [1.0, 2, 5]).map { $0 * pow(10, Double(power)) } }
            .filter(range.contains)
        return round.count >= 4 ? round : linear.filter { $0 > 0 }
    }

    /// Four to eight multiples of 1, 2 or 5 times a power of ten, ascending.
    static func roundNumbers(in range: ClosedRange<Double>) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else { return [range.lowerBound] }
        // About six intervals; the step is the next round number above.
        let raw = span / 6
        let power = pow(10, floor(log10(raw)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
        let first = (range.lowerBound / step).rounded(.up)
        let last = (range.upperBound / step).rounded(.down)
        // Steps far smaller than the values are lost in a Double's rounding; Int conversion would trap on huge ones.
        guard last >= first, abs(first) < 1e15, abs(last) < 1e15 else { return [range.lowerBound] }
        return (Int(first)...Int(last)).map { Double($0) * step }
    }

    /// A short label: three digits, with k, M or B for thousands, millions and billions.
    static func label(_ value: Double) -> String {
        switch abs(value) {
        case 0: "0"
        case ..<1e-4: String(format: "%.1e", value)
        case ..<10: String(format: "%.3g", value)
        case ..<1e4: trimmed(String(format: "%.1f", value))
        case ..<1e6: trimmed(String(format: "%.1f", value / 1e3)) + "k"
        case ..<1e9: trimmed(String(format: "%.1f", value / 1e6)) + "M"
        case ..<1e15: trimmed(String(format: "%.1f", value / 1e9)) + "B"
        default: String(format: "%.1e", value)
        }
    }

    /// Drops trailing zeros after the point.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

// Reports stand alone, escape what they show, and survive empty and broken numbers.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML
import Testing
import XMReport

@Suite("ReportTests")
struct ReportTests {
    private func isWellFormed(_ html: String) -> Bool { XMLParser(data: Data("<r>\(html)</r>".utf8)).parse() }

    private func points(_ values: [Double]) -> [LineChart.Point] {
        values.enumerated().map { LineChart.Point(.init(step: $0 + 1, tokens: 4096 * ($0 + 1)), $1) }
    }

    @Test(
        "charts are well-formed with no, one, equal, huge, infinite and many points",
        arguments: [
            [], [1.0], [2, 2, 2], [1e17, 1], [0, 0], [.nan, 1, .infinity, 3], (0..<5000).map { sin(Double($0) / 50) },
        ], [false, true])
    func charts(values: [Double], isLogarithmic: Bool) {
        let chart = LineChart(
            title: "a < b", unit: "y & z",
            series: [.init(name: "\"s\" </script>", color: .run(0), points: points(values), isSmoothed: true)],
            bands: [.init(name: "stable", from: .init(step: 0, tokens: 0), to: .init(step: 10, tokens: 40_960))],
            marks: [.init(.skipped, at: .init(step: 3, tokens: 12_288), "step 3 skipped: loss > 2")],
            isLogarithmic: isLogarithmic)
        let html = chart.html()
        #expect(isWellFormed(html))
        #expect(!html.contains("nan") && !html.contains("inf"))
    }

    @Test("a chart is drawn by steps and by tokens, and holds its values for the pointer")
    func axes() {
        let html = LineChart(
            title: "Loss", unit: "nats", series: [.init(name: "run", color: .run(1), points: points([4, 3.25, 2]))]
        ).html()
        #expect(html.contains("class=\"by-steps\"") && html.contains("class=\"by-tokens\""))
        #expect(
            html.contains("data-x0=\"1.0\" data-x1=\"3.0\"") && html.contains("data-x0=\"4096.0\" data-x1=\"12288.0\""))
        #expect(html.contains(#"[{"n":"run","c":"r1","p":[[1,4096,4],[2,8192,3.25],[3,12288,2]]}]"#))
    }

    @Test("marks name what happened, bands what stage it was")
    func marks() {
        var chart = LineChart(
            title: "t", unit: "u", series: [.init(name: "s", color: .run(0), points: points([3, 2, 1]))])
        chart.marks = [.init(.resumed, at: .init(step: 2, tokens: 8192), "resumed after step 2")]
        chart.bands = [.init(name: "decay", from: .init(step: 1, tokens: 4096), to: .init(step: 3, tokens: 12_288))]
        let html = chart.html()
        #expect(html.contains("<title>resumed after step 2</title>") && html.contains("<title>decay</title>"))
        #expect(html.contains("class=\"b resumed\""))  // the legend says what the mark means
    }

    @Test("thinning keeps first, last and extremes")
    func thinning() {
        var values = [Double](repeating: 0, count: 10_000)
        values[4321] = 7
        values[777] = -3
        let kept = LineChart.thinned(points(values), to: 800)
        #expect((400...802).contains(kept.count))
        #expect(kept.first?.position.step == 1 && kept.last?.position.step == 10_000)
        #expect(kept.contains { $0.position.step == 4322 && $0.value == 7 })
        #expect(kept.contains { $0.position.step == 778 && $0.value == -3 })
        // A noisy curve: every bucket of 25 points keeps its own extremes, in order and without duplicates.
        let noise = points((0..<10_000).map { sin(Double($0 * $0)) + Double($0) / 1000 })
        let thinned = LineChart.thinned(noise, to: 800)
        #expect(zip(thinned, thinned.dropFirst()).allSatisfy { $0.position.step < $1.position.step })
        #expect(thinned.allSatisfy { $0.value == noise[$0.position.step - 1].value })
        for start in stride(from: 0, to: 10_000, by: 25) {
            let steps = start + 1...start + 25
            let inside = thinned.filter { steps.contains($0.position.step) }.map(\.value)
            let all = noise[start..<start + 25].map(\.value)
            #expect(inside.min() == all.min() && inside.max() == all.max())
        }
        // The extremes may be the ends themselves.
        let rising = LineChart.thinned(points((0..<1000).map { Double($0) }), to: 10)
        #expect(rising.map(\.position.step) == [1, 200, 201, 400, 401, 600, 601, 800, 801, 1000])
    }

    /// A straight line is its own mean everywhere. An exponential mean lags behind it, and its first values hang on the
    /// first one.
    @Test("smoothing is unbiased on a straight line, also at both ends")
    func smoothing() {
        let line = points((0..<1000).map { 8 - 0.005 * Double($0) })
        for (smooth, raw) in zip(LineChart.smoothed(line), line) { #expect(abs(smooth.value - raw.value) < 1e-9) }
        let noisy = points((0..<1000).map { $0 % 2 == 0 ? 1 : 3 })
        #expect(LineChart.smoothed(noisy)[100..<900].allSatisfy { abs($0.value - 2) < 0.05 })
    }

    @Test("pies divide by the sum, leave zero shares out, and take sums beyond the largest number")
    func pie() {
        func slices(_ shares: [Double]) -> [PieChart.Slice] {
            shares.enumerated().map { .init(name: "s\($0)", share: $1, color: .source($0)) }
        }
        let pie = PieChart(title: "m", slices: slices([1, 3, 0, -1]))
        #expect(pie.slices.map(\.share) == [0.25, 0.75])
        #expect(isWellFormed(pie.html()) && pie.html().contains("75.0 %"))
        #expect(isWellFormed(PieChart(title: "one", slices: slices([2])).html()))
        #expect(PieChart(title: "huge", slices: slices([1e308, 1e308])).slices.map(\.share) == [0.5, 0.5])
    }

    @Test("the page escapes text and refers to nothing outside")
    func page() {
        let report = HTMLReport(
            title: "<script>alert", subtitle: "s",
            blocks: [
                .heading("h"), .table([["k", "v"], ["a<b", "1.5"]]), .facts([("command", "xmodel train <x>")]),
                .details(title: "recipe", text: "a: <b>"),
                .sample(
                    .init(
                        prompt: "p & q", expected: "3 < 4",
                        answers: [
                            .init(name: "a", text: "<b>", isRight: true), .init(name: "b", text: "", isRight: false),
                        ])),
                .bars(BarChart(bars: [.init(name: "x", value: 0.5, interval: 0.4...0.6, color: .run(1))])),
                .line(LineChart(title: "t", unit: "u", series: [])),
            ])
        let html = report.html()
        #expect(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert"))
        #expect(html.contains("a&lt;b") && html.contains("p &amp; q") && html.contains("xmodel train &lt;x&gt;"))
        #expect(html.contains("✓ a") && html.contains("✗ b") && html.contains("3 &lt; 4"))
        #expect(!html.contains("http") && !html.contains("src=") && !html.contains("@import"))
    }
}

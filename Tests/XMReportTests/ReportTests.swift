// Reports stand alone, escape what they show, and survive empty and broken numbers.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML
import Testing
import XMReport

@Suite("ReportTests")
struct ReportTests {
    private func isWellFormed(_ svg: String) -> Bool { XMLParser(data: Data("<r>\(svg)</r>".utf8)).parse() }

    @Test(
        "charts are well-formed with no, one, equal, infinite and many points",
        arguments: [
            [], [1.0], [2, 2, 2], [.nan, 1, .infinity, 3], (0..<5000).map { sin(Double($0) / 50) },
        ])
    func charts(values: [Double]) {
        var chart = LineChart(
            title: "a < b", xLabel: "x", yLabel: "y & z",
            series: [.init(name: "\"s\"", points: values.enumerated().map { (Double($0), $1) }, smoothing: 0.9)])
        chart.bands = [.init(name: "stable", range: 0...10)]
        #expect(isWellFormed(chart.svg()))
        chart.isLogarithmic = true
        #expect(isWellFormed(chart.svg()))
        #expect(!chart.svg().contains("nan") && !chart.svg().contains("inf"))
    }

    @Test("thinning keeps first, last and extremes")
    func thinning() {
        var points = (0..<10_000).map { (x: Double($0), y: 0.0) }
        points[4321].y = 7
        points[777].y = -3
        var chart = LineChart(title: "t", xLabel: "x", yLabel: "y", series: [.init(name: "s", points: points)])
        chart.bands = []
        let svg = chart.svg()
        #expect(svg.count < 60_000)
        #expect(isWellFormed(svg))
    }

    @Test("pies divide by the sum and leave zero shares out")
    func pie() {
        let pie = PieChart(title: "m", shares: [("a", 1), ("b", 3), ("c", 0), ("d", -1)])
        #expect(pie.shares.map(\.share) == [0.25, 0.75])
        #expect(isWellFormed(pie.svg()) && pie.svg().contains("75.0 %"))
        #expect(isWellFormed(PieChart(title: "one", shares: [("a", 2)]).svg()))
    }

    @Test("the page escapes text and refers to nothing outside")
    func page() {
        let report = HTMLReport(
            title: "<script>", subtitle: "s",
            blocks: [
                .heading("h"), .table([["k", "v"], ["a<b", "1.5"]]), .exchange(prompt: "p & q", answer: "<b>"),
                .bars(BarChart(bars: [.init(name: "x", value: 0.5, low: 0.4, high: 0.6)])),
            ])
        let html = report.html()
        #expect(!html.contains("<script>") && html.contains("&lt;script&gt;"))
        #expect(html.contains("a&lt;b") && html.contains("p &amp; q"))
        #expect(!html.contains("http"))
    }
}

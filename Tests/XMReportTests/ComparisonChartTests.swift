// The charts of an evaluation: bars with marks, reliability diagrams, points with fitted curves.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML
import Testing
import XMReport

@Suite("ComparisonChartTests")
struct ComparisonChartTests {
    private func isWellFormed(_ html: String) -> Bool { XMLParser(data: Data("<r>\(html)</r>".utf8)).parse() }

    @Test("bars have whiskers, marks with names, a scale and a legend; nothing leaves the track")
    func bars() {
        let html = BarChart(
            bars: [
                .init(
                    name: "a < b", value: 0.5, interval: 0.4...1.3, color: .source(0),
                    marks: [
                        .init(name: "\"other\"", value: 0.25), .init(name: "x", value: -3, style: .highlight),
                        .init(name: "y", value: 7, style: .line),
                    ]), .init(name: "marks alone", value: nil, color: .source(1)),
            ], legend: [(.bar(.source(0)), "ours & theirs"), (.mark(.dot), "others")], isDense: true
        ).html()
        #expect(isWellFormed(html))
        #expect(html.contains("width:50.0%") && html.contains("title=\"&quot;other&quot; 25.0 %\""))
        #expect(html.contains("style=\"left:0.0%\"") && html.contains("style=\"left:100.0%\""))
        #expect(html.contains("<span>–</span>") && html.contains("ours &amp; theirs") && html.contains("bars dense"))
        #expect(html.contains("<b style=\"left:75%\">75</b>"))
    }

    @Test("a reliability diagram draws its bins that have answers")
    func reliability() {
        let bins: [ReliabilityDiagram.Bin] = [
            .init(count: 100, meanConfidence: 0.1, accuracy: 0.2, interval: 0.15...0.25),
            .init(count: 0, meanConfidence: 0, accuracy: 0), .init(count: 1, meanConfidence: 1, accuracy: 0),
        ]
        let html = ReliabilityDiagram(title: "t < u", facts: ["ECE 0.060"], bins: bins).html()
        #expect(isWellFormed(html))
        #expect(html.components(separatedBy: "<circle").count == 3 && html.contains("class=\"diagonal\""))
        #expect(html.contains("100 answers: said 10.0 %, were 20.0 %") && html.contains("ECE 0.060"))
        let empty = ReliabilityDiagram(title: "t", facts: [], bins: []).html()
        #expect(isWellFormed(empty) && empty.contains("no values yet"))
    }

    @Test(
        "points and curves are well-formed with no, one, equal, huge and broken points",
        arguments: [[], [1.0], [2, 2, 2], [1e17, 1], [.nan, 1, .infinity, 3], (0..<500).map { 9 / Double($0 + 1) }])
    func scatter(values: [Double]) {
        let points = values.enumerated().map { (x: Double($0), y: $1) }
        let html = ScatterChart(
            title: "a < b", xLabel: "x & y", yLabel: "z",
            series: [
                .init(name: "points", color: .source(0), style: .points, points: points),
                .init(name: "line", color: .source(1), style: .line, points: points),
                .init(name: "dashes", color: .source(2), style: .dashedLine, points: points),
            ]
        ).html()
        #expect(isWellFormed(html))
        #expect(!html.contains("nan") && !html.contains("inf"))
    }
}

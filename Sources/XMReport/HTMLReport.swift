// A report as a single self-contained HTML file with light and dark colours, readable on phones and in print. Without
// JavaScript everything works except the values under the pointer. Next: HTMLReport+Style.swift, HoverScript.swift.
// SPDX-License-Identifier: Apache-2.0

/// A page of blocks in reading order. All text is escaped on output, so callers pass it raw.
package struct HTMLReport: Sendable {
    package enum Block: Sendable {
        case heading(String)
        case subheading(String)
        case paragraph(String)
        case line(LineChart)
        case pies([PieChart])
        case bars(BarChart)
        case scatter(ScatterChart)
        case reliability([ReliabilityDiagram])
        /// The first row is the header; numeric columns are right-aligned.
        case table([[String]])
        /// Names and values, without a header.
        case facts([(name: String, value: String)])
        /// Preformatted text in a collapsed section.
        case details(title: String, text: String)
        case sample(Sample)
    }

    /// A question, its expected answer, and what each run answered.
    package struct Sample: Sendable {
        package struct Answer: Sendable {
            package var name: String
            package var text: String
            package var isRight: Bool

            package init(name: String, text: String, isRight: Bool) {
                (self.name, self.text, self.isRight) = (name, text, isRight)
            }
        }

        package var prompt: String
        package var expected: String
        package var answers: [Answer]

        package init(prompt: String, expected: String, answers: [Answer]) {
            (self.prompt, self.expected, self.answers) = (prompt, expected, answers)
        }
    }

    package var title: String
    package var subtitle: String
    package var blocks: [Block]

    package init(title: String, subtitle: String, blocks: [Block]) {
        (self.title, self.subtitle, self.blocks) = (title, subtitle, blocks)
    }

    /// The whole page. The hover script is included only if there is a chart for it.
    package func html() -> String {
        let hasCharts = blocks.contains { if case .line = $0 { true } else { false } }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(escaped(title))</title><style>\(Self.style)</style></head><body>
            \(hasCharts ? Self.axisChoice : "")<main>
            <h1>\(escaped(title))</h1><p class="subtitle">\(escaped(subtitle))</p>
            \(blocks.map(Self.html).joined(separator: "\n"))
            </main>\(hasCharts ? "<script>\(HoverScript.text)</script>" : "")</body></html>

            """
    }

    /// Two radio buttons select which drawing of each chart the style sheet shows (CSS `:has`, no script).
    private static let axisChoice = """
        <div class="axis">charts by <input type="radio" name="axis" id="by-steps" checked><label for="by-steps">steps\
        </label><input type="radio" name="axis" id="by-tokens"><label for="by-tokens">tokens</label></div>
        """

    private static func html(_ block: Block) -> String {
        switch block {
        case .heading(let text): "<h2>\(escaped(text))</h2>"
        case .subheading(let text): "<h3>\(escaped(text))</h3>"
        case .paragraph(let text): "<p>\(escaped(text))</p>"
        case .line(let chart): chart.html()
        case .pies(let pies): "<div class=\"pies\">" + pies.map { $0.html() }.joined() + "</div>"
        case .bars(let chart): chart.html()
        case .scatter(let chart): chart.html()
        case .reliability(let diagrams):
            "<div class=\"pies\">" + diagrams.map { $0.html() }.joined() + "</div>"
        case .table(let rows): table(rows)
        case .facts(let facts):
            "<dl>" + facts.map { "<dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd>" }.joined() + "</dl>"
        case .details(let title, let text):
            "<details><summary>\(escaped(title))</summary><pre>\(escaped(text))</pre></details>"
        case .sample(let sample): html(sample)
        }
    }

    // A column is numeric if every cell below the header is.
    private static func table(_ rows: [[String]]) -> String {
        guard let header = rows.first else { return "" }
        // Numbers with a unit count as numeric; empty cells fit either kind of column.
        func isNumber(_ text: String) -> Bool {
            text.isEmpty || text.unicodeScalars.first.map { ("0"..."9").contains($0) || $0 == "-" } ?? false
        }
        let classes = header.indices.map { column in
            rows.dropFirst().allSatisfy { column >= $0.count || isNumber($0[column]) } ? " class=\"n\"" : ""
        }
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + zip(cells, classes).map { "<\(tag)\($1)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table>" + row(header, "th") + rows.dropFirst().map { row($0, "td") }.joined()
            + "</table></div>"
    }

    // Right and wrong differ by sign as well as by colour.
    private static func html(_ sample: Sample) -> String {
        let answers = sample.answers.map {
            "<dt class=\"\($0.isRight ? "right" : "wrong")\">\($0.isRight ? "✓" : "✗") \(escaped($0.name))</dt>"
                + "<dd>\(escaped($0.text))</dd>"
        }.joined()
        // Where the answers are choices, they say themselves which one is right.
        let expected = sample.expected.isEmpty ? "" : "<dt>expected</dt><dd>\(escaped(sample.expected))</dd>"
        return "<div class=\"sample\"><p>\(escaped(sample.prompt))</p><dl>\(expected)\(answers)</dl></div>"
    }
}

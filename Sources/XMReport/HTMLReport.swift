// A report as one HTML file: no script, nothing loaded from elsewhere, light and dark, readable on paper.
// SPDX-License-Identifier: Apache-2.0

package struct HTMLReport: Sendable {
    package enum Block: Sendable {
        case heading(String)
        case paragraph(String)
        case line(LineChart)
        case pies([PieChart])
        case bars(BarChart)
        /// First row is the header; cells that look like numbers are set to the right.
        case table([[String]])
        /// A question and what the model answered.
        case exchange(prompt: String, answer: String)
    }

    package var title: String
    package var subtitle: String
    package var blocks: [Block]

    package init(title: String, subtitle: String, blocks: [Block]) {
        (self.title, self.subtitle, self.blocks) = (title, subtitle, blocks)
    }

    package func html() -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>\(escaped(title))</title><style>\(Self.style)</style></head><body><main>
        <h1>\(escaped(title))</h1><p class="subtitle">\(escaped(subtitle))</p>
        \(blocks.map(Self.html).joined(separator: "\n"))
        </main></body></html>

        """
    }

    private static func html(_ block: Block) -> String {
        switch block {
        case .heading(let text): "<h2>\(escaped(text))</h2>"
        case .paragraph(let text): "<p>\(escaped(text))</p>"
        case .line(let chart): "<h3>\(escaped(chart.title))</h3>" + chart.svg()
        case .pies(let pies): "<div class=\"pies\">" + pies.map { $0.svg() }.joined() + "</div>"
        case .bars(let chart): chart.svg()
        case .table(let rows): table(rows)
        case .exchange(let prompt, let answer):
            "<div class=\"exchange\"><p>\(escaped(prompt))</p><p class=\"answer\">\(escaped(answer))</p></div>"
        }
    }

    private static func table(_ rows: [[String]]) -> String {
        guard let header = rows.first else { return "" }
        func isNumber(_ text: String) -> Bool { text.first.map { $0.isNumber || $0 == "-" } ?? false }
        return "<table><tr>" + header.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>"
            + rows.dropFirst().map { row in
                "<tr>" + row.map { "<td\(isNumber($0) ? " class=\"n\"" : "")>\(escaped($0))</td>" }.joined() + "</tr>"
            }.joined() + "</table>"
    }

    /// Six colours that stay apart for colour-blind eyes (Okabe and Ito), on paper white or near black.
    private static let style = """
        :root{color-scheme:light dark;--ink:#1d2430;--soft:#667085;--line:#e2e6ee;--page:#fff;--tint:#f5f7fa;\
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b38600;--c5:#56b4e9}
        @media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2b3342;--page:#12161d;\
        --tint:#1a202b;--c0:#4aa8e0;--c1:#ef8a44;--c4:#e6b800}}
        body{background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0}
        main{max-width:820px;margin:0 auto;padding:32px 20px 64px}
        h1{font-size:26px;margin:0}h2{font-size:19px;margin:36px 0 8px}h3{font-size:15px;margin:24px 0 4px}
        .subtitle{color:var(--soft);margin:4px 0 20px}svg{width:100%;height:auto;display:block}
        text{font:12px system-ui,sans-serif;fill:var(--ink)}text.tick,text.note,text.band{fill:var(--soft)}
        .grid{stroke:var(--line)}polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}polyline.raw{opacity:.25;stroke-width:1}
        rect.band0{fill:var(--tint)}rect.band1{fill:var(--line);opacity:.55}
        .whisker{stroke:var(--ink);stroke-width:1.5;fill:none}
        \((0..<6).map { "polyline.c\($0){stroke:var(--c\($0))}circle.c\($0),.s\($0){fill:var(--c\($0))}.b\($0){background:var(--c\($0))}" }.joined())
        .pies{display:flex;flex-wrap:wrap;gap:28px}.pie{margin:0;width:240px}.pie svg{width:200px}
        figcaption{font-weight:600}.legend{margin:4px 0;font-size:13px;color:var(--soft)}
        .legend span{display:inline-block;margin-right:16px}.legend i{display:inline-block;width:10px;height:10px;\
        border-radius:2px;margin-right:6px}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:8px 0}
        th,td{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:500}
        td.n{text-align:right}.exchange{border-left:3px solid var(--line);padding:2px 14px;margin:12px 0}
        .exchange p{margin:4px 0;white-space:pre-wrap}.answer{color:var(--c0)}
        """
}

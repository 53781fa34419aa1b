// The style sheet of reports. Sources have eight colours that colour-blind readers can tell apart (Okabe and Ito, with
// grey for black), runs four others; each has a light and a dark variant.
// SPDX-License-Identifier: Apache-2.0

extension HTMLReport {
    /// One string without external fonts or images, so that a report is a single file that works offline.
    static let style = """
        :root{color-scheme:light dark;--ink:#1d2430;--soft:#5d6879;--line:#e2e6ee;--page:#fff;--tint:#f5f7fa;\
        --good:#067647;--bad:#b42318;\
        --c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#b38600;--c5:#56b4e9;--c6:#7f7f7f;--c7:#8c6d31;\
        --r0:#344054;--r1:#6941c6;--r2:#a15c07;--r3:#c11574}
        @media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2b3342;--page:#12161d;\
        --tint:#1a202b;--good:#47cd89;--bad:#f97066;--c0:#4aa8e0;--c1:#ef8a44;--c2:#2bc79a;--c4:#e6b800;--c6:#a3a3a3;\
        --r0:#d0d5dd;--r1:#a48afb;--r2:#fdb022;--r3:#f670c7}}
        *{box-sizing:border-box}
        body{background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:0}
        main{max-width:840px;margin:0 auto;padding:32px 20px 64px}
        h1{font-size:26px;line-height:1.25;margin:0}h2{font-size:19px;margin:40px 0 8px}\
        h3{font-size:15px;margin:26px 0 8px}
        .subtitle{color:var(--soft);margin:4px 0 20px}
        .axis{position:fixed;right:12px;bottom:12px;z-index:2;background:var(--tint);border:1px solid var(--line);\
        border-radius:8px;padding:4px 10px;font-size:13px;color:var(--soft)}
        .axis label{margin:0 4px 0 1px;color:var(--ink)}.axis input{margin:0 2px 0 8px;vertical-align:-1px}
        body:has(#by-tokens:checked) .by-steps,body:has(#by-steps:checked) .by-tokens{display:none}
        figure.chart{margin:22px 0;position:relative}figcaption{font-weight:600}.unit{font-weight:400;color:var(--soft)}
        svg{width:100%;height:auto;display:block;touch-action:pan-y}
        text{font:13px system-ui,sans-serif;fill:var(--ink)}text.tick{fill:var(--soft)}
        .grid{stroke:var(--line)}polyline{fill:none;stroke-width:2;stroke-linejoin:round}
        polyline.raw{opacity:.28;stroke-width:1}rect.band0{fill:var(--tint)}rect.band1{fill:var(--line);opacity:.55}
        .mark{stroke-dasharray:3 3;fill:none}.mark.resumed{stroke:var(--soft)}.mark.skipped{stroke:var(--bad);opacity:.5}
        .flag.resumed,.b.resumed{fill:var(--soft);background:var(--soft)}
        .flag.skipped,.b.skipped{fill:var(--bad);background:var(--bad)}
        .cursor{stroke:var(--soft);stroke-width:1}
        .tip{position:absolute;pointer-events:none;z-index:1;background:var(--page);border:1px solid var(--line);\
        border-radius:6px;padding:5px 9px;font-size:12.5px;white-space:nowrap;font-variant-numeric:tabular-nums;\
        box-shadow:0 2px 8px rgb(0 0 0/.15)}
        \(colors)
        .pies{display:flex;flex-wrap:wrap;gap:28px}.pie{margin:0;width:230px}.pie svg{width:180px}
        .legend{margin:4px 0;font-size:13px;color:var(--soft)}.legend span{display:inline-block;margin-right:16px}
        .legend i,.tip i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
        .legend i.dot{border-radius:50%}
        .bars{display:grid;grid-template-columns:minmax(0,max-content) 1fr max-content;gap:8px 14px;align-items:center;\
        margin:12px 0;font-variant-numeric:tabular-nums}
        .track{position:relative;height:24px;border-radius:3px;\
        background:linear-gradient(90deg,transparent calc(100% - 1px),var(--line) 0) 0 0/25% 100% var(--tint)}
        .scale{position:relative;height:18px;font-size:12.5px;color:var(--soft)}
        .scale b{position:absolute;transform:translateX(-50%);font-weight:400}
        .track i{position:absolute;left:0;top:0;height:100%;border-radius:3px}
        .track i.whisker{top:6px;height:12px;border:solid var(--ink);border-width:0 1.5px;border-radius:0;\
        background:linear-gradient(var(--ink),var(--ink)) center/100% 1.5px no-repeat}
        .bars.dense{gap:3px 12px;font-size:13px}.dense .track{height:14px}.dense .track i.whisker{top:3px;height:8px}
        .ref{position:absolute;top:0;height:100%}.track .ref{border-radius:0}
        .track .ref.dot,.track .ref.highlight{top:50%;width:8px;height:8px;margin:-4px 0 0 -4px;border-radius:50%}
        .ref.dot{border:1.5px solid var(--soft);background:var(--page);opacity:.75}
        .track .ref.highlight,.legend .ref.highlight{border:0;background:var(--r3);transform:rotate(45deg);\
        border-radius:0}
        .ref.line{border-left:2px dashed var(--soft)}
        .legend .ref{position:static;height:10px}.legend .ref.line{width:2px}
        polyline.dashed{stroke-dasharray:6 4}polyline.diagonal{stroke:var(--soft);stroke-dasharray:2 4}
        circle.point{opacity:.55}line.whisker{stroke:var(--ink);stroke-width:1.5;opacity:.6}
        .square{max-width:400px;flex:1 1 300px}
        .wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:8px 0}
        th,td{text-align:left;padding:4px 16px 4px 0;border-bottom:1px solid var(--line);white-space:nowrap}
        th{color:var(--soft);font-weight:500}.n{text-align:right}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:8px 0}
        dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}
        details{margin:12px 0}summary{cursor:pointer;color:var(--soft)}
        pre{background:var(--tint);padding:12px;border-radius:6px;overflow-x:auto;font-size:12.5px;line-height:1.45}
        .sample{border-left:3px solid var(--line);padding:2px 14px;margin:16px 0}.sample p{margin:4px 0;white-space:pre-wrap}
        .right{color:var(--good)}.wrong{color:var(--bad)}
        @media(max-width:560px){main{padding:20px 14px 64px}text{font-size:21px}svg polyline{stroke-width:3}\
        dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}.pie{width:100%}.square text{font-size:14px}}
        @media print{.axis,.tip{display:none}details{display:none}}
        """

    /// The rules that give `cN` and `rN` to lines, points, areas and swatches.
    private static var colors: String {
        let names = (0..<ChartColor.sourceCount).map { "c\($0)" } + (0..<ChartColor.runCount).map { "r\($0)" }
        return names.map {
            "polyline.\($0){stroke:var(--\($0))}circle.\($0),path.\($0){fill:var(--\($0))}"
                + ".b.\($0){background:var(--\($0))}"
        }.joined()
    }
}

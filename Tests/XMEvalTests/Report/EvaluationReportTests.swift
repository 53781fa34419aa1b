// report.html of an evaluation: it stands alone, shows what the files hold, and survives files that hold little.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import FoundationXML
import Testing
import XMEval
import XMReport
import XMSupport
import XMTestSupport

@Suite("EvaluationReportTests")
struct EvaluationReportTests {
    /// The body, which is XML but for the line that declares HTML.
    private func isWellFormed(_ html: String) throws -> Bool {
        let body = try #require(html.range(of: "<main>"))
        let end = try #require(html.range(of: "</main>"))
        return XMLParser(data: Data(html[body.lowerBound..<end.upperBound].utf8)).parse()
    }

    private func results(_ tasks: [TaskResult]) -> ResultsFile {
        ResultsFile(tasks: tasks, date: 1_767_323_045, modelName: "a <model>", evaluationSeconds: 61)
    }

    private func task(_ name: String, _ key: String = "acc,none", _ value: Double = 0.5, shots: Int = 0) -> TaskResult {
        let parts = key.split(separator: ",").map(String.init)
        return TaskResult(
            name: name,
            scores: [
                .init(metric: parts[0], filter: parts[1], value: value, standardError: 0.01, interval: 0.48...0.52)
            ], documents: .init(original: 200, effective: 100), shots: shots)
    }

    @Test("the harness's files become a page that refers to nothing outside", arguments: ["a", "b"])
    func fixture(model: String) throws {
        let html = try EvaluationReport(try HarnessFixture.results(model)).html
        #expect(try isWellFormed(html))
        #expect(!html.contains("http") && !html.contains("src=") && !html.contains("<script"))
        for text in ["Evaluation of made-up/\(model)", "Calibration", "sums_written", "Samples to read", "✗", "✓"] {
            #expect(html.contains(text), "\(text)")
        }
        // Neither MMLU nor any benchmark of the report was asked, nor the loss measured.
        #expect(!html.contains("Beside the Xmodel-2 report") && !html.contains("Loss by token index"))
        // A form feed in a document's name.
        #expect(!html.contains("\u{C}") && !html.contains("\u{8}"))
    }

    @Test("files without scores or samples, and with numbers that cannot be drawn")
    func little() throws {
        #expect(try isWellFormed(EvaluationReport(results: results([])).html))
        var broken = results([
            task("arc_easy", "acc,none", .nan), task("t", "perplexity,none", .infinity),
            TaskResult(name: "g", scores: [], members: ["t"]),
        ])
        broken.lossByToken = [3, 3, 3]
        broken.facts = ["a&b": .string("<x>")]
        let html = EvaluationReport(results: broken, samples: [("t", [])]).html
        #expect(try isWellFormed(html))
        #expect(html.contains("a &lt;model&gt;") && html.contains("&lt;x&gt;"))
        #expect(html.contains("No curve L(t) = b + (t/c)^a fits these losses."))
    }

    @Test("published scores stand beside ours, in the place of its average where it has all benchmarks")
    func published() throws {
        let benchmarks = PublishedScores.commonsense.benchmarks
        let html = EvaluationReport(results: results(benchmarks.map { task($0.tasks[0], $0.keys[0], 0.62) })).html
        #expect(try isWellFormed(html))
        // SmolLM-1.7B has 61.92, Qwen2.5-1.5B 63.14.
        let place = try #require(html.range(of: "▸ a &lt;model&gt;"))
        let (before, after) = (html[..<place.lowerBound], html[place.upperBound...])
        #expect(before.contains("<td>SmolLM-1.7B</td>") && !after.contains("<td>SmolLM-1.7B</td>"))
        #expect(after.contains("<td>Qwen2.5-1.5B</td>"))
        #expect(html.contains("title=\"Phi-1.5-1.3B 72.9 %\"") && html.contains("class=\"ref highlight\""))
        #expect(!html.contains("Complex reasoning") && !html.contains("Asked differently here"))
    }

    @Test("what was asked differently from the report is said")
    func differently() throws {
        let html = EvaluationReport(
            results: results([
                task("gsm8k", "exact_match,strict-match", shots: 8), task("minerva_math", "math_paper,none", shots: 4),
                task("mmlu", shots: 0),
            ])
        ).html
        #expect(
            html.contains(
                "Asked differently here: GSM8K: 8 shots, not 5, as exact_match,strict-match; MATH: as minerva_math."))
        #expect(html.contains("Only a part of the documents was evaluated: gsm8k 100 of 200, minerva_math 100 of 200"))
    }

    @Test("the published tables are the report's: each row has its printed average, to the report's own rounding")
    func averages() {
        let printed = [
            [55.23, 55.24, 55.97, 56.95, 57.70, 59.45, 59.57, 60.16, 60.45, 61.29, 61.92, 63.14, 63.81, 65.68, 61.79],
            [8.16, 9.93, 10.02, 11.31, 16.59, 18.88, 20.13, 22.27, 28.41, 29.65, 31.61, 35.20, 36.64, 39.98, 39.62],
        ]
        for (table, averages) in zip(PublishedScores.tables, printed) {
            for (model, average) in zip(table.models, averages) {
                #expect(abs(model.average - average) < 0.011, "\(model.name)")
            }
        }
        for table in PublishedScores.tables {
            #expect(table.models.allSatisfy { $0.scores.count == table.benchmarks.count })
        }
    }

    @Test("a group of many tasks is drawn task by task, under names without their common beginning")
    func subjects() throws {
        let names = (0..<9).map { "mmlu_high_school_\($0)" }
        var group = task("mmlu")
        group.members = names
        let html = EvaluationReport(results: results([group] + names.map { task($0) })).html
        #expect(try isWellFormed(html))
        #expect(html.contains("mmlu, task by task") && html.contains("<span>8</span>"))
        #expect(!html.contains("<td>\u{2003}mmlu_high_school_8</td>"))
        group.members = Array(names.prefix(3))
        let few = EvaluationReport(results: results([group] + names.prefix(3).map { task($0) })).html
        #expect(!few.contains("task by task") && few.contains("<td>\u{2003}mmlu_high_school_2</td>"))
    }

    @Test("the loss by token is drawn with its fit and the published curve")
    func loss() throws {
        var results = results([])
        results.lossByToken = (1...200).map { LossCurve(a: -0.5, b: 2, c: 40).loss(at: Double($0)) }
        let html = EvaluationReport(results: results).html
        #expect(try isWellFormed(html))
        #expect(html.contains("fit: a = -0.500, b = 2.000, c = 40.000"))
        #expect(html.contains("Xmodel-2 as published: a = -0.575, b = 1.772, c = 32.840"))
        #expect(html.contains("explains 100.0 % of the variance"))
    }

    @Test("the page is written whole")
    func file() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "report.html")
        let report = try EvaluationReport(try HarnessFixture.results("a"))
        try report.write(to: file)
        #expect(try String(contentsOf: file, encoding: .utf8) == report.html)
    }
}

// Results files in the harness's schema, its own and ours; scores recomputed from its samples; its table.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport

@Suite("ResultsFileTests")
struct ResultsFileTests {
    @Test("every member of ours has the harness's value, in a file that is read back the same", arguments: ["a", "b"])
    func members(model: String) throws {
        let folder = try HarnessFixture.results(model)
        let (ours, theirs) = (folder.results.json, try JSONValue.parse(Data(contentsOf: folder.file)))
        // Groups' directions are those of their members, of which we keep what the group has scores for; the harness
        // has no xmodel, and writes members of its own machine.
        let different = ["higher_is_better", "xmodel", "eot_token_id", "max_length"]
        for (key, value) in ours where !different.contains(key) { #expect(theirs[key] == value, "\(key)") }
        #expect(
            Set(theirs.object?.keys ?? []).subtracting(ours.keys) == [
                "pretty_env_info", "upper_git_hash", "transformers_version", "lm_eval_version",
            ])
        #expect(ours["higher_is_better"]?["pages"] == theirs["higher_is_better"]?["pages"])

        let scratch = try TemporaryFolder()
        let samples = try folder.sampledTasks.map { (task: $0, samples: try folder.samples(of: $0)) }
        #expect(samples.map(\.task) == ["sums_small", "sums_large", "who", "sums_written", "pages"])
        let file = try folder.results.write(into: scratch.url, samples: samples)
        #expect(file.deletingLastPathComponent().lastPathComponent == "made-up__\(model)")
        let again = try ResultsFolder(scratch.url)
        #expect(again.file.path == file.path && again.results == folder.results)
        for entry in samples { #expect(try again.samples(of: entry.task) == entry.samples) }
    }

    @Test("our own members come back: intervals, clustered errors, facts, loss by token, template")
    func ownMembers() throws {
        let score = TaskResult.Score(
            metric: "acc", values: [1, 0, 1, 1], clusters: [0, 0, 1, 1], higherIsBetter: true)
        var results = ResultsFile(
            tasks: [
                TaskResult(
                    name: "g", scores: [score], documents: .init(original: 4, effective: 4), version: .string("1"),
                    shots: 5, members: ["t"]),
                TaskResult(
                    name: "t", alias: "a task", scores: [score], documents: .init(original: 9, effective: 4),
                    version: .integer(2), configuration: ["task": .string("t")], hash: "abc"),
            ], date: 1_767_323_045.678901, modelName: "org/m?del", evaluationSeconds: 3)
        results.tasks[1].calibration = CalibrationSummary([.init(logLikelihoods: [-1, -2], gold: [1])])
        results.lossByToken = [3.5, 2.5]
        results.facts = ["bos": .bool(false), "truncated": .integer(3)]
        (results.chatTemplate, results.systemInstruction) = ("{{ x }}", "Be brief.")
        (results.contextLength, results.endToken, results.gitHash) = (2048, 2, "abcdef")
        let folder = try TemporaryFolder()
        let file = try results.write(into: folder.url)
        #expect(file.path.hasSuffix("org__m__del/results_2026-01-02T03-04-05.678901.json"))
        #expect(try ResultsFile.read(file) == results)
        #expect(results.leaves(of: "g") == ["t"] && results.enclosing("t").map(\.name) == ["g"])
    }

    @Test("scores of the samples are the harness's scores, with its errors")
    func scores() throws {
        let folder = try HarnessFixture.results("a")
        var parts: [MeanEstimate] = []
        for task in ["sums_small", "sums_large", "who", "sums_written"] {
            let samples = try folder.samples(of: task)
            for wanted in try #require(folder.results.task(task)).scores {
                let values = samples.filter { $0.filter == wanted.filter }.compactMap {
                    $0.metric(wanted.metric)?.double
                }
                let found = TaskResult.Score(metric: wanted.metric, filter: wanted.filter, values: values)
                #expect(found.value == wanted.value)
                #expect(StatisticsGolden.isClose(found.standardError, try #require(wanted.standardError)))
                // Of a file without intervals, Wilson's is told from the error.
                #expect(found.interval == wanted.interval)
                if wanted.metric == "acc", task.hasPrefix("sums") {
                    parts.append(
                        MeanEstimate(mean: found.value, standardError: found.standardError, count: values.count))
                }
            }
        }
        let (group, pooled) = (try #require(folder.results.task("sums")?.score("acc")), MeanEstimate(pooling: parts))
        #expect(StatisticsGolden.isClose(pooled.mean, group.value))
        #expect(StatisticsGolden.isClose(pooled.standardError, try #require(group.standardError)))
        for metric in [WeightedMetric.wordPerplexity, .bytePerplexity, .bitsPerByte] {
            let documents = try folder.samples(of: "pages").map { sample in
                let pair = try #require(sample.metric(metric.rawValue)?.array)
                return WeightedMetric.Document(
                    logLikelihood: pair[0].double ?? .nan, weight: pair[1].double ?? .nan)
            }
            let score = TaskResult.Score(metric, documents: documents)
            let wanted = try #require(folder.results.task("pages")?.score(metric.rawValue)).value
            #expect(StatisticsGolden.isClose(score.value, wanted))
            #expect(score.interval?.contains(wanted) == true && score.standardError == nil)
        }
    }

    @Test("the table has the harness's numbers")
    func table() throws {
        func rows(_ text: String) -> [[String]] {
            text.split(separator: "\n").dropFirst(2).map { line in
                line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
            }
        }
        // Ours has no column for the sign, and keeps the order of the run.
        let theirs = rows(try HarnessFixture.text("table.md", of: "a"))
        let ours = ScoreTable.rows(try HarnessFixture.results("a").results).dropFirst()
        #expect(ours.count == theirs.count)
        func values(_ row: [String], error: String) -> [String] { [row[2], row[4], row[5], row[6], error] }
        let wanted = theirs.map { values($0, error: $0[8] == "N/A" ? "–" : $0[8]) }
        #expect(Set(ours.map { values($0, error: $0[7]) }) == Set(wanted))
    }

    @Test("the table of the terminal")
    func text() throws {
        let text = ScoreTable.text(try HarnessFixture.results("a").results)
        #expect(
            text == """
                task          version  filter            n-shot  metric                 value       ±  95 % interval
                sums          1        none                   0  acc              ↑    0.5818  0.0671  0.4504 – 0.7133
                  sums_small  1        none                   0  acc              ↑    0.4667  0.1333  0.2481 – 0.6988
                                       none                      acc_norm         ↑    0.4000  0.1309  0.1982 – 0.6425
                  large       1        none                   0  acc              ↑    0.6250  0.0775  0.4703 – 0.7578
                                       none                      acc_norm         ↑    0.6250  0.0775  0.4703 – 0.7578
                who           2        none                   0  acc              ↑    0.6000  0.1633  0.3127 – 0.8318
                sums_written  3        strict-match           0  exact_match      ↑    0.2250  0.0669  0.1232 – 0.3750
                                       flexible-extract          exact_match      ↑    0.3500  0.0764  0.2213 – 0.5049
                pages         1        none                   0  word_perplexity  ↓  260.1598       –  –
                                       none                      byte_perplexity  ↓    2.6358       –  –
                                       none                      bits_per_byte    ↓    1.3982       –  –
                """)
    }

    @Test("folders: the newest results, one model's folder, several models, none")
    func folders() throws {
        let scratch = try TemporaryFolder()
        func error(_ url: URL) -> ResultsError? { #expect(throws: ResultsError.self) { try ResultsFolder(url) } }
        #expect(error(scratch.url) == .noResults(folder: scratch.url.path))
        var results = ResultsFile(
            tasks: [TaskResult(name: "t", scores: [])], date: 0, modelName: "m", evaluationSeconds: 1)
        try results.write(into: scratch.url, samples: [("t", [])])
        results.date = 86_400.25
        let newest = try results.write(into: scratch.url)
        #expect(newest.lastPathComponent == "results_1970-01-02T00-00-00.250000.json")
        #expect(try ResultsFolder(scratch.url).file.path == newest.path)
        // The samples are those of the same date.
        #expect(try ResultsFolder(scratch.url).sampledTasks == [])
        let first = newest.deletingLastPathComponent().appending(path: "results_1970-01-01T00-00-00.000000.json")
        #expect(try ResultsFolder(first).sampledTasks == ["t"])
        let folder = try ResultsFolder(scratch.url)
        #expect(throws: ResultsError.noSamples(folder: first.deletingLastPathComponent().path, task: "t", known: [])) {
            try folder.samples(of: "t")
        }
        #expect(throws: ResultsError.noTask(file: newest.path, task: "u", known: ["t"])) { try folder.samples(of: "u") }
        results.modelName = "n"
        try results.write(into: scratch.url)
        #expect(error(scratch.url) == .severalModels(folder: scratch.url.path, ["m", "n"]))
    }

    @Test(
        "files that are no results are errors that say what is missing",
        arguments: [
            ("{", "at byte 1"), ("[]", "\"results\""), (#"{"results": 1}"#, "\"results\""),
            (#"{"results": {"a": 3}}"#, "\"results.a\""),
            (#"{"results": {"g": {}, "h": {}}, "group_subtasks": {"g": ["h"], "h": ["g"]}}"#, "\"group_subtasks\""),
        ])
    func broken(text: String, reason: String) throws {
        let scratch = try TemporaryFolder()
        let file = try scratch.file("results_2026.json", text)
        let error = #expect(throws: ResultsError.self) { try ResultsFolder(file) }
        let description = try #require(error).description
        #expect(description.contains(file.path) && description.contains(reason))
    }
}

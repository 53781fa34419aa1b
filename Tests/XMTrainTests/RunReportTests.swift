// What report.html says of run folders: sums over stages and branches, where things came from, what went wrong.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMReport
import XMSupport
import XMTestSupport
import XMTrain

@Suite("RunReportTests")
struct RunReportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func line(
        _ step: Int, _ stage: Stage, loss: Double, skipped: String? = nil, evaluations: [String: Evaluation]? = nil
    ) -> StepMetrics {
        StepMetrics(
            step: step, tokens: 1000 * step, stage: stage, loss: loss, learningRate: 0.01, gradNorm: 1,
            sourceLosses: ["prose": loss], evaluations: evaluations, seconds: 2, tokensPerSecond: 500, gflops: 1,
            memoryBytes: 1, skipped: skipped)
    }

    /// Writes a run folder as training leaves it.
    private func run(
        _ name: String, _ lines: [StepMetrics], parent: String? = nil, resumedAfter: [Int] = [], firstStep: Int = 0
    ) throws -> URL {
        let url = folder.url.appending(path: name)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let config = TrainConfig(
            name: name, seed: 7, model: ModelConfig(),
            data: DataConfig(
                tokenizer: "t.model",
                sources: [
                    SourceConfig(name: "prose", files: ["a"], format: .text),
                    SourceConfig(name: "chat", files: ["b"], format: .qa),
                ]),
            mixtures: StageMixtures(stable: ["prose": 1], decay: ["prose": 1, "chat": 3]),
            train: LoopConfig(steps: 30, batchSize: 1, sequenceLength: 8), optimizer: AdamWConfig(),
            schedule: ScheduleConfig())
        try Data(Recipe.yaml(config).utf8).write(to: url.appending(path: "config.yaml"))
        var metrics = Data()
        for line in lines { metrics += try line.jsonLine() + Data("\n".utf8) }
        try metrics.write(to: url.appending(path: "metrics.jsonl"))
        let starts = ([firstStep] + resumedAfter).map {
            RunInfo.Start(
                date: Date(timeIntervalSince1970: 1_790_000_000), version: "1.2.3", commit: "abc1234",
                command: ["xmodel", "train", "\(name).yaml"],
                hardware: .init(processor: "Some CPU", instructionSet: "avx2", threads: 2, memoryBytes: 1 << 34),
                afterStep: $0)
        }
        try RunInfo(seeds: ["run": 7], parent: parent, starts: starts).write(to: url.appending(path: "run.json"))
        return url
    }

    @Test("a run's stages are summed up, with resumes, skipped steps and where it came from")
    func oneRun() throws {
        var lines = (1...10).map { line($0, .warmup, loss: 8) } + (11...20).map { line($0, .stable, loss: 4) }
        let wiki = ["wiki": ["loss": 2.5, "bits_per_byte": 1.25]]
        lines += (21...30).map { line($0, .decay, loss: 2, evaluations: $0 == 30 ? wiki : nil) }
        lines[14].skipped = "gradient norm 99 is above 10 times the median"
        lines[14].loss = 1e30
        let html = try RunReport(folder: run("solo", lines, resumedAfter: [12])).html
        #expect(html.contains("30 steps, 30.0k tokens, 1m 00s of training, seed 7"))
        #expect(html.contains("<td>solo</td><td>decay</td><td class=\"n\">10</td><td class=\"n\">10.0k</td>"))
        // The stage's loss leaves out the step that was skipped.
        #expect(html.contains("<td class=\"n\">4.0000</td><td class=\"n\">1</td>"))
        #expect(html.contains("solo resumed after step 12"))
        #expect(html.contains("solo, step 15 skipped: gradient norm 99"))
        #expect(html.contains("wiki loss") && html.contains("<td class=\"n\">2.5000</td><td class=\"n\">1.2500</td>"))
        #expect(html.contains("wiki bits per byte"))
        #expect(html.contains("xmodel train solo.yaml") && html.contains("xmodel 1.2.3, commit abc1234"))
        #expect(html.contains("Some CPU, avx2, 2 threads, 16.0 GiB"))
        #expect(html.contains("chat 75.0 %"))
        #expect(html.contains("recipe of solo"))
    }

    @Test("branches count from where they left the trunk, and the total is that of all runs")
    func branches() throws {
        let stable = try run("stable", (1...20).map { line($0, .stable, loss: 4) })
        let decay = try run("decay", (21...30).map { line($0, .decay, loss: 2) }, parent: "elsewhere", firstStep: 20)
        let report = RunReport(
            title: "both", trunk: try RunHistory(stable), branches: [try RunHistory(decay)])
        let html = report.html
        #expect(html.contains("30 steps, 30.0k tokens, 1m 00s of training in 2 runs"))
        #expect(html.contains("<td>decay</td><td>decay</td><td class=\"n\">10</td><td class=\"n\">10.0k</td>"))
        #expect(!html.contains("resumed after"))  // a branch's first start is no resume
        // A source has one colour: in the curve and in both pies.
        #expect(report.color(ofSource: "chat") == .source(1) && report.color(ofSource: "prose") == .source(0))
    }

    @Test("a folder without steps, or with a damaged run.json, still gives a page")
    func poor() throws {
        let empty = try run("empty", [])
        #expect(try RunReport(folder: empty).html.contains("0 steps"))
        let damaged = try run("damaged", [line(1, .warmup, loss: 3)])
        try Data("{".utf8).write(to: damaged.appending(path: "run.json"))
        #expect(try RunReport(folder: damaged).html.contains("damaged: no run.json"))
    }
}

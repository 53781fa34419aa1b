// The files of a run that something else has touched: nothing is written over, and what is wrong is named.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport
import XMTrain

@Suite("RunFilesTests", .serialized)
struct RunFilesTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    private func file(_ name: String) -> URL { runs.url("run").appending(path: name) }

    private func start(_ steps: Int) throws -> TrainOutcome {
        var config = TinyRun.config(steps: steps)
        config.schedule.decaySteps = 0
        return try runs.run(config, "run").run(interrupt: InterruptFlag())
    }

    @Test(
        "an unreadable run.json ends the start and stays as it is",
        arguments: [
            ("{", "it is not valid JSON"), ("", "it is not valid JSON"), (#"{"seeds": {}}"#, "key 'starts' is missing"),
            (#"{"seeds": {"run": -1}, "starts": []}"#, ""),
        ])
    func damagedInfo(text: String, reason: String) throws {
        _ = try start(6)
        try Data(text.utf8).write(to: file("run.json"))
        let before = try Data(contentsOf: file("metrics.jsonl"))
        #expect { _ = try start(8) } throws: {
            "\($0)".contains("run.json: cannot be read (\(reason)") && "\($0)".contains("move it away")
        }
        #expect(try String(contentsOf: file("run.json"), encoding: .utf8) == text)
        #expect(try Data(contentsOf: file("metrics.jsonl")) == before)
        try FileManager.default.removeItem(at: file("run.json"))
        #expect(try start(8) == .finished)
        #expect(try RunInfo.read(file("run.json"))?.starts.map(\.afterStep) == [6])
    }

    @Test("a line of metrics.jsonl that cannot be read is named, and the file stays as it is")
    func damagedMetrics() throws {
        _ = try start(6)
        let good = try String(contentsOf: file("metrics.jsonl"), encoding: .utf8)
        var lines = good.split(separator: "\n").map(String.init)
        lines[2] = #"{"step": 3, "tokens": 384}"#
        let damaged = lines.joined(separator: "\n") + "\n"
        try Data(damaged.utf8).write(to: file("metrics.jsonl"))
        #expect { _ = try start(8) } throws: {
            "\($0)".contains("metrics.jsonl:3: not the metrics of a step (key 'stage' is missing)")
        }
        #expect(try String(contentsOf: file("metrics.jsonl"), encoding: .utf8) == damaged)
        #expect(throws: MetricsError.self) { try RunHistory(runs.url("run")) }
        lines[2] = "half a li"
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file("metrics.jsonl"))
        #expect { _ = try start(8) } throws: {
            "\($0)".contains("metrics.jsonl:3: ") && "\($0)".contains("not valid JSON")
        }
        // A kill while a line is written leaves half of it at the end.
        try Data((good + #"{"step": 7, "tok"#).utf8).write(to: file("metrics.jsonl"))
        #expect(try start(8) == .finished)
        let text = try String(contentsOf: file("metrics.jsonl"), encoding: .utf8)
        #expect(text.hasPrefix(good) && text.split(separator: "\n").count == 8)
    }

    @Test("metrics with validation losses under their old keys are read, and kept byte for byte")
    func oldValidation() throws {
        let old =
            #"{"gflops":1,"grad_norm":1,"loss":4,"lr":0.01,"memory_bytes":1,"seconds":1,"stage":"stable","step":1,"#
            + #""tokens":8,"tokens_per_second":8,"validation":{"wiki":2.5,"wiki bits/byte":1.25,"sft":"nan","#
            + #""odd bits/byte":3}}"#
        let url = try runs.temporary.file("old.jsonl", old + "\n")
        let line = try #require(try MetricsLog.read(url).first)
        #expect(line.evaluations?["wiki"] == ["loss": 2.5, "bits_per_byte": 1.25])
        #expect(line.evaluations?["sft"]?["loss"]?.isNaN == true)
        #expect(line.evaluations?["odd bits/byte"] == ["loss": 3])
        _ = try MetricsLog(url, resumingAt: 1)
        #expect(try String(contentsOf: url, encoding: .utf8) == old + "\n")
        #expect(try StepMetrics(jsonLine: line.jsonLine()).evaluations?["wiki"] == line.evaluations?["wiki"])
    }
}

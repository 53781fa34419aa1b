// The program itself, stopped by signals while it trains: it finishes the step, saves, ends with 0, and goes on later.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("SignalTests")
struct SignalTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyCorpus.write(to: folder.url)
    }

    @Test("SIGTERM, SIGHUP and SIGINT finish the step, save and end with 0; the same command continues")
    func signals() throws {
        let first = try train()
        #expect(try steps(of: first, stoppedBy: SIGTERM).first == 1)
        // A terminal that is closed sends it more than once.
        let closed = try train()
        #expect(try steps(of: closed, stoppedBy: SIGHUP, SIGHUP).first == 1)
        let second = try train()
        let more = try steps(of: second, stoppedBy: SIGINT)
        let checkpoints = try FileManager.default.contentsOfDirectory(
            atPath: folder.url.appending(path: "run/checkpoints").path)
        #expect(more == Array(1...more.count), "no step is lost or done twice")
        #expect(checkpoints.contains("step-" + String(format: "%08d", more.count)))
    }

    @Test("under nohup a closed terminal is no reason to end")
    func ignored() throws {
        let process = try train(throughShell: "trap '' HUP")
        wait(forSteps: 2)
        kill(process.processIdentifier, SIGHUP)
        wait(forSteps: loggedSteps().count + 3)
        #expect(process.isRunning)
        #expect(try !steps(of: process, stoppedBy: SIGTERM).isEmpty)
    }

    /// A run far longer than the test.
    private func train(throughShell first: String? = nil) throws -> Process {
        let small = ["model.hidden_size=32", "model.intermediate_size=64", "model.num_hidden_layers=1"]
        let short = ["train.steps=1000000", "train.save_every=0", "train.log_every=1", "train.sequence_length=32"]
        return try Program.start(
            ["train", RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path]
                + [
                    "--output", folder.url.appending(path: "run").path, "--data-root", folder.url.path, "--threads",
                    "1",
                ]
                + (small + ["model.num_attention_heads=2", "model.num_key_value_heads=1"] + short).flatMap {
                    ["--set", $0]
                }, throughShell: first)
    }

    private func wait(forSteps count: Int) {
        for _ in 0..<600 {
            if loggedSteps().count >= count { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    /// Waits for two more steps, sends the signals, expects exit code 0; returns all steps that are logged.
    private func steps(of process: Process, stoppedBy signals: Int32...) throws -> [Int] {
        wait(forSteps: loggedSteps().count + 2)
        for signal in signals { kill(process.processIdentifier, signal) }
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        return loggedSteps()
    }

    private func loggedSteps() -> [Int] {
        struct Line: Decodable { let step: Int }
        let text = try? String(contentsOf: folder.url.appending(path: "run/metrics.jsonl"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Line.self, from: Data($0.utf8)).step
        }
    }
}

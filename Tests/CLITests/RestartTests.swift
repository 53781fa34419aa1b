// `--restart` of train and data prepare: one rule. What the program made goes, what others put there stays, and a
// folder that it did not make is left alone.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("RestartTests")
struct RestartTests {
    private let folder: TemporaryFolder
    private var output: URL { folder.url.appending(path: "output") }

    init() throws {
        folder = try TemporaryFolder()
        try TinyCorpus.write(to: folder.url)
    }

    private func run(_ command: [String], _ more: String...) throws -> (status: Int32, output: String) {
        let recipe = RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path
        let small = [
            "model.hidden_size=32", "model.intermediate_size=64", "model.num_hidden_layers=1",
            "model.num_attention_heads=2", "model.num_key_value_heads=1", "train.steps=2", "schedule.decay_steps=1",
            "train.sequence_length=32", "schedule.warmup_steps=1", "train.save_every=0",
        ]
        return try Program.run(
            command + [recipe, "--output", output.path, "--data-root", folder.url.path, "--threads", "1"] + more
                + small.flatMap { ["--set", $0] })
    }

    private func names() throws -> Set<String> {
        try Set(FileManager.default.contentsOfDirectory(atPath: output.path))
    }

    @Test("what the program made goes, what others put there stays", arguments: [["train"], ["data", "prepare"]])
    func startsOver(command: [String]) throws {
        let first = try run(command)
        #expect(first.status == 0, "\(first.output)")
        let made = try names()
        _ = try folder.file("output/notes.txt", "mine")
        let own = command == ["train"] ? "metrics.jsonl" : "plain/00000-000.bin"
        let before = try Data(contentsOf: output.appending(path: own))
        try Data("damaged".utf8).write(to: output.appending(path: own))
        let again = try run(command, "--restart")
        #expect(again.status == 0, "\(again.output)")
        #expect(try names() == made.union(["notes.txt"]))
        #expect(try Data(contentsOf: output.appending(path: own)).count > before.count / 2)
    }

    @Test("a folder that the program did not make is left alone", arguments: [["train"], ["data", "prepare"]])
    func foreign(command: [String]) throws {
        let files: Set = ["config.yaml", "tokenizer.model", "manifest.json", "novel.txt"]
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        for name in files { _ = try folder.file("output/" + name, "mine") }
        let (status, said) = try run(command, "--restart")
        #expect(status == 1 && said.contains("--restart: \(output.path) is not a folder of"), "\(said)")
        #expect(!said.contains("Usage:"))
        #expect(try names() == files)
    }
}

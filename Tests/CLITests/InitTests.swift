// The first three commands of a new user: init, train, chat, in a folder that holds nothing but their own text.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("InitTests")
struct InitTests {
    private let folder: TemporaryFolder

    /// A folder of prose and of questions with worked answers.
    init() throws {
        folder = try TemporaryFolder()
        let corpus = try TemporaryFolder()
        try TinyCorpus.write(to: corpus.url)
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "texts"), withIntermediateDirectories: true)
        for (from, to) in [("tokenizer-corpus.txt", "prose.txt"), ("sft.jsonl", "questions.jsonl")] {
            try FileManager.default.copyItem(
                at: corpus.url.appending(path: from), to: folder.url.appending(path: "texts/" + to))
        }
    }

    private func shell(_ line: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", line]
        process.currentDirectoryURL = folder.url
        process.environment = [
            "PATH": "\(Program.url.deletingLastPathComponent().path):/usr/bin:/bin", "HOME": folder.url.path,
            // Somebody who works with the project's own data too: a recipe's own folder comes first.
            "XMODEL_DATA": "/nowhere",
        ]
        return try process.collect()
    }

    @Test("init, train and chat lead from a folder of text to a model, a report and an answer")
    func threeCommands() throws {
        let made = try shell("xmodel init texts --output mine --time 2s")
        #expect(made.status == 0, "\(made.output)")
        #expect(made.output.contains("Next:  xmodel train mine/recipe.yaml"))
        let recipe = try String(contentsOf: folder.url.appending(path: "mine/recipe.yaml"), encoding: .utf8)
        #expect(recipe.contains("- ../texts/prose.txt") && recipe.contains("- ../texts/questions.jsonl"))

        let trained = try shell("xmodel train mine/recipe.yaml")
        #expect(trained.status == 0, "\(trained.output)")
        #expect(trained.output.contains("xmodel chat --model runs/mine"))
        let report = try String(contentsOf: folder.url.appending(path: "runs/mine/report.html"), encoding: .utf8)
        #expect(report.contains("<h1>mine</h1>") && report.contains("xmodel train mine/recipe.yaml"))

        let chat = try shell("echo 'What is 3 + 4?' | xmodel chat --model runs/mine --max-tokens 8")
        #expect(chat.status == 0 && !chat.output.isEmpty, "\(chat.output)")
    }

    @Test("what is there is kept unless it may be overwritten; a folder without text is named")
    func refusals() throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "mine"), withIntermediateDirectories: true)
        _ = try folder.file("mine/recipe.yaml", "name: precious\n")
        let there = try shell("xmodel init texts --output mine --time 1s")
        #expect(there.status == 1 && there.output.contains("recipe.yaml: already exists"), "\(there.output)")
        #expect(
            try String(contentsOf: folder.url.appending(path: "mine/recipe.yaml"), encoding: .utf8)
                == "name: precious\n")
        let none = try shell("mkdir empty; xmodel init empty --output other")
        #expect(none.status == 1 && none.output.contains("empty"), "\(none.output)")
        let time = try shell("xmodel init texts --time soon")
        #expect(time.status == 64, "\(time.output)")
    }
}

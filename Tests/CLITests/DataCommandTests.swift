// `xmodel data` as a user runs it: prepared, killed and gone on with, verified, looked at; help with examples.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("DataCommandTests", .serialized)
struct DataCommandTests {
    private let folder: TemporaryFolder
    private var shards: String { folder.url.appending(path: "shards").path }
    private let recipe = RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path

    init() throws {
        folder = try TemporaryFolder()
        try TinyCorpus.write(to: folder.url)
    }

    private func data(_ verb: String, _ more: [String] = []) throws -> (status: Int32, output: String) {
        try Program.run(
            [
                "data", verb, recipe, "--output", shards, "--data-root", folder.url.path, "--set",
                "data.shard_tokens=3000",
            ]
                + more)
    }

    @Test("shards are prepared once, verified, inspected and mixed; damage ends with 1 and a name")
    func wholeWay() throws {
        let made = try data("prepare", ["--threads", "2"])
        #expect(made.status == 0 && made.output.contains("plain") && made.output.contains("tokens/s"))
        let again = try data("prepare")
        #expect(again.status == 0 && !again.output.contains("tokens/s"), "nothing is done twice")
        let verified = try Program.run(["data", "verify", shards])
        #expect(verified.status == 0 && verified.output.contains("intact"))
        let shown = try Program.run(["data", "inspect", shards, "--source", "sft", "--count", "2"])
        #expect(shown.status == 0 && shown.output.contains("--- sft 1:") && shown.output.contains("|"))
        #expect(shown.output.contains("<|im_end|>"))
        let beyond = try Program.run(["data", "inspect", shards, "--source", "sft", "--document", "999999"])
        #expect(beyond.status == 1 && beyond.output.contains("there is no document 999999: sft has "))
        #expect(!beyond.output.contains("Usage:"))
        let plan = try data("mix", ["--dry-run", "--set", "train.steps=1000"])
        #expect(plan.status == 0 && plan.output.contains("passes") && plan.output.contains("decay stage"))
        let mixed = folder.url.appending(path: "decay.bin")
        #expect(try data("mix", ["--sequences", "3", "--to", mixed.path, "--set", "train.steps=1000"]).status == 0)
        #expect(try Data(contentsOf: mixed).count == 3 * 256 * 2)
        let page = try Program.run(["data", "stats", shards, "--recipe", recipe])
        #expect(page.status == 0)
        let html = try String(contentsOf: folder.url.appending(path: "shards/stats.html"), encoding: .utf8)
        #expect(html.contains("<svg") && html.contains("Document lengths in tokens") && html.contains("decay stage"))

        let file = folder.url.appending(path: "shards/sft/00000-000.bin")
        var bytes = try Data(contentsOf: file)
        bytes[7] ^= 1
        try bytes.write(to: file)
        let damaged = try Program.run(["data", "verify", shards])
        #expect(damaged.status == 1 && damaged.output.contains("sft/00000-000.bin"))
    }

    @Test("a mixture without shards says how to make or name them; skipped records are shown in passing")
    func messages() throws {
        let without = try Program.run([
            "data", "mix", recipe, "--dry-run", "--set", "name=nowhere", "--set", "train.steps=1000",
        ])
        #expect(without.status == 1 && without.output.contains("--output FOLDER"))
        #expect(!without.output.contains("Usage:"))
        let nowhere = try Program.run(["data", "mix", recipe])
        #expect(nowhere.status == 64 && nowhere.output.contains("give the file to write with --to"))
        let impossible = try Program.run([
            "train", recipe, "--dry-run", "--set", "train.steps=1000", "--set",
            "data.deduplicate={simhash: {rounds: 0}}",
        ])
        #expect(impossible.status != 0 && impossible.output.contains("data.deduplicate.simhash.rounds is 0"))
        let file = folder.url.appending(path: "plain.jsonl")
        try (Data(contentsOf: file) + Data("\nnot JSON\n".utf8)).write(to: file)
        let made = try data("prepare", ["--threads", "1"])
        #expect(made.status == 0 && made.output.contains("1 record skipped; first: plain.jsonl, record "))
        #expect(made.output.contains("not_json ("))
        #expect(try Program.run(["data", "stats", shards]).status == 0)
        let html = try String(contentsOf: folder.url.appending(path: "shards/stats.html"), encoding: .utf8)
        #expect(html.contains("Examples of skipped records") && html.contains("skipped_not_json"))
    }

    @Test("parts on several machines are joined by merge; one that is missing is named")
    func parts() throws {
        #expect(try data("prepare", ["--part", "2/2"]).status == 0)
        let early = try data("merge")
        #expect(early.status != 0 && early.output.contains("the first being plain/00000"))
        #expect(try data("prepare", ["--part", "1/2"]).status == 0)
        #expect(try data("merge").output.contains("tokens"))
        #expect(try Program.run(["data", "verify", shards]).status == 0)
        let bad = try data("prepare", ["--part", "3/2"])
        #expect(bad.status == 64 && bad.output.contains("'3/2' is invalid for '--part"), "\(bad.output)")
        #expect(bad.output.contains("it must be i/n with i from 1 to n"))
    }

    @Test(
        "every verb explains itself with an example",
        arguments: ["prepare", "merge", "verify", "inspect", "stats", "mix"])
    func help(verb: String) throws {
        let (status, output) = try Program.run(["data", verb, "--help"])
        #expect(status == 0 && output.contains("xmodel data \(verb) "))
        let wrong = try Program.run(["data", verb, "/nowhere/at-all"] + (verb == "mix" ? ["--dry-run"] : []))
        #expect(wrong.status != 0 && wrong.output.contains("/nowhere/at-all"))
    }
}

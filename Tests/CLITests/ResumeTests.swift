// `xmodel train` in a folder that has a checkpoint: another recipe is refused, `--change` accepts it and is recorded.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("ResumeTests")
struct ResumeTests {
    private let folder: TemporaryFolder
    private var output: URL { folder.url.appending(path: "output") }

    init() throws {
        folder = try TemporaryFolder()
        try TinyCorpus.write(to: folder.url)
    }

    private func run(_ command: [String], recipe: String? = nil, _ more: [String] = []) throws -> (Int32, String) {
        let file = recipe ?? RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path
        let small = [
            "model.hidden_size=32", "model.intermediate_size=64", "model.num_hidden_layers=1",
            "model.num_attention_heads=2", "model.num_key_value_heads=1", "train.steps=2", "schedule.decay_steps=0",
            "train.sequence_length=16", "schedule.warmup_steps=1", "train.save_every=0",
        ]
        let result = try Program.run(
            command + [file, "--data-root", folder.url.path] + (recipe == nil ? small.flatMap { ["--set", $0] } : [])
                + more)
        return (result.status, result.output)
    }

    @Test("another recipe is refused with both values; --change accepts it, and run.json keeps it")
    func change() throws {
        let train = ["train", "--output", output.path, "--threads", "1"]
        let first = try run(train)
        #expect(first.0 == 0, "\(first.1)")
        let other = ["--set", "schedule.learning_rate=0.25", "--set", "train.steps=3"]
        let refused = try run(train, other)
        #expect(refused.0 == 1 && refused.1.contains("schedule.learning_rate 0.003 (now 0.25)"), "\(refused.1)")
        let unknown = try run(train, other + ["--change", "schedul"])
        #expect(unknown.0 == 64 && unknown.1.contains("no such key or section; did you mean 'schedule'?"))
        let accepted = try run(train, other + ["--change", "schedule"])
        #expect(accepted.0 == 0 && accepted.1.contains("change     schedule.learning_rate: 0.003 -> 0.25"))
        let info = try String(contentsOf: output.appending(path: "run.json"), encoding: .utf8)
        #expect(info.contains("\"key\" : \"schedule.learning_rate\"") && info.contains("\"to\" : \"0.25\""))
        // The folder's config.yaml is the recipe of the resumed run.
        let config = output.appending(path: "config.yaml").path
        let resumed = try run(train, recipe: config)
        #expect(resumed.0 == 0 && resumed.1.contains("resuming after step 3"), "\(resumed.1)")
    }

    @Test("config.yaml gives the same run, to the last bit")
    func configYAML() throws {
        let text = ["--set", "schedule.learning_rate=0.0012345678901234567", "--set", "guard.spike_factor=null"]
        let first = try run(["train", "--output", output.path, "--threads", "1"], text)
        #expect(first.0 == 0, "\(first.1)")
        let again = folder.url.appending(path: "again")
        let config = output.appending(path: "config.yaml")
        let second = try run(["train", "--output", again.path, "--threads", "1"], recipe: config.path)
        #expect(second.0 == 0, "\(second.1)")
        for name in ["config.yaml", "checkpoints/step-00000002/model.safetensors"] {
            #expect(try Data(contentsOf: output.appending(path: name)) == Data(contentsOf: again.appending(path: name)))
        }
        let written = try String(contentsOf: config, encoding: .utf8)
        #expect(written.contains("0.0012345678901234567") && written.contains("spike_factor: null"))
    }

    @Test("preparation says how many records have a masked prompt longer than a sequence")
    func maskedPrompts() throws {
        let (status, said) = try run(
            ["data", "prepare", "--output", output.path],
            ["--set", "data.sources.1.mask_prompt=true", "--set", "train.sequence_length=4"])
        #expect(
            status == 0 && said.contains("records of 'sft' have a masked prompt longer than a sequence of 4 tokens"))
    }
}

// Whole numbers near the ends of what 64 bits hold, on the command line, in recipes and in files: each is an error that
// names it, and none ends the program by a trap.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("NumberTests")
struct NumberTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
        _ = try folder.file("text.txt", String(repeating: "Tom has 3 red apples and 4 plums. ", count: 40))
    }

    private static let numbers = ["9223372036854775807", "4611686018427387905", "-9223372036854775808"]

    /// Commands that need no more than a model, each with options that take a whole number. "MODEL" is replaced.
    static let commands: [(command: [String], options: [String])] = [
        (["generate", "--model", "MODEL", "--prompt", "a"], ["max-tokens", "batch", "context"]),
        (["chat", "--model", "MODEL"], ["max-tokens", "context"]),
        (["perplexity", "--model", "MODEL", "--file", "MODEL/text.txt"], ["window", "windows", "batch", "context"]),
        (["quantize", "MODEL", "MODEL/q.gguf", "--type", "q8_0", "--compare", "MODEL/text.txt"], ["windows"]),
        (["tokenizer", "inspect", "--model", "MODEL"], ["count"]),
        (["tokenizer", "train", "--input", "MODEL/text.txt", "--output", "MODEL/t"], ["vocabulary"]),
        (["data", "inspect", "MODEL"], ["document", "count", "tokens"]),
        (["data", "mix", "MODEL/recipe.yaml", "--to", "MODEL/x.bin"], ["sequences"]),
        (["quickstart", "--output", "MODEL/q"], ["questions"]),
        (["bench", "train"], ["vocabulary", "batch-size", "length", "micro-batch-size", "steps", "threads"]),
        (["bench", "generate", "--model", "MODEL"], ["sequences", "prompt-tokens", "tokens", "depth", "runs"]),
        (["bench", "linear"], ["tokens"]),
        (["bench", "model", "MODEL/m.gguf"], ["vocabulary"]),
    ]

    @Test("a number out of its range is named, with the end of the range", arguments: commands.indices)
    func options(index: Int) throws {
        let (command, options) = Self.commands[index]
        for option in options {
            for number in Self.numbers {
                let arguments = command.map { $0.replacing("MODEL", with: folder.url.path) } + ["--\(option)=\(number)"]
                let (status, output) = try Program.run(arguments)
                #expect(status == 64 && output.contains("--\(option) is \(number); it must be"), "\(output)")
            }
        }
    }

    @Test("the largest numbers that are taken do what they say, or what there is")
    func largest() throws {
        let model = folder.url.path
        let text = model + "/text.txt"
        for arguments in [
            [
                "generate", "--model", model, "--prompt", "a", "--max-tokens", "1000000000000", "--stop", "a",
                "--context", "9",
            ],
            ["generate", "--model", model, "--prompt", "a", "--max-tokens", "2", "--batch", "4096", "--json"],
            ["perplexity", "--model", model, "--file", text, "--window", "16", "--windows", "1000000000000"],
            ["perplexity", "--model", model, "--file", text, "--window", "16", "--batch", "4096"],
            ["tokenizer", "inspect", "--model", model, "--count", "1000000000000"],
        ] {
            let (status, output) = try Program.run(arguments + (arguments[0] == "tokenizer" ? [] : ["--threads", "1"]))
            #expect(status == 0, "\(output)")
        }
        for arguments in [
            ["bench", "train", "--batch-size", "4096", "--length", "1048576", "--threads", "1"],
            ["bench", "linear", "--n", "16777216", "--k", "16777216", "--threads", "1"],
        ] {
            let (status, output) = try Program.run(arguments)
            #expect(status == 1 && output.contains(" are needed and ") && output.contains("; lower --"), "\(output)")
        }
    }

    /// Every key of a recipe that holds a whole number.
    static let keys = [
        "model.vocab_size", "model.hidden_size", "model.intermediate_size", "model.num_hidden_layers",
        "model.num_attention_heads", "model.num_key_value_heads", "model.dim_model_base", "data.shard_tokens",
        "train.steps", "train.batch_size", "train.sequence_length", "train.micro_batch_size", "train.log_every",
        "train.eval_every", "train.save_every", "train.keep_last", "schedule.warmup_steps", "schedule.decay_steps",
        "schedule.period_steps", "guard.window", "guard.max_skips",
    ]

    @Test("a number of a recipe out of its range is named", arguments: keys)
    func recipe(key: String) throws {
        let recipe = RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path
        for number in Self.numbers + ["99999999999999999999"] {
            let (status, output) = try Program.run([
                "train", recipe, "--dry-run", "--data-root", folder.url.path, "--set", "\(key)=\(number)",
            ])
            let name = key.hasPrefix("model.") ? String(key.dropFirst("model.".count)) : key
            #expect(status == 1 && output.contains(name) && output.contains(number), "\(output)")
            let length = output.split(separator: "\n").count
            #expect(length == 1 && output.hasPrefix("Error: "), "\(output)")
        }
    }

    @Test("numbers inside of sections have limits too")
    func dataKeys() throws {
        let recipe = RepositoryFiles.root.appending(path: "recipes/pretrain/quickstart.yaml").path
        for (section, key) in [
            ("data.deduplicate={memory_bytes: N}", "memory_bytes"),
            ("data.deduplicate={simhash: {shingle_words: N}}", "shingle_words"),
            ("data.deduplicate={simhash: {bucket_limit: N}}", "bucket_limit"),
            ("data.deduplicate={minhash: {minimum_words: N}}", "minimum_words"),
            ("train.batch_growth=[{batch_size: 2, from_step: N}]", "from_step"),
            ("train.batch_growth=[{from_step: 2, batch_size: N}]", "batch_size"),
            ("schedule={kind: cosine, warmup_steps: 1, decay_steps: N}", "decay_steps"),
            ("data.sources.0.clean={rules: {maximum_empty_lines: N}}", "maximum_empty_lines"),
            ("data.sources.0.clean={thresholds: {maximum_words: N}}", "maximum_words"),
            ("data.sources.0.clean={thresholds: {phrase_words: N}}", "phrase_words"),
        ] {
            for number in Self.numbers {
                let (status, output) = try Program.run([
                    "train", recipe, "--dry-run", "--data-root", folder.url.path, "--set",
                    section.replacing("N", with: number),
                ])
                #expect(status == 1 && output.contains("\(key) is \(number)"), "\(output)")
            }
        }
    }
}

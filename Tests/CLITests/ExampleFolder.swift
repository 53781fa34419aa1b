// A folder that holds, small, whatever the examples of the help texts and the README name. There they are run as they
// are written, by a shell, with the program found as users find it.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMTestSupport

struct ExampleFolder {
    private let folder: TemporaryFolder
    private var root: URL { folder.url }

    init() throws {
        folder = try TemporaryFolder()
        try copies()
        try recipes()
        try models()
        try texts()
        try benchmarks()
    }

    /// Runs lines of a shell; standard output and standard error together.
    func run(_ lines: String) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", "set -e -o pipefail\n" + lines]
        process.currentDirectoryURL = root
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        process.environment = [
            "PATH": "\(Program.url.deletingLastPathComponent().path):\(path)", "HOME": root.path,
            "XMODEL_DATA": root.path,
        ]
        return try process.collect()
    }

    private func link(_ target: URL, _ name: String) throws {
        let place = root.appending(path: name)
        try FileManager.default.createDirectory(
            at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(at: place, withDestinationURL: target)
    }

    private func copies() throws {
        try link(Program.url, ".build/release/xmodel")
        try link(RepositoryFiles.root.appending(path: "README.md"), "README.md")
        try link(
            RepositoryFiles.root.appending(path: "recipes/pretrain/xmodel2-1.2b.yaml"),
            "recipes/pretrain/xmodel2-1.2b.yaml")
    }

    /// A few questions in the files of ARC and GSM8K.
    private func benchmarks() throws {
        func write(_ name: String, _ rows: [String]) throws {
            let file = root.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: file)
        }
        try write(
            "eval/commonsense/arc/ARC-Easy-Test.jsonl",
            (0..<4).map {
                #"{"id": "\#($0)", "question": {"stem": "What is \#($0) + 1?", "choices": [{"text": "\#($0)", "label": "A"}, "#
                    + #"{"text": "\#($0 + 1)", "label": "B"}]}, "answerKey": "B"}"#
            })
        let sums = (0..<8).map {
            #"{"question": "What is \#($0) + 2?", "answer": "It is \#($0 + 2).\n#### \#($0 + 2)"}"#
        }
        try write("eval/gsm8k/test.jsonl", Array(sums.prefix(2)))
        try write("sft/gsm8k_train.jsonl", Array(sums.dropFirst(2)))
    }

    /// The quickstart's recipe in four steps, with a source named code and one of mathematics.
    private func recipes() throws {
        var recipe = RepositoryFiles.text("recipes/pretrain/quickstart.yaml") ?? ""
        for (key, value) in [
            ("name: quickstart", "name: example"), ("hidden_size: null", "hidden_size: 32"),
            ("intermediate_size: null", "intermediate_size: 64"), ("num_hidden_layers: null", "num_hidden_layers: 1"),
            ("num_attention_heads: null", "num_attention_heads: 2"),
            ("num_key_value_heads: null", "num_key_value_heads: 1"), ("name: plain", "name: code"),
            ("{plain: 1.0}", "{code: 1.0}"), ("{plain: 0.36", "{code: 0.36"), ("category: null", "category: math"),
            ("steps: 700", "steps: 4"), ("batch_size: 16", "batch_size: 2"),
            ("sequence_length: 256", "sequence_length: 32"), ("warmup_steps: 30", "warmup_steps: 1"),
            ("decay_steps: 400", "decay_steps: 2"), ("half_life_steps: 120", "half_life_steps: 1"),
        ] {
            precondition(recipe.contains(key), "the quickstart's recipe has no '\(key)' any more")
            recipe = recipe.replacingOccurrences(of: key, with: value)
        }
        for name in ["recipe.yaml", "recipes/pretrain/nano-realtext.yaml", "recipes/pretrain/nano-twostage.yaml"] {
            _ = try folder.file(name, recipe)
        }
    }

    private func models() throws {
        let model = root.appending(path: "runs/nano/checkpoints/step-00000400")
        try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
        try TinyModelFolder.write(to: model, mup: nil)
        for name in ["tokenizer.model", "tokenizer-corpus.txt", "plain.jsonl", "sft.jsonl"] {
            try link(model.appending(path: name), name)
        }
        try link(model, "runs/quickstart/sft-64/checkpoints/step-00000700")
        let made = try run("xmodel convert runs/nano model.gguf --to gguf-llama --threads 1")
        guard made.status == 0 else { throw ExampleError.noModel(made.output) }
        let file = root.appending(path: "model.gguf")
        try link(file, "SmolLM2-135M-Instruct.Q4_1.gguf")
        try link(file, ".cache/xmodel/SmolLM2-135M-Instruct.Q4_1.gguf")
    }

    private func texts() throws {
        let text = try String(contentsOf: root.appending(path: "tokenizer-corpus.txt"), encoding: .utf8)
        for name in ["novel.txt", "wiki.test.raw", "letter.txt", "corpus.txt", "a.txt", "b.txt"] {
            _ = try folder.file(name, String(text.prefix(name == "letter.txt" ? 1000 : 20_000)))
        }
        _ = try folder.file("questions.jsonl", #"{"prompt": "It was"}"# + "\n" + #"{"prompt": "Tom"}"# + "\n")
        try FileManager.default.createDirectory(
            at: root.appending(path: "texts"), withIntermediateDirectories: true)
        _ = try folder.file("texts/prose.txt", String(text.prefix(20_000)))
        _ = try folder.file("own.jinja", "{{ messages[0].content }}")
        _ = try folder.file("chats.jsonl", #"[{"role": "user", "content": "Who is Tom?"}]"# + "\n")
    }
}

enum ExampleError: Error {
    case noModel(String)
}

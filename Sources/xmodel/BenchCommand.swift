// `xmodel bench`: our side of the speed table in docs/performance.md, which script/bench measures beside its peers.
// This file has training steps and tokenizer encoding; inference is in BenchGenerateCommand.swift.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTokenizer
import XMTrain

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this program's speed.",
        discussion: """
            script/bench runs these commands and other programs on the same shapes and keeps the table in \
            docs/performance.md. Measure on an otherwise idle machine.

              xmodel bench generate --model model.gguf
              xmodel bench train --preset nano --vocabulary 8192
            """,
        subcommands: [
            BenchTrainCommand.self, BenchGenerateCommand.self, BenchLinearCommand.self, BenchModelCommand.self,
            BenchEncodeCommand.self,
        ])
}

struct BenchTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Time training steps on random tokens: forward, backward, clipping, AdamW.",
        discussion: """
            --profile shows which operations take the time.

              xmodel bench train --preset nano --vocabulary 8192
              xmodel bench train --preset small --profile
            """)

    @Option(help: "Model preset.") var preset = Preset.nano
    @Option(help: "Vocabulary size.") var vocabulary = 8192
    @Option(help: "Sequences per step.") var batchSize = 8
    @Option(help: "Sequence length in tokens.") var length = 512
    @Option(help: "Sequences per forward and backward pass (default: --batch-size).") var microBatchSize: Int?
    @Option(help: "Timed steps, after two warm-up steps.") var steps = 6
    @Flag(help: "Recompute activations in the backward pass.") var recompute = false
    @Flag(help: "Print the time spent in each operation instead.") var profile = false
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var options: ComputeOptions

    func validate() throws {
        try require(
            ("vocabulary", vocabulary, 1...Most.size), ("batch-size", batchSize, 1...Most.batch),
            ("length", length, 1...1 << 20),
            ("micro-batch-size", microBatchSize, 1...Most.batch), ("steps", steps, 1...1_000_000))
    }

    func run() throws {
        let cpu = try options.makeBackend()
        // Without --profile the profiler is not in the path: timing each operation would slow the whole.
        let profiler = ProfilingBackend(cpu)
        let backend: any Backend = profile ? profiler : cpu
        let config = preset.config(vocabularySize: vocabulary)
        let speed = try TrainingSpeed.measure(
            config, backend: backend, batchSize: batchSize, length: length, microBatchSize: microBatchSize ?? batchSize,
            steps: steps,
            recompute: recompute,
            requireMemory: {
                try CommandError.requireMemory($0, fix: "lower --batch-size, --length or --micro-batch-size")
            },
            whenWarm: profiler.reset)
        let result = Result(
            tokens_per_second: speed.tokensPerSecond, seconds: speed.secondsPerStep, peak_bytes: ProcessMemory.peak,
            planned_bytes: speed.plannedBytes, gflops: speed.gflops, compute: cpu.compute.rawValue,
            threads: cpu.pool.threadCount)
        if profile { try Output.line(profiler.table(steps: steps)) }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Output.line(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            try Output.line(
                "\(preset.rawValue), vocabulary \(vocabulary), \(batchSize) x \(length) tokens, \(result.compute): "
                    + "\(HumanText.rate(result.tokens_per_second)) tokens/s, "
                    + "\(HumanText.rate(result.gflops)) GFLOP/s, peak \(HumanText.bytes(result.peak_bytes)) "
                    + "(planned \(HumanText.bytes(result.planned_bytes)))")
        }
    }

    /// The object of --json; script/bench reads these keys.
    private struct Result: Encodable {
        let tokens_per_second: Double
        let seconds: Double
        let peak_bytes: Int
        let planned_bytes: Int
        let gflops: Double
        let compute: String
        let threads: Int
    }
}

struct BenchEncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Time encoding on one thread, and the SentencePiece library on the same text.",
        discussion: """
            Encodes a novel, fairy tales and code with the published v11 tokenizer, and checks that the two encoders \
            give the same ids.

              xmodel bench encode
              xmodel bench encode --data-root data --json
            """)

    @Option(help: "Folder with tokenizer/ and text/ (default: XMODEL_DATA).") var dataRoot: String?
    @Flag(help: "Print one JSON object.") var json = false

    /// Paths below the data root.
    private static let model = "tokenizer/xmodel/v11/tokenizer.model"
    private static let texts = ["text/books/middlemarch.txt", "text/stories/grimm.txt", "text/code/python.jsonl"]

    /// All lines of the texts, read before timing starts.
    private static func lines(_ root: URL) throws -> [String] {
        try DocumentFiles(texts, root: root).files.flatMap { file in
            let stream = try file.open(ReaderOptions())
            var lines: [String] = []
            while let document = try stream.next() { lines += document.text.split(separator: "\n").map(String.init) }
            return lines
        }
    }

    func run() throws {
        let root = dataRoot.map { UserPath.url($0) } ?? UserPath.environmentRoot ?? URL(filePath: ".")
        for file in ([Self.model] + Self.texts).map({ root.appending(path: $0).path })
        where !FileManager.default.fileExists(atPath: file) {
            throw CommandError.noData(file: file)
        }
        let result = try EncodingBenchmark.run(
            model: root.appending(path: Self.model), lines: try Self.lines(root))
        if json {
            try Output.line(
                "{\"tokens_per_second\": \(result.tokensPerSecond), \"library_tokens_per_second\": "
                    + "\(result.libraryTokensPerSecond), \"same_ids\": \(result.sameIDs)}")
        } else {
            try Output.line(
                String(
                    format: "ours %.2f M tokens/s, library %.2f M tokens/s, ratio %.2f, ids %@",
                    result.tokensPerSecond / 1e6, result.libraryTokensPerSecond / 1e6,
                    result.tokensPerSecond / result.libraryTokensPerSecond, result.sameIDs ? "equal" : "DIFFERENT"))
        }
    }
}

// `xmodel bench generate`: prefill and decoding speed of a model file for one or several sequences, beside the memory's
// read bandwidth, which bounds the decoding of one. It times what llama-bench and llama-batched-bench time;
// script/bench compares with both. Next: Sources/XMInference/Engine.swift.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMModel
import XMSupport
import XMTensor

struct BenchGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Time reading prompts and decoding with a model file.",
        discussion: """
            Every sequence has its own random prompt. Reading and decoding are timed apart: decoding starts with \
            --depth tokens in the cache. Rates are the total over all sequences and the medians over the runs.

              xmodel bench generate --model model.gguf
              xmodel bench generate --model model.gguf --prompt-tokens 512 --tokens 128 --json
              xmodel bench generate --model model.gguf --depth 4096 --tokens 64 --cache-type q8
              xmodel bench generate --model model.gguf --sequences 8 --prompt-tokens 128 --depth 128
            """)

    @Option(name: [.long, .short], help: "A GGUF file or a model folder.") var model: String
    @Option(help: "Sequences that run together.") var sequences = 1
    @Option(help: "Length of each prompt in tokens.") var promptTokens = 512
    @Option(help: "Tokens to decode in each sequence.") var tokens = 128
    @Option(help: "Tokens of each sequence in the cache when decoding starts.") var depth = 0
    @Option(help: "Timed runs, after a warm-up run.") var runs = 3
    @Flag(help: "Print the time spent in each operation as well.") var profile = false
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var cache: CacheOptions
    @OptionGroup var options: ComputeOptions

    func validate() throws {
        try require(
            ("sequences", sequences, 1...Most.batch), ("prompt-tokens", promptTokens, 1...Most.count),
            ("tokens", tokens, 1...Most.count), ("runs", runs, 1...1_000_000), ("depth", depth, 0...Most.count))
    }

    /// The object of --json; script/bench reads these keys.
    private struct Result: Encodable {
        /// Prompt tokens of all sequences per second.
        let prefillTokensPerSecond: Double
        /// Decoded tokens of all sequences per second.
        let decodeTokensPerSecond: Double
        let sequences: Int
        /// Bytes of weights read by one decoding pass, which yields one token per sequence.
        let weightBytesPerToken: Int
        let readBandwidthBytesPerSecond: Double
        /// Bytes of the whole KV cache.
        let cacheBytes: Int
        let loadSeconds: Double
        let threads: Int
    }

    func run() throws {
        let file = try ModelBundle.open(model)
        let cpu = try options.makeBackend()
        let profiler = ProfilingBackend(cpu)
        let backend: any Backend = profile ? profiler : cpu
        // Every sequence needs room for its prompt and its answer.
        let capacity = max(promptTokens, depth + tokens) + 1
        guard capacity <= file.config.maxPositions else {
            throw CommandError.tooFewPositions(
                option: "--prompt-tokens, --depth and --tokens want", needed: capacity, model: file.config.maxPositions)
        }
        let loaded = try LoadedModel(
            file, backend: backend,
            shape: EngineShape(slots: sequences, capacity: capacity, cacheType: cache.cacheType))
        var random = RandomStream(seed: 1, "bench")
        // One prompt per sequence: [sequences][count]
        func randomPrompts(_ count: Int) -> [[Int32]] {
            (0..<sequences).map { _ in
                (0..<count).map { _ in Int32.random(in: 0..<Int32(file.config.vocabularySize), using: &random) }
            }
        }
        /// Median seconds of `runs` runs that add `count` tokens to each prompt, after one warm-up run.
        func median(_ name: String, adding count: Int, prompts: () -> [[Int32]]) throws -> Double {
            func run() throws -> Double {
                let requests = prompts().map {
                    EngineRequest(prompt: $0, generation: GenerationOptions(maxTokens: count))
                }
                let start = ContinuousClock.now
                let results = try loaded.engine.run(requests)
                let seconds = (ContinuousClock.now - start).seconds
                precondition(results.allSatisfy { $0.tokens.count == count }, "a sequence ended early")
                return seconds
            }
            _ = try run()
            profiler.reset()
            let seconds = try (0..<runs).map { _ in try run() }.sorted()
            if profile { try Output.line("\(name)\n\(profiler.table(steps: runs))") }
            return seconds[seconds.count / 2]
        }
        // New prompts in every run, so that no prefix is reused. Only the last position of each prompt needs logits.
        let prefill = try median("prefill of \(promptTokens) tokens", adding: 1) { randomPrompts(promptTokens) }
        // The same prompts in every run: the warm-up caches their first `depth` tokens, which later runs reuse. The
        // last token is read in the first of exactly `tokens` passes, at position `depth`; every pass yields one token
        // per sequence.
        let stored = randomPrompts(depth + 1)
        let decode = try median("decoding of \(tokens) tokens", adding: tokens) { stored }
        let cacheBytes = loaded.memory.first { $0.group == "KV cache" }?.sizeBytes ?? 0
        let packed = loaded.memory.filter { $0.group == "packed weights" }.reduce(0) { $0 + $1.sizeBytes }
        let result = Result(
            prefillTokensPerSecond: Double(sequences * promptTokens) / prefill,
            decodeTokensPerSecond: Double(sequences * tokens) / decode,
            sequences: sequences, weightBytesPerToken: packed,
            readBandwidthBytesPerSecond: try MachineRate.readBandwidth(pool: cpu.pool),
            cacheBytes: cacheBytes, loadSeconds: loaded.loadSeconds, threads: cpu.pool.threadCount)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Output.line(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            // One decoding pass reads the weights once for all sequences together.
            let read = Double(packed) * result.decodeTokensPerSecond / Double(sequences)
            try Output.line(
                String(
                    format: "prefill %.1f tokens/s, decode %.1f tokens/s, %.1f GB/s of weights "
                        + "(read bandwidth %.1f GB/s), ready in %.3f s",
                    result.prefillTokensPerSecond, result.decodeTokensPerSecond, read / 1e9,
                    result.readBandwidthBytesPerSecond / 1e9, loaded.loadSeconds))
        }
    }
}

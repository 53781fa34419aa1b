// `xmodel bench generate`: prefill and decoding speed of a model file, beside what the memory allows.
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
        abstract: "Time reading a prompt and decoding with a model file, one sequence.",
        discussion: """
            The prompts are random; decoding begins behind --depth stored positions. Medians over the runs.

              xmodel bench generate --model model.gguf
              xmodel bench generate --model model.gguf --prompt-tokens 512 --tokens 128 --json
              xmodel bench generate --model model.gguf --depth 4096 --tokens 64 --cache-type q8
            """)

    @Option(name: [.long, .short], help: "A GGUF file or a model folder.") var model: String
    @Option(help: "Length of the prompt in tokens.") var promptTokens = 512
    @Option(help: "Tokens to decode.") var tokens = 128
    @Option(help: "Tokens already in the cache when decoding begins.") var depth = 0
    @Option(help: "Number of runs; the median is reported.") var runs = 3
    @Flag(help: "Print the time spent in each operation as well.") var profile = false
    @Flag(help: "Print one JSON object.") var json = false
    @OptionGroup var cache: CacheOptions
    @OptionGroup var options: ComputeOptions

    func validate() throws {
        try require(
            ("prompt-tokens", promptTokens, 1...Most.count), ("tokens", tokens, 1...Most.count),
            ("runs", runs, 1...1_000_000), ("depth", depth, 0...Most.count))
    }

    private struct Result: Encodable {
        let prefillTokensPerSecond: Double
        let decodeTokensPerSecond: Double
        /// Bytes of weights that one decoded token reads.
        let weightBytesPerToken: Int
        let copyBandwidthBytesPerSecond: Double
        /// Bytes of the cache, all positions.
        let cacheBytes: Int
        let loadSeconds: Double
        let threads: Int
    }

    func run() throws {
        let file = try ModelBundle.open(model)
        let cpu = try options.makeBackend()
        let profiler = ProfilingBackend(cpu)
        let backend: any Backend = profile ? profiler : cpu
        let capacity = max(promptTokens, depth + tokens) + 1
        guard capacity <= file.config.maxPositions else {
            throw CommandError.tooFewPositions(
                option: "--prompt-tokens, --depth and --tokens want", needed: capacity, model: file.config.maxPositions)
        }
        let loaded = try LoadedModel(
            file, backend: backend, shape: EngineShape(slots: 1, capacity: capacity, cacheType: cache.cacheType))
        var random = RandomStream(seed: 1, "bench")
        func randomPrompt(_ count: Int) -> [Int32] {
            (0..<count).map { _ in Int32.random(in: 0..<Int32(file.config.vocabularySize), using: &random) }
        }
        /// Median seconds after a first run that does not count.
        func median(_ name: String, _ request: () -> EngineRequest) throws -> Double {
            _ = try loaded.engine.run([request()])
            profiler.reset()
            let seconds = try (0..<runs).map { _ in
                let next = request()
                let start = ContinuousClock.now
                _ = try loaded.engine.run([next])
                return (ContinuousClock.now - start).seconds
            }.sorted()
            if profile { try Output.line("\(name)\n\(profiler.table(steps: runs))") }
            return seconds[seconds.count / 2]
        }
        // Logits of the last row alone, as when an answer is to begin; the prompts differ, so that nothing is reused.
        let prefill = try median("prefill of \(promptTokens) tokens") {
            EngineRequest(
                prompt: randomPrompt(promptTokens), generation: GenerationOptions(maxTokens: 1))
        }
        // One prompt for all runs: the first stores it.
        let stored = randomPrompt(depth + 1)
        let decode = try median("decoding of \(tokens) tokens") {
            EngineRequest(prompt: stored, generation: GenerationOptions(maxTokens: tokens))
        }
        let cacheBytes = loaded.memory.first { $0.group == "KV cache" }?.sizeBytes ?? 0
        let packed = loaded.memory.filter { $0.group == "packed weights" }.reduce(0) { $0 + $1.sizeBytes }
        let result = Result(
            prefillTokensPerSecond: Double(promptTokens) / prefill, decodeTokensPerSecond: Double(tokens) / decode,
            weightBytesPerToken: packed, copyBandwidthBytesPerSecond: try MachineRate.copyBandwidth(pool: cpu.pool),
            cacheBytes: cacheBytes, loadSeconds: loaded.loadSeconds, threads: cpu.pool.threadCount)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Output.line(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            let read = Double(packed) * result.decodeTokensPerSecond
            try Output.line(
                String(
                    format:
                        "prefill %.1f tokens/s, decode %.1f tokens/s, %.1f GB/s of weights (copy %.1f GB/s), ready in %.3f s",
                    result.prefillTokensPerSecond, result.decodeTokensPerSecond, read / 1e9,
                    result.copyBandwidthBytesPerSecond / 1e9, loaded.loadSeconds))
        }
    }
}

// `xmodel quantize`: a GGUF file with other tensor types, or a model folder as a quantised GGUF file.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMFormats
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTokenizer

struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Write a model with smaller weights, as GGUF.",
        discussion: """
            Reads a GGUF file of any architecture, or a model folder. Types: f32, f16, bf16, q8_0, q6_k, q4_k, q4_0, and
            the mixed q4_k_m. docs/formats.md lists which tensor gets which type.

              xmodel quantize model.gguf model.Q8_0.gguf --type q8_0
              xmodel quantize runs/nano model.Q4_K_M.gguf --type q4_k_m --compare novel.txt
            """)

    @Argument(help: "A .gguf file, a checkpoint folder, or a run folder.")
    var input: String

    @Argument(help: "The .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Type of the matrices.")
    var type: String

    @Option(help: ArgumentHelp("Then compare both models on this text.", valueName: "text file"))
    var compare: String?

    @Option(help: "Windows of 256 tokens to compare at most.")
    var windows = 40

    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    func validate() throws {
        guard windows > 0 else { throw ValidationError("--windows is \(windows); it must be at least 1") }
    }

    func run() throws {
        try write()
        if let compare { try show(comparison(on: compare)) }
    }

    private func write() throws {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue {
            let threadArguments = threads.map { ["--threads", "\($0)"] } ?? []
            let convert = try ConvertCommand.parse([input, output, "--to", "gguf", "--type", type] + threadArguments)
            return try convert.run()
        }
        let preset = try QuantizationPreset(name: type)
        let source = try GGUFFile(URL(filePath: input))
        try ConversionRun(threads: threads).run(output) { pool, progress in
            try Requantization.write(
                source, preset: preset, to: URL(filePath: output), pool: pool, progress: progress)
        }
    }

    private func comparison(on text: String) throws -> ModelComparison {
        let (original, other) = (try ModelFile(input), try ModelFile(output))
        let window = Perplexity.Windows(length: min(256, original.config.maxPositions))
        let tokens = original.tokenizer.encode(try InputFile.text(text), matchingSymbols: false)
        let pool = ThreadPool(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
        let backend = try CPUBackend(compute: CPUBackend.preferredCompute.compute, pool: pool)
        let bar = ProgressBar("comparing", total: windows, unit: " windows", on: .standardError)
        defer { bar.finish() }
        return try ModelComparison.measure(
            original: original, other: other, tokens: Array(tokens.prefix(windows * window.length)), windows: window,
            backend: backend
        ) { done, _ in bar.update(done) }
    }

    private func show(_ result: ModelComparison) throws {
        try Output.line(
            String(
                format: "perplexity %.4f, was %.4f (%+.2f %%)", result.perplexity, result.originalPerplexity,
                100 * (result.perplexity / result.originalPerplexity - 1)))
        try Output.line(String(format: "KL divergence %.5f nats a token", result.divergence))
        try Output.line(
            String(
                format: "same likeliest token %.2f %% of %d tokens", 100 * result.topAgreement, result.scoredTokens))
    }
}

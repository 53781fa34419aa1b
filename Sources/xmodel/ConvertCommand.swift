// `xmodel convert`: a trained model in the formats that other programs read.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMFormats
import XMInference
import XMSupport
import XMTensor

struct ConvertCommand: ParsableCommand {
    enum Target: String, ExpressibleByArgument, CaseIterable {
        case xmodel, granite, gguf
        case ggufMiniCPM = "gguf-minicpm"
    }

    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model in another format, with its tokenizer and chat template.",
        discussion: """
            xmodel is our Hugging Face folder; granite is one that stock transformers, vLLM and MLX load; gguf is a file
            for llama.cpp (architecture granite; gguf-minicpm where the attention scale is 1/sqrt(d)). docs/formats.md
            says what each holds.

              xmodel convert runs/quickstart/sft-64 model-granite --to granite --type bf16
              xmodel convert runs/quickstart/sft-64 model.gguf --to gguf --type q8_0
            """)

    @Argument(help: "A checkpoint folder, or a run folder (its newest checkpoint).")
    var input: String

    @Argument(help: "The folder or .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Format: xmodel, granite, gguf or gguf-minicpm.")
    var to: Target

    @Option(help: "Type of the matrices: f32, f16, bf16, and in GGUF q8_0, q6_k, q4_k, q4_k_m, q4_0.")
    var type = "f32"

    @Flag(help: "Leave the tokenizer out, and do not ask for tokenizer.model.")
    var withoutTokenizer = false

    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    func run() throws {
        let folder = try LoadedModel.folder(URL(filePath: input))
        let preset = try QuantizationPreset(name: type)
        let weights = try FolderWeights(folder: folder)
        let tokenizer = withoutTokenizer ? nil : try Self.tokenizer(of: folder)
        let target = URL(filePath: output)
        try ConversionRun(threads: threads).run(output) { pool, progress in
            switch to {
            case .xmodel, .granite:
                try FolderExport.write(
                    weights, tokenizer: tokenizer, as: to == .granite ? .granite : .xmodel, type: preset.type,
                    to: target, pool: pool, progress: progress)
            case .gguf, .ggufMiniCPM:
                try GGUFExport.write(
                    weights, tokenizer: tokenizer, name: target.deletingPathExtension().lastPathComponent,
                    as: to == .gguf ? .granite : .minicpm, preset: preset, to: target, pool: pool, progress: progress)
            }
        }
    }
}

extension ConvertCommand {
    private static func tokenizer(of folder: URL) throws -> ExportTokenizer {
        let file = folder.appending(path: "tokenizer.model")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ExportError.noTokenizer(folder: folder.path)
        }
        return try ExportTokenizer(contentsOf: file)
    }
}

/// Threads and a progress line for something that writes a model.
struct ConversionRun {
    let threads: Int?

    func run(_ label: String, _ body: (ThreadPool, @escaping (Double) -> Void) throws -> Void) throws {
        guard threads ?? 1 >= 1 else { throw ValidationError("--threads is \(threads!); it must be at least 1") }
        let pool = ThreadPool(threadCount: threads ?? ProcessInfo.processInfo.activeProcessorCount)
        let bar = ProgressBar("writing", total: 1000, on: .standardError)
        let start = ContinuousClock.now
        defer { bar.finish() }
        try body(pool) { bar.update(Int($0 * 1000)) }
        bar.finish()
        talk("\(label): written in \(HumanText.duration((ContinuousClock.now - start).seconds))")
    }
}

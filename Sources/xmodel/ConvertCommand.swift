// `xmodel convert`: a trained model in the formats that other programs read.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTokenizer

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

    @Argument(help: "A checkpoint, a run (its newest checkpoint), a Hugging Face folder or a GGUF file.")
    var input: String

    @Argument(help: "The folder or .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Format: xmodel, granite, gguf or gguf-minicpm.")
    var to: Target

    @Option(help: "Type of the matrices: f32, f16, bf16, and in GGUF q8_0, q6_k, q4_k, q4_k_m, q4_0.")
    var type = "f32"

    @Flag(help: "Take the weights of a folder without a tokenizer; a GGUF file gets numbers for pieces.")
    var withoutTokenizer = false

    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    func run() throws {
        let preset = try QuantizationPreset(name: type)
        let source = try Source(input, withoutTokenizer: withoutTokenizer)
        let target = URL(filePath: output)
        try ConversionRun(threads: threads).run(output) { pool, progress in
            switch to {
            case .xmodel, .granite:
                try FolderExport.write(
                    source.weights, tokenizer: source.tokenizer, as: to == .granite ? .granite : .xmodel,
                    type: preset.type, to: target, pool: pool, progress: progress)
            case .gguf, .ggufMiniCPM:
                let rows = source.weights.config.vocabularySize
                let tokenizer = try source.tokenizer.map { try GGUFTokenizer($0.0, file: $0.file, rows: rows) }
                try GGUFExport.write(
                    source.weights, tokenizer: tokenizer ?? GGUFTokenizer(numbered: rows),
                    name: target.deletingPathExtension().lastPathComponent, as: to == .gguf ? .granite : .minicpm,
                    preset: preset, to: target, pool: pool, progress: progress)
            }
        }
    }

    private struct Source {
        let weights: StoredWeights
        let tokenizer: (SentencePieceTokenizer, file: Data)?

        init(_ path: String, withoutTokenizer: Bool) throws {
            guard !withoutTokenizer else {
                let folder = try ModelFile.modelFolder(URL(filePath: path))
                weights = try StoredWeights(
                    SafetensorsWeights(folder: folder), config: Xmodel2Config(folder: folder))
                tokenizer = nil
                return
            }
            let file = try ModelFile(path)
            weights = try StoredWeights(file.weights, config: file.config)
            guard let data = file.sentencePieceFile, let sentencePiece = file.tokenizer as? SentencePieceTokenizer
            else { throw ExportError.noTokenizer(path: path) }
            tokenizer = (sentencePiece, data)
        }
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

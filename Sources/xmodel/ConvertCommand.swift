// `xmodel convert`: a trained model in the formats that other programs read.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMFormats
import XMInference
import XMModel
import XMSupport
import XMTensor

struct ConvertCommand: ParsableCommand {
    enum Target: String, ExpressibleByArgument, CaseIterable {
        case xmodel, granite, llama, gguf
        case ggufMiniCPM = "gguf-minicpm"
        case ggufLlama = "gguf-llama"

        /// What it is: a folder or a file.
        var kind: (folder: FolderExport.Kind?, file: GGUFExport.Architecture?) {
            switch self {
            case .xmodel: (.xmodel, nil)
            case .granite: (.granite, nil)
            case .llama: (.llama, nil)
            case .gguf: (nil, .granite)
            case .ggufMiniCPM: (nil, .minicpm)
            case .ggufLlama: (nil, .llama)
            }
        }
    }

    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model in another format, with its tokenizer and chat template.",
        discussion: """
            xmodel is our Hugging Face folder; granite is one that stock transformers, vLLM and MLX load; gguf is a file
            for llama.cpp (architecture granite; gguf-minicpm where the attention scale is 1/sqrt(d)). llama and
            gguf-llama are for models without muP's factors. Tokenizers: SentencePiece Unigram and BPE, and byte-level
            BPE with the patterns of GPT-2, SmolLM, Llama 3 and Qwen 2. docs/formats.md says what each format holds.

              xmodel convert runs/quickstart/sft-64 model-granite --to granite --type bf16
              xmodel convert runs/quickstart/sft-64 model.gguf --to gguf --type q8_0
              xmodel convert SmolLM2-135M-Instruct.Q4_1.gguf smollm2 --to llama
            """)

    @Argument(help: "A checkpoint, a run (its newest checkpoint), a Hugging Face folder or a GGUF file.")
    var input: String

    @Argument(help: "The folder or .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Format: xmodel, granite, llama, gguf, gguf-minicpm or gguf-llama.")
    var to: Target

    @Option(help: "Type of the matrices: f32, f16, bf16, and in GGUF q8_0, q6_k, q4_k, q4_k_m, q4_0.")
    var type = "f32"

    @Flag(help: "Take the weights of a folder without a tokenizer; a GGUF file gets numbers for pieces.")
    var withoutTokenizer = false

    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    func run() throws {
        let preset = try QuantizationPreset(name: type)
        let (weights, tokenizer) = try source()
        let target = URL(filePath: output)
        let kind = to.kind
        try ConversionRun(threads: threads).run(output) { pool, progress in
            if let folder = kind.folder {
                try FolderExport.write(
                    weights, tokenizer: tokenizer, as: folder, type: preset.type, to: target, pool: pool,
                    progress: progress)
            } else if let architecture = kind.file {
                try GGUFExport.write(
                    weights, tokenizer: tokenizer ?? TokenizerExport(numbered: weights.config.vocabularySize),
                    name: target.deletingPathExtension().lastPathComponent, as: architecture, preset: preset,
                    to: target, pool: pool, progress: progress)
            }
        }
    }

    private func source() throws -> (WeightSource, TokenizerExport?) {
        guard !withoutTokenizer else {
            let folder = try ModelFolder.find(URL(filePath: input))
            return (try WeightSource(folder: folder, config: Xmodel2Config(folder: folder)), nil)
        }
        let file = try ModelFile(input)
        return (file.weights, try TokenizerExport(file))
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

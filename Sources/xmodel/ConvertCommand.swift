// `xmodel convert`: writes a model in the formats of other programs. Parses and reports; the formats are in
// XMInference/Export.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMSupport

struct ConvertCommand: ParsableCommand {
    // Values of --to. The folder formats and the GGUF architectures share one list, since a user thinks of the reader
    // first.
    enum Target: String, ExpressibleByArgument, CaseIterable {
        case xmodel, granite, llama, gguf
        case ggufMiniCPM = "gguf-minicpm"
        case ggufLlama = "gguf-llama"
    }

    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model in another format, with its tokenizer and chat template.",
        discussion: """
            xmodel is our own Hugging Face folder; granite is one that stock transformers, vLLM and MLX can load; \
            gguf is a file for llama.cpp with architecture granite, gguf-minicpm one for models with attention scale \
            1/sqrt(d). llama and gguf-llama are for models without muP's factors. Tokenizers can be SentencePiece \
            Unigram or BPE, or byte-level BPE with the patterns of GPT-2, SmolLM, Llama 3 and Qwen 2. \
            docs/formats.md describes each format.

            Ctrl-C removes the unfinished output and exits with status 130.

              xmodel convert runs/quickstart/sft-64 model-granite --to granite
              xmodel convert runs/quickstart/sft-64 sft-64.gguf --to gguf --type q8_0
              xmodel convert SmolLM2-135M-Instruct.Q4_1.gguf smollm2 --to llama
            """)

    @Argument(help: "A checkpoint, a run (its newest checkpoint), a Hugging Face folder or a GGUF file.")
    var input: String

    @Argument(help: "The folder or .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Output format.")
    var to: Target

    @Option(help: "Data type of the matrices; folders support f32, f16 and bf16.")
    var type = QuantizationPreset.f32

    @Flag(help: "Convert the weights of a folder that has no tokenizer; a GGUF file gets placeholder tokens.")
    var withoutTokenizer = false

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        let run = ConversionRun(threading)
        // Opens and checks the input before the output's name is touched.
        let source = try withoutTokenizer ? ConversionSource(withoutTokenizer: input) : ConversionSource(input)
        let target = URL(filePath: output)
        try run.write(output) { pool, progress in
            func folder(_ kind: FolderExport.Kind) throws {
                try FolderExport.write(
                    source.weights, tokenizer: source.tokenizer, as: kind, type: type.type, to: target, pool: pool,
                    progress: progress)
            }
            func file(_ architecture: GGUFExport.Architecture) throws {
                try source.write(gguf: architecture, type, to: target, pool: pool, progress: progress)
            }
            switch to {
            case .xmodel: try folder(.xmodel)
            case .granite: try folder(.granite)
            case .llama: try folder(.llama)
            case .gguf: try file(.granite)
            case .ggufMiniCPM: try file(.minicpm)
            case .ggufLlama: try file(.llama)
            }
        }
    }
}

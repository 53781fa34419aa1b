// `xmodel bench model`: a GGUF file with random weights, for measurements of speed on shapes that nobody has trained.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMModel

struct BenchModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Write a GGUF file with random weights and numbers for pieces.",
        discussion: "  xmodel bench model --preset xl --type q8_0 xl.gguf")

    @Option(help: "Model preset.") var preset = "xl"
    @Option(help: "Pieces of the vocabulary.") var vocabulary = 65_280
    @Option(help: "Type of the matrices.") var type = "q8_0"
    @Option(help: "Seed of the weights.") var seed: UInt64 = 1
    @Option(help: "Compute threads (default: all cores of this machine).") var threads: Int?
    @Argument(help: "The file to write; it must not exist.") var output: String

    func run() throws {
        let config = try Preset.named(preset).config(vocabularySize: vocabulary)
        let weightTypes = try QuantizationPreset(name: type)
        try ConversionRun(threads: threads).run(output) { pool, progress in
            try GGUFExport.write(
                RandomWeights(config, seed: seed), tokenizer: TokenizerExport(numbered: vocabulary),
                name: "random \(preset)", as: .granite,
                preset: weightTypes, to: URL(filePath: output), pool: pool, progress: progress)
        }
    }
}

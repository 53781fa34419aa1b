// `xmodel bench model`: a GGUF file with random weights, for measurements of speed on shapes that nobody has trained.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMModel

struct BenchModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Write a GGUF file with random weights and placeholder tokens.",
        discussion: """
            The model runs, and answers nonsense.

              xmodel bench model nano.gguf --preset nano --vocabulary 8192
              xmodel bench model xl.gguf --preset xl --type q4_0
            """)

    @Option(help: "Model preset.") var preset = Preset.xl
    @Option(help: "Vocabulary size.") var vocabulary = 65_280
    @Option(help: "Type of the matrices.") var type = QuantizationPreset.q8_0
    @Option(help: "Seed of the weights.") var seed: UInt64 = 1
    @Argument(help: "The file to write; it must not exist.") var output: String
    @OptionGroup var threading: ThreadOptions

    func validate() throws { try require(("vocabulary", vocabulary, 1...Most.size)) }

    func run() throws {
        let config = preset.config(vocabularySize: vocabulary)
        try ConversionRun(threading).write(output) { pool, progress in
            try GGUFExport.write(
                RandomWeights(config, seed: seed), tokenizer: TokenizerExport(numbered: vocabulary),
                name: "random \(preset.rawValue)", as: .granite,
                preset: type, to: URL(filePath: output), pool: pool, progress: progress)
        }
    }
}

extension Preset: ExpressibleByArgument {}

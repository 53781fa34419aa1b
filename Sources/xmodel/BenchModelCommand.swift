// `xmodel bench model`: writes a GGUF file with random weights, to measure the speed of shapes without trained weights:
// speed depends on shapes and storage types alone. script/bench makes its xl files this way.
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
            The model runs and generates nonsense; it is for measuring speed.

              xmodel bench model nano.gguf --preset nano --vocabulary 8192
              xmodel bench model xl.gguf --preset xl --type q4_0
            """)

    @Option(help: "Model preset.") var preset = Preset.xl
    @Option(help: "Vocabulary size.") var vocabulary = 65_280
    @Option(help: "Storage type of the matrices.") var type = QuantizationPreset.q8_0
    @Option(help: "Seed of the random weights.") var seed: UInt64 = 1
    @Argument(help: "File to write; it must not exist yet.") var output: String
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

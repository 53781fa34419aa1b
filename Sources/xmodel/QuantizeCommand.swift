// `xmodel quantize`: a GGUF file with other tensor types, or a model folder as a quantised GGUF file.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMFormats
import XMInference

struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Write a model with smaller weights, as GGUF.",
        discussion: """
            Reads a GGUF file of any architecture, or a model folder. Types: f32, f16, bf16, q8_0, q6_k, q4_k, q4_0, and
            the mixed q4_k_m. docs/formats.md lists which tensor gets which type.

              xmodel quantize model.gguf model.Q8_0.gguf --type q8_0
              xmodel quantize runs/nano model.Q4_K_M.gguf --type q4_k_m
            """)

    @Argument(help: "A .gguf file, a checkpoint folder, or a run folder.")
    var input: String

    @Argument(help: "The .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Type of the matrices.")
    var type: String

    @Option(help: "Compute threads (default: all cores of this machine).")
    var threads: Int?

    func run() throws {
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
}

// `xmodel quantize`: rewrites a GGUF file with other tensor types, or a model folder as a quantised GGUF file, and
// compares the two models if asked to.
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
        abstract: "Quantise a model to a GGUF file.",
        discussion: """
            Reads a GGUF file of any architecture, or a model folder. docs/formats.md lists the types of all tensors. \
            --compare then evaluates both models on a text and prints the change in perplexity, the KL divergence, and \
            how often the models agree on the most likely token.

            Ctrl-C removes the unfinished output and exits with status 130.

              xmodel quantize model.gguf model.Q8_0.gguf --type q8_0
              xmodel quantize runs/nano model.Q4_K_M.gguf --type q4_k_m --compare novel.txt
            """)

    @Argument(help: "A .gguf file, a checkpoint folder, or a run folder.")
    var input: String

    @Argument(help: "The .gguf file to write; it must not exist.")
    var output: String

    @Option(help: "Data type of the matrices.")
    var type: QuantizationPreset

    @Option(
        help: ArgumentHelp(
            "Text file on which to compare the models afterwards; - is standard input.", valueName: "text file"))
    var compare: String?

    @Option(help: "Maximum number of 256-token windows to compare.")
    var windows = 40

    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        try require(("windows", windows, 1...Most.count))
    }

    func run() throws {
        let run = ConversionRun(threading)
        // Reads the text before writing the model: a mistyped name should fail at once, not after minutes.
        let text = try compare.map { try ComparedText($0, model: input, windows: windows) }
        try write(run)
        if let text { try show(try text.compare(with: output, run)) }
    }

    // A folder is converted; a GGUF file of any architecture is rewritten tensor by tensor.
    private func write(_ run: ConversionRun) throws {
        let target = URL(filePath: output)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue {
            let source = try ConversionSource(input)
            return try run.write(output) { pool, progress in
                try source.write(gguf: .granite, type, to: target, pool: pool, progress: progress)
            }
        }
        let source = try GGUFFile(URL(filePath: input))
        try run.write(output) { pool, progress in
            try Requantization.write(source, preset: type, to: target, pool: pool, progress: progress)
        }
    }

    private func show(_ result: ModelComparison) throws {
        try Output.line(
            String(
                format: "perplexity %.4f, was %.4f (%+.2f %%)", result.perplexity, result.originalPerplexity,
                100 * (result.perplexity / result.originalPerplexity - 1)))
        try Output.line(String(format: "KL divergence %.5f nats/token", result.klDivergence))
        try Output.line(
            String(
                format: "same top token %.2f %% of %d tokens", 100 * result.top1Agreement, result.scoredTokens))
    }
}

/// The original model, and the tokens on which the two models are compared.
private struct ComparedText {
    private let original: ModelBundle
    private let window: Perplexity.Windows
    private let tokens: [Int32]

    /// Throws if the text cannot be read or is shorter than one window.
    init(_ file: String, model: String, windows: Int) throws {
        original = try ModelBundle.open(model)
        window = Perplexity.Windows(length: min(256, original.config.maxPositions))
        // Symbols in the text are ordinary characters: the text is data, not a prompt.
        let all = original.tokenizer.encode(try InputFile.text(file), matchingSymbols: false)
        tokens = Array(all.prefix(min(windows, try window.count(in: all)) * window.length))
    }

    func compare(with file: String, _ run: ConversionRun) throws -> ModelComparison {
        // The file just written is read back like any other, so the comparison covers the writer too.
        let other = try ModelBundle(file)
        let backend = try CPUBackend(
            compute: CPUBackend.preferredCompute.compute, pool: run.pool,
            instructionSet: try ComputeOptions.instructionSet())
        return try run.showing(
            "comparing", total: tokens.count / window.length, unit: " windows",
            ifInterrupted: "\(file) is written but not compared"
        ) { update in
            try ModelComparison.measure(
                original: original, other: other, tokens: tokens, windows: window, backend: backend
            ) { done, _ in try update(done) }
        }
    }
}

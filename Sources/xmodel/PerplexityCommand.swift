// `xmodel perplexity`: how well a model predicts a text, in the same windows as llama.cpp's tool.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMModel
import XMSupport
import XMTerminal
import XMTensor
import XMTokenizer

struct PerplexityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "Measure a model's perplexity on a text.",
        discussion: """
            The text is cut into windows that do not overlap; the second half of each is scored, so every scored token \
            has at least half a window in front of it. A final partial window is dropped.

              xmodel perplexity --model model.gguf --file wiki.test.raw
              xmodel perplexity --model runs/nano --file novel.txt --window 1024 --json
            """)

    @OptionGroup var modelOptions: ModelOptions

    @Option(help: ArgumentHelp("The text; - is standard input.", valueName: "file"))
    var file: String

    @Option(help: "Length of a window in tokens.")
    var window = 512

    @Option(help: "Maximum number of windows (default: all).")
    var windows: Int?

    @Option(help: "Number of windows to run side by side.")
    var batch = 4

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        try require(
            ("window", window, 4...Most.size), ("windows", windows, 1...Most.count), ("batch", batch, 1...Most.batch))
    }

    func run() throws {
        let modelFile = try ModelBundle.open(modelOptions.model)
        guard window <= modelFile.config.maxPositions else {
            throw CommandError.tooFewPositions(
                option: "--window wants", needed: window, model: modelFile.config.maxPositions)
        }
        var tokens = modelFile.tokenizer.encode(try InputFile.text(file), matchingSymbols: false)
        if modelFile.tokenizer.addsBOS, let bos = modelFile.tokenizer.bosID { tokens.insert(bos, at: 0) }
        let count = min(windows ?? .max, try Perplexity.Windows(length: window).count(in: tokens))
        tokens = Array(tokens.prefix(count * window))
        let model = try modelOptions.load(modelFile, slots: min(batch, count), context: window)
        talk("reading \(HumanText.counted(count, "window")) of \(HumanText.grouped(window)) tokens")
        let bar = ProgressBar("perplexity", total: count, unit: " windows", on: .standardError)
        defer { bar.finish() }
        let start = ContinuousClock.now
        let result = try waiting {
            try await Perplexity.measure(model, tokens: tokens, windows: .init(length: window)) { done, _ in
                bar.update(done)
            }
        }
        bar.finish()
        let rate = Double(result.windows * window) / (ContinuousClock.now - start).seconds
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            try Output.line(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            try Output.line(
                String(
                    format:
                        "perplexity %.4f ± %.4f (%.4f nats per token; %d tokens scored in %d windows of %d, %@ tokens/s)",
                    result.perplexity, result.standardError, result.meanLoss, result.scoredTokens, result.windows,
                    window, HumanText.rate(rate)))
        }
    }
}

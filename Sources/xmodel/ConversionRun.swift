// What the commands that write models share: the source model, threads, a progress bar, and Ctrl-C handling. Read next:
// ConvertCommand.swift, QuantizeCommand.swift, XMInference/Export.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMFormats
import XMInference
import XMModel
import XMSupport
import XMTerminal
import XMTensor

/// The model to convert: its weights, still in their file, and its tokenizer.
struct ConversionSource {
    let weights: WeightSource
    let tokenizer: TokenizerExport?

    init(_ model: String) throws {
        let file = try ModelBundle.open(model)
        weights = file.weights
        tokenizer = try TokenizerExport(file)
    }

    /// A folder's weights; the folder need not have a tokenizer.
    init(withoutTokenizer model: String) throws {
        let folder = try HuggingFaceFolder.find(URL(filePath: model))
        weights = try WeightSource(folder: folder, config: Xmodel2Config(folder: folder))
        tokenizer = nil
    }

    /// Writes a GGUF file, with placeholder tokens if there is no tokenizer. Notes about what the format cannot express
    /// go to standard error.
    func write(
        gguf architecture: GGUFExport.Architecture, _ preset: QuantizationPreset, to file: URL, pool: ThreadPool,
        progress: @escaping TensorStream.Progress
    ) throws {
        try GGUFExport.write(
            weights, tokenizer: tokenizer ?? TokenizerExport(numbered: weights.config.vocabularySize),
            name: file.deletingPathExtension().lastPathComponent, as: architecture, preset: preset, to: file,
            pool: pool, progress: progress
        ).forEach(talk)
    }
}

/// Runs work that writes a model. On SIGINT or SIGTERM the unfinished output is removed and the exit status is 130; the
/// writers write to a temporary name, so there never is a partial file under the final one.
struct ConversionRun {
    let pool: ThreadPool
    private let interrupt = InterruptFlag()

    init(_ threading: ThreadOptions) { pool = threading.makePool() }

    /// Calls `body`, which writes `output` and reports its progress.
    func write(_ output: String, _ body: (ThreadPool, @escaping TensorStream.Progress) throws -> Void) throws {
        let start = ContinuousClock.now
        // Writers report a fraction; the bar counts thousandths of it.
        try showing("writing", total: 1000, unit: "", ifInterrupted: "\(output) is not written") { update in
            try body(pool) { try update(Int($0 * 1000)) }
        }
        talk("\(output): written in \(HumanText.duration((ContinuousClock.now - start).seconds))")
    }

    /// Runs `body` with a progress bar. After a signal, the next update throws `ExitCode`, which unwinds through the
    /// writer's clean-up.
    func showing<R>(
        _ label: String, total: Int, unit: String, ifInterrupted consequence: String,
        _ body: (_ update: @escaping (Int) throws -> Void) throws -> R
    ) throws -> R {
        interrupt.install()
        let bar = ProgressBar(label, total: total, unit: unit, on: .standardError)
        defer { bar.finish() }
        return try body { done in
            guard interrupt.isRaised else { return bar.update(done) }
            bar.finish()
            talk("interrupted: \(consequence)")
            throw ExitCode(130)
        }
    }
}

extension QuantizationPreset: ExpressibleByArgument {
    public init?(argument: String) { try? self.init(name: argument) }

    public var defaultValueDescription: String { name.lowercased() }

    public static var allValueStrings: [String] { all.map { $0.name.lowercased() } }
}

// `xmodel data`: prepares and examines token shards. Each subcommand has a file of its own in this folder; what several
// of them use is here.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMSupport
import XMTerminal
import XMTensor
import XMTrain

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Prepare, verify and inspect token shards.",
        discussion: """
            A recipe's data section describes the sources and how they are processed. 'xmodel train' prepares missing \
            shards by itself. docs/data-at-scale.md explains how to use several machines.

              xmodel data prepare recipes/pretrain/nano-realtext.yaml --output shards/nano
              xmodel data verify shards/nano
              xmodel data inspect shards/nano --source code
            """,
        subcommands: [
            DataPrepareCommand.self, DataMergeCommand.self, DataVerifyCommand.self, DataInspectCommand.self,
            DataStatsCommand.self, DataMixCommand.self,
        ])
}

/// The recipe argument and the options that say where its data and shards are.
struct DataRecipeOptions: ParsableArguments {
    @Argument(help: "The recipe, a YAML file; only its data section is used.")
    var recipe: String

    @Option(help: "Folder of the shards (default: the recipe's data.shards, else runs/NAME/shards).")
    var output: String?

    @Option(
        help: """
            Folder that the recipe's paths are relative to (default: the recipe's data.root, else XMODEL_DATA, else \
            the recipe's folder).
            """)
    var dataRoot: String?

    @Option(name: .customLong("set"), help: "Override a key of the recipe: --set data.shard_tokens=1000000.")
    var overrides: [String] = []

    func load() throws -> TrainConfig {
        try RecipeFile.load(recipe, overrides: overrides, dataRoot: dataRoot)
    }

    /// The folder of shards: --output, else data.shards, else the default that `xmodel train` uses too.
    func folder(_ config: TrainConfig) -> URL {
        UserPath.url(output ?? config.data.shards ?? "runs/\(config.name)/shards")
    }

    /// The prepared shards. If they are missing and no folder was named, the error explains how to name one.
    func prepared(_ config: TrainConfig) throws -> PreparedFolder {
        do {
            return try PreparedFolder(folder(config))
        } catch ShardError.notPrepared(let folder) where output == nil && config.data.shards == nil {
            throw CommandError.notPrepared(folder: folder, recipe: recipe)
        }
    }

    func preparation(_ config: TrainConfig) throws -> DataPreparation {
        try DataPreparation(config.data, root: config.dataRoot, folder: folder(config))
    }
}

/// A data preparation with a progress bar and a closing summary.
struct PreparationRun {
    private let preparation: DataPreparation
    private let pool: ThreadPool
    private let interrupt: InterruptFlag

    init(_ preparation: DataPreparation, pool: ThreadPool, interrupt: InterruptFlag) {
        (self.preparation, self.pool, self.interrupt) = (preparation, pool, interrupt)
    }

    // Returns the manifest, or nil if only a part or only the search was done. The bar starts over with each phase: the
    // duplicate search reads all files first.
    func run(part: PreparationPart? = nil, searchOnly: Bool = false) throws -> ShardManifest? {
        var bar: ProgressBar?
        var start = ContinuousClock.now
        var last: PreparationProgress?
        defer { bar?.finish() }
        let manifest = try preparation.run(
            part: part, searchOnly: searchOnly, pool: pool, interrupt: interrupt
        ) { state in
            // The decontamination summary exists once the first progress arrives.
            if last == nil { (try? DecontaminationSummary.read(preparation.folder))??.lines.forEach(talk) }
            if let before = last?.phase, before != state.phase {
                bar?.finish()
                talk("duplicate search took \(HumanText.duration((ContinuousClock.now - start).seconds))")
                (bar, start) = (nil, .now)
            }
            let shown =
                bar
                ?? ProgressBar(
                    state.phase == .duplicates ? "duplicates" : part.map { "part \($0)" } ?? "prepare",
                    total: state.totalBytes, startingAt: state.bytesBefore,
                    unit: "B", on: .standardError)
            bar = shown
            shown.update(state.bytes)
            last = state
        }
        bar?.finish()
        if let last, last.tokens > 0 {
            let seconds = (ContinuousClock.now - start).seconds
            // Rates below a thousand keep a decimal.
            func rate(_ value: Double) -> String { value < 1000 ? HumanText.rate(value) : HumanText.count(value) }
            talk(
                "\(HumanText.count(Double(last.tokens))) tokens in \(String(format: "%.1f", seconds)) s, "
                    + "\(rate(Double(last.tokens) / seconds)) tokens/s, "
                    + "\(HumanText.bytes(Int(Double(last.bytes - last.bytesBefore) / seconds)))/s of files")
        }
        return manifest
    }
}

/// The table of sources: sizes, and counts of dropped and changed records.
enum SourceTable {
    static func rows(_ manifest: ShardManifest) -> [[String]] {
        [["source", "shards", "documents", "tokens", "bytes/token", "notes"]]
            + manifest.sources.map { source in
                [
                    source.name, "\(source.shards.count)", HumanText.grouped(source.documents),
                    HumanText.grouped(source.tokens),
                    source.textBytes > 0
                        ? String(format: "%.2f", Double(source.textBytes) / Double(source.tokens)) : "unknown",
                    source.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
                ]
            }
    }

    /// One line about skipped records, with the first as an example; nil if there are none.
    static func skipped(_ manifest: ShardManifest) -> String? {
        let counts = manifest.sources.flatMap(\.counts).filter { $0.key.hasPrefix("skipped_") }
        let total = counts.reduce(0) { $0 + $1.value }
        guard total > 0 else { return nil }
        let example = manifest.sources.flatMap(\.skipped).first.map {
            "; first: \($0.file), record \($0.record): \($0.reason.dropFirst("skipped_".count)) (\($0.detail))"
        }
        return
            "\(HumanText.counted(total, "record")) skipped\(example ?? ""); see 'xmodel data stats'"
    }

    // The first column is left-aligned, numbers right-aligned, and the last column ragged.
    static func text(_ manifest: ShardManifest) -> String {
        TextTable.text(rows(manifest), right: [1, 2, 3, 4])
    }
}

// `xmodel data mix`: shows how often a recipe's mixtures read each source, or writes sequences of a mixture to a flat
// token file.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMSupport
import XMTensor
import XMTerminal
import XMTrain

struct DataMixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Show how often each source will be read, or write training sequences to a file.",
        discussion: """
            With --dry-run, prints the tokens, share and passes of each source in both stages. Otherwise writes the \
            sequences that training will see, in order, as a flat file of 16-bit ids for other programs, like \
            nanoGPT's train.bin.

              xmodel data mix recipe.yaml --output shards/nano --dry-run
              xmodel data mix recipe.yaml --output shards/nano --sequences 9 --to decay.bin
            """)

    @OptionGroup var options: DataRecipeOptions
    @Flag(help: "Print the plan and write nothing.") var dryRun = false
    @Option(help: "Stage to draw sequences from.") var stage = MixtureStage.decay
    @Option(help: "Number of sequences to write, each of train.sequence_length tokens.") var sequences = 1000
    @Option(help: "The file to write.") var to: String?

    enum MixtureStage: String, ExpressibleByArgument, CaseIterable {
        case stable, decay
    }

    func validate() throws {
        guard dryRun || to != nil else {
            throw ValidationError("give the file to write with --to, or print the plan with --dry-run")
        }
        try require(("sequences", sequences, 1...Most.count))
    }

    func run() throws {
        let config = try options.load()
        try config.validate()
        let folder = try options.prepared(config)
        let mixtures = [config.mixtures.stable, config.mixtures.decay ?? [:]]
        let sources = try folder.sources(mixtures: mixtures)
        let batches = try TrainingBatches(config, sources: sources)
        try config.missingTargets(in: folder).forEach(talk)
        if dryRun { return try Output.line(try plan(config, sources, batches)) }
        guard let to else { return }
        // The flat format has 16-bit ids and no header that could say otherwise.
        guard folder.manifest.width == .uint16 else {
            throw CommandError.idsTooWide(pieces: folder.manifest.vocabulary)
        }
        try write(stage == .decay ? batches.decay : batches.stable, config, to: URL(filePath: to))
    }

    // Tokens, share and passes over each source in both stages, from the same sampler that training uses.
    private func plan(_ config: TrainConfig, _ sources: [TokenShards], _ batches: TrainingBatches) throws -> String {
        let batch = try config.batchSchedule()
        let length = config.train.sequenceLength
        let start = config.stableSteps
        let stableCount = batch.totalSequences(after: start)
        let decayCount = batch.totalSequences(after: config.train.steps) - stableCount
        let sizes = Dictionary(uniqueKeysWithValues: sources.map { ($0.name, $0.tokenCount) })
        func table(_ title: String, _ sequences: Int, _ sampler: MixtureSampler) -> [String] {
            ["\(title): \(HumanText.grouped(sequences * length)) tokens"]
                + sampler.plan(sequences: sequences).filter { $0.share > 0 }.sorted { $0.share > $1.share }.map {
                    "  \($0.name.padding(toLength: 24, withPad: " ", startingAt: 0))"
                        + String(format: "%6.1f %%", 100 * $0.share)
                        + column(HumanText.count($0.share * Double(sequences * length)), 10)
                        + " of" + column(HumanText.count(Double(sizes[$0.name] ?? 0)), 8)
                        + column(String(format: "%.3f", $0.passes), 10) + " passes"
                }
        }
        func column(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let lines =
            table("stable stage, steps 1 to \(start)", stableCount, batches.stable)
            + (decayCount > 0
                ? table("decay stage, steps \(start + 1) to \(config.train.steps)", decayCount, batches.decay) : [])
        return lines.joined(separator: "\n")
    }

    // Writes to a temporary name; an interrupted run leaves no file.
    private func write(_ sampler: MixtureSampler, _ config: TrainConfig, to file: URL) throws {
        let length = config.train.sequenceLength
        let interrupt = InterruptFlag()
        interrupt.install()
        let bar = ProgressBar("mix", total: sequences, unit: " sequences", on: .standardError)
        defer { bar.finish() }
        try FlatTokens.write(file) { append in
            for index in 0..<sequences {
                if interrupt.isRaised {
                    bar.finish()
                    talk("interrupted: \(file.path) is not written")
                    throw ExitCode(128 + SIGINT)
                }
                try append(Array(try sampler.batch(first: index, batchSize: 1).ids))
                bar.update(index + 1)
            }
        }
        bar.finish()
        talk("\(file.path): \(HumanText.grouped(sequences * length)) 16-bit ids")
    }
}

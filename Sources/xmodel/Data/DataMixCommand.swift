// `xmodel data mix`: what a recipe's mixtures mean for its data, and a sample of them as a plain token file.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMSupport
import XMTrain

struct DataMixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Show how often each source will be read, or write rows of the mixture.",
        discussion: """
            With --dry-run it prints tokens, share and epochs of each source in both stages. Without, it writes the \
            rows that training will see, in their order, as one plain file of 16-bit ids (nanoGPT's train.bin, the \
            lab's layout) for other programs.

              xmodel data mix recipe.yaml --output shards/nano --dry-run
              xmodel data mix recipe.yaml --output shards/nano --rows 1000 --to decay.bin
            """)

    @OptionGroup var options: DataRecipeOptions
    @Flag(help: "Print the plan and write nothing.") var dryRun = false
    @Option(help: "Stage whose rows are written.") var stage = MixtureStage.decay
    @Option(help: "Rows to write, each of train.sequence_length tokens.") var rows = 1000
    @Option(help: "The file to write.") var to: String?

    enum MixtureStage: String, ExpressibleByArgument, CaseIterable {
        case stable, decay
    }

    func validate() throws {
        guard dryRun || to != nil else {
            throw ValidationError("--to names the file to write; or ask for the plan with --dry-run")
        }
        guard rows >= 1 else { throw ValidationError("--rows is \(rows); it must be at least 1") }
    }

    func run() throws {
        let config = try options.load()
        try config.validate()
        let folder = try options.prepared(config)
        let decay = config.mixtures.decay ?? config.mixtures.stable
        let sources = try folder.sources(mixtures: [config.mixtures.stable, decay])
        func sampler(_ name: String, _ mixture: [String: Double]) throws -> MixtureSampler {
            try MixtureSampler(
                sources: sources, mixture: mixture, seed: config.seed, stage: name, key: "mixtures.\(name)")
        }
        let (stable, final) = (try sampler("stable", config.mixtures.stable), try sampler("decay", decay))
        try config.missingTargets(in: folder).forEach(talk)
        if dryRun { return try Output.line(try plan(config, stable, final)) }
        guard let to else { return }
        guard folder.manifest.width == .uint16 else {
            throw CommandError.idsTooWide(pieces: folder.manifest.vocabulary)
        }
        try write(stage == .decay ? final : stable, config, to: URL(filePath: to))
    }

    private func plan(_ config: TrainConfig, _ stable: MixtureSampler, _ decay: MixtureSampler) throws -> String {
        let batch = try config.batchSchedule()
        let length = config.train.sequenceLength
        let start =
            config.schedule.kind == .wsd
            ? config.schedule.decayStart(of: config.train.steps) : config.train.steps
        let stableTokens = batch.totalRows(after: start) * length
        let decayTokens = batch.totalRows(after: config.train.steps) * length - stableTokens
        func table(_ title: String, _ tokens: Int, _ sampler: MixtureSampler) -> [String] {
            ["\(title): \(HumanText.grouped(tokens)) tokens"]
                + sampler.plan(tokens: tokens).filter { $0.share > 0 }.sorted { $0.share > $1.share }.map {
                    "  \($0.name.padding(toLength: 24, withPad: " ", startingAt: 0))"
                        + String(format: "%6.1f %%", 100 * $0.share)
                        + column(HumanText.count($0.share * Double(tokens)), 10)
                        + " of" + column(HumanText.count(Double($0.tokens)), 8)
                        + column(String(format: "%.3f", $0.epochs), 10) + " epochs"
                }
        }
        func column(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        let lines =
            table("stable stage, steps 1 to \(start)", stableTokens, stable)
            + (decayTokens > 0
                ? table("decay stage, steps \(start + 1) to \(config.train.steps)", decayTokens, decay) : [])
        return lines.joined(separator: "\n")
    }

    private func write(_ sampler: MixtureSampler, _ config: TrainConfig, to file: URL) throws {
        let length = config.train.sequenceLength
        let perStep = try config.batchSchedule().rows(after: config.train.steps - 1)
        try FlatTokens.write(file) { append in
            for row in 0..<rows {
                let batch = try sampler.batch(step: row / perStep + 1, firstRow: row % perStep, rows: 1, length: length)
                try append(batch.inputs)
            }
        }
        talk("\(file.path): \(HumanText.grouped(rows * length)) ids of 16 bits")
    }
}

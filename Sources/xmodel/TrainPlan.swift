// What `--dry-run` prints: the run before it costs anything.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTokenizer
import XMTrain

struct TrainPlan {
    let text: String

    /// Works without the recipe's data when the vocabulary size is given. `shards`: their folder; once they are
    /// prepared, the passes over each source are known. With a parent it is the plan of that branch.
    init(
        _ recipe: TrainConfig, dataRoot: URL, shards: URL, backend: CPUBackend, branchFrom parent: URL? = nil,
        accepting accepted: [String] = []
    ) throws {
        var config = recipe
        if let parent { _ = try config.branch(from: parent) }
        let length = config.train.sequenceLength
        let vocabulary =
            try config.model.vocabSize
            ?? SentencePieceTokenizer(contentsOf: resolve(config.data.tokenizer, root: dataRoot)).vocabularySize
        let model = try config.model.resolved(vocabulary: vocabulary, length: length)
        config = config.resolved(model, compute: backend.compute)
        if let parent { _ = try RunOrigin(.branch, parent).changes(to: config, accepting: accepted) }
        let layout = ParameterLayout(model)
        let memory = try MemoryEstimate(config, model: model, backend: backend)
        let flops = FlopCount(model, sequenceLength: length)
        let rows = try config.batchSchedule().totalSequences(after: config.train.steps)
        let tokens = Double(rows * length)
        let total = flops.training * tokens
        let rate = MachineRate.measure(compute: backend.compute, pool: backend.pool, rounds: 3).gigaflops * 1e9
        let schedule = try config.makeSchedule()
        let stableEnd = config.stableSteps
        let found = Self.files(config, dataRoot)
        let drawn = try Self.rows(config, dataRoot, shards)
        func shares(
            _ mixture: [String: Double], _ sampler: MixtureSampler?, _ from: Int, _ to: Int
        ) throws -> String {
            let batch = try config.batchSchedule()
            let stageSequences = batch.totalSequences(after: to) - batch.totalSequences(after: from)
            let stageTokens = Double(stageSequences * length)
            let sum = mixture.values.reduce(0, +)
            let passes = sampler?.plan(sequences: stageSequences).map { ($0.name, $0.passes) } ?? []
            let passesByName = Dictionary(uniqueKeysWithValues: passes)
            return mixture.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "  \($0.key.padding(toLength: 24, withPad: " ", startingAt: 0))"
                    + String(format: "%6.1f %%  ", 100 * $0.value / sum)
                    + "\(HumanText.count(stageTokens * $0.value / sum)) tokens"
                    + (passesByName[$0.key].map { String(format: ", %.3g passes", $0) } ?? "")
                    + "  \(found[$0.key.split(separator: "/").first.map(String.init) ?? ""] ?? "")"
            }.joined(separator: "\n")
        }
        let decayMixture = config.mixtures.decay ?? config.mixtures.stable
        let decay =
            stableEnd == config.train.steps
            ? ""
            : "\nData, decay stage (steps \(stableEnd + 1) to \(config.train.steps))\n"
                + (try shares(decayMixture, drawn?.decay, stableEnd, config.train.steps))
        text = """
            \(try Recipe.yaml(config))
            Parameters: \(HumanText.grouped(layout.count)), \
            \(HumanText.grouped(layout.count - vocabulary * model.hiddenSize)) without the embedding
            \(parameterGroups(layout, config: model, optimizer: config.optimizer).describe(
                learningRate: config.schedule.learningRate))

            Memory (\(backend.compute.rawValue), \(config.microBatchSize) rows of \(length) at once)
            \(memory.table)
            \(memory.verdict)

            FLOPs per token, forward and backward
              hidden matrices  \(HumanText.count(3 * flops.hidden))
              output head      \(HumanText.count(3 * flops.head))
              attention        \(HumanText.count(3 * flops.attention))
            Run: \(HumanText.grouped(config.train.steps)) steps, \(HumanText.count(tokens)) tokens, \
            \(String(format: "%.3g", total)) FLOPs; at 70 % of this machine's \
            \(HumanText.rate(rate / 1e9)) GFLOP/s: \(HumanText.duration(total / (0.7 * rate)))
            Learning rate: \(schedule.rate(at: max(1, config.schedule.warmupSteps))) after warm-up, \
            \(String(format: "%.3g", schedule.rate(at: config.train.steps))) at the end

            Data, stable stage (steps 1 to \(stableEnd))
            \(try shares(config.mixtures.stable, drawn?.stable, 0, stableEnd))\
            \(decay)\(drawn == nil ? "\nPasses over each source are known when its shards are prepared." : "")
            \(try Self.missingTargets(config, shards))
            """
    }

    /// Records that can never be learned from; known where the shards are there.
    private static func missingTargets(_ config: TrainConfig, _ folder: URL) throws -> String {
        guard let shards = try? PreparedFolder(folder) else { return "Shards: not made yet" }
        let missing = try config.missingTargets(in: shards)
        return missing.isEmpty ? "Shards: \(folder.path)" : missing.joined(separator: "\n")
    }

    /// The rows that the run will read; nil while there are no shards that the recipe can use.
    private static func rows(_ config: TrainConfig, _ root: URL, _ shards: URL) throws -> TrainingBatches? {
        guard let preparation = try? DataPreparation(config.data, root: root, folder: shards),
            (try? preparation.existing()) != nil
        else { return nil }
        let mixtures = [config.mixtures.stable, config.mixtures.decay ?? [:]]
        return try TrainingBatches(config, sources: try PreparedFolder(shards).sources(mixtures: mixtures))
    }

    /// What lies under the data root for each source: files and bytes as stored, or the pattern that matches nothing.
    private static func files(_ config: TrainConfig, _ root: URL) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: config.data.sources.map { source in
                do {
                    let files = try DocumentFiles(source.files, root: root).files
                    let bytes = files.reduce(0) { $0 + $1.sizeBytes }
                    return (
                        source.name, "of \(files.count) file\(files.count == 1 ? "" : "s"), \(HumanText.bytes(bytes))"
                    )
                } catch ReaderError.noFiles(let pattern, _) {
                    return (source.name, "not found: \(pattern)")
                } catch {
                    return (source.name, "\(error)")
                }
            })
    }
}

// A run as numbers before it costs anything: parameters, memory, FLOPs, the data budget of every stage.
// `xmodel train --dry-run` prints it. Next: MemoryEstimate.swift, RunSetup.swift (what a real start checks).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMData
package import XMModel
package import XMTensor
import XMTokenizer

package struct TrainPlan: Sendable {
    /// The recipe with every default and the machine's choices written out; with a parent, that of the branch.
    package let config: TrainConfig
    package let model: Xmodel2Config
    package let groups: [ParameterGroup]
    package let parameterCount: Int
    package let memory: MemoryEstimate
    package let flops: FlopCount
    /// Tokens of the whole run.
    package let tokens: Int
    /// After warm-up, and at the last step.
    package let peakLearningRate: Double
    package let finalLearningRate: Double
    /// The stable stage, and the decay where there is one.
    package let stages: [StagePlan]
    package let shards: ShardsPlan

    /// The data of one stage.
    package struct StagePlan: Sendable, Equatable {
        package let stage: Stage
        package let steps: ClosedRange<Int>
        package let tokens: Int
        /// The largest share first.
        package let sources: [SourcePlan]
    }

    package struct SourcePlan: Sendable, Equatable {
        /// A source, or a category of one ("sft/math").
        package let name: String
        /// Of the stage's tokens, 0 to 1.
        package let share: Double
        package let tokens: Double
        /// How often the stage reads the source; nil before its shards are prepared.
        package let passes: Double?
        package let files: SourceFiles
    }

    /// What lies under the data root for a source.
    package enum SourceFiles: Sendable, Equatable {
        case found(count: Int, sizeBytes: Int)
        /// A pattern that matches nothing.
        case missing(pattern: String)
        case unreadable(String)
    }

    package enum ShardsPlan: Sendable, Equatable {
        case notPrepared
        /// `missingTargets`: what is to be said of records whose masked prompt fills a sequence.
        case prepared(folder: String, missingTargets: [String])
    }

    /// FLOPs of the whole run.
    package var totalFLOPs: Double { flops.training * Double(tokens) }

    /// - Parameters:
    ///   - recipe: the data need not be there if it gives the vocabulary size.
    ///   - shards: the shards' folder.
    ///   - parent: the checkpoint that the run branches from.
    ///   - accepted: keys that may differ from the parent's.
    package init(
        _ recipe: TrainConfig, dataRoot: URL, shards: URL, backend: any Backend, branchFrom parent: URL? = nil,
        accepting accepted: [String] = []
    ) throws {
        var config = recipe
        if let parent { _ = try config.branch(from: parent) }
        let length = config.train.sequenceLength
        let vocabulary =
            try config.model.vocabSize
            ?? TokenizerFiles(config.data.tokenizerURL(root: dataRoot)).tokenizer.vocabularySize
        model = try config.model.resolved(vocabulary: vocabulary, length: length)
        config = config.resolved(model, compute: backend.compute)
        if let parent { _ = try RunOrigin(.branch, parent).changes(to: config, accepting: accepted) }
        self.config = config
        let layout = ParameterLayout(model)
        parameterCount = layout.count
        groups = parameterGroups(layout, config: model, optimizer: config.optimizer)
        memory = try MemoryEstimate(config, model: model, backend: backend)
        flops = FlopCount(model, sequenceLength: length)
        tokens = try config.batchSchedule().totalSequences(after: config.train.steps) * length
        let schedule = try config.makeSchedule()
        peakLearningRate = schedule.rate(at: max(1, config.schedule.warmupSteps))
        finalLearningRate = schedule.rate(at: config.train.steps)
        stages = try Self.stages(config, dataRoot: dataRoot, shards: shards)
        self.shards = try Self.shards(config, folder: shards)
    }

    private static func stages(_ config: TrainConfig, dataRoot: URL, shards: URL) throws -> [StagePlan] {
        let files = files(config, dataRoot)
        let sampled = try batches(config, dataRoot, shards)
        let (stableSteps, steps) = (config.stableSteps, config.train.steps)
        let schedule = try config.batchSchedule()
        func plan(
            _ stage: Stage, _ mixture: [String: Double], _ sampler: MixtureSampler?, after first: Int, to last: Int
        ) -> StagePlan {
            let sequences = schedule.totalSequences(after: last) - schedule.totalSequences(after: first)
            let tokens = sequences * config.train.sequenceLength
            let sum = mixture.values.reduce(0, +)
            let passes = Dictionary(
                uniqueKeysWithValues: sampler?.plan(sequences: sequences).map { ($0.name, $0.passes) } ?? [])
            let sources = mixture.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { name, weight in
                let source = name.split(separator: "/").first.map(String.init) ?? name
                return SourcePlan(
                    name: name, share: weight / sum, tokens: Double(tokens) * weight / sum, passes: passes[name],
                    files: files[source] ?? .missing(pattern: source))
            }
            return StagePlan(stage: stage, steps: first + 1...max(first + 1, last), tokens: tokens, sources: sources)
        }
        let mixtures = config.mixtures
        return (stableSteps > 0 ? [plan(.stable, mixtures.stable, sampled?.stable, after: 0, to: stableSteps)] : [])
            + (stableSteps < steps
                ? [plan(.decay, mixtures.decay ?? mixtures.stable, sampled?.decay, after: stableSteps, to: steps)] : [])
    }

    private static func shards(_ config: TrainConfig, folder: URL) throws -> ShardsPlan {
        guard let shards = try? PreparedFolder(folder) else { return .notPrepared }
        return .prepared(folder: folder.path, missingTargets: try config.missingTargets(in: shards))
    }

    /// The sequences that the run will read; nil while there are no shards that the recipe can use.
    private static func batches(_ config: TrainConfig, _ root: URL, _ shards: URL) throws -> TrainingBatches? {
        guard let preparation = try? DataPreparation(config.data, root: root, folder: shards),
            (try? preparation.existing()) != nil
        else { return nil }
        let mixtures = [config.mixtures.stable, config.mixtures.decay ?? [:]]
        return try TrainingBatches(config, sources: try PreparedFolder(shards).sources(mixtures: mixtures))
    }

    private static func files(_ config: TrainConfig, _ root: URL) -> [String: SourceFiles] {
        func files(_ source: SourceConfig) -> SourceFiles {
            do {
                let files = try DocumentFiles(source.files, root: root).files
                return .found(count: files.count, sizeBytes: files.reduce(0) { $0 + $1.sizeBytes })
            } catch ReaderError.noFiles(let pattern, _) {
                return .missing(pattern: pattern)
            } catch {
                return .unreadable("\(error)")
            }
        }
        return Dictionary(config.data.sources.map { ($0.name, files($0)) }) { first, _ in first }
    }
}

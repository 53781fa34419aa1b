// The sizes of a first run, with their reasons, and the recipe that has them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMData
import XMModel
import XMSupport
import XMTensor
import XMTrain

struct InitPlan {
    let sizing: RunSizing
    let parameters: Int
    let speed: TrainingSpeed
    let memory: MemoryEstimate
    /// Tokens of each source.
    let tokens: [Double]
    private let survey: FolderSurvey
    private let vocabulary: Int
    private let compute: DType

    /// Chooses the preset from the machine's rate, then measures that preset and plans the run.
    init(
        survey: FolderSurvey, counts: [CorpusCount], bytesPerToken: Double, vocabulary: Int, preset: Preset?,
        seconds: Double, backend: CPUBackend
    ) throws {
        self.survey = survey
        self.vocabulary = vocabulary
        compute = backend.compute
        tokens = counts.map { Double($0.bytes) / bytesPerToken }
        let textTokens = tokens.reduce(0, +)
        let rate = try MachineRate.measure(compute: backend.compute, pool: backend.pool, rounds: 3).gigaflops * 1e9
        // Small models reach about half of the machine's rate (docs/performance.md); the measurement below corrects it.
        let chosen =
            preset
            ?? RunSizing.preset(seconds: seconds, flops: rate / 2, textTokens: textTokens, vocabulary: vocabulary)
        let model = chosen.config(vocabularySize: vocabulary)
        parameters = ParameterLayout(model).count
        let length = RunSizing.sequenceLength(textTokens)
        let batchSize = Self.sequencesAtOnce(length)
        speed = try TrainingSpeed.measure(
            model, backend: backend, batchSize: batchSize, length: length, microBatchSize: batchSize, steps: 2,
            requireMemory: { try CommandError.requireMemory($0, fix: "choose a smaller --preset") })
        sizing = RunSizing(
            chosen, seconds: seconds, tokensPerSecond: speed.tokensPerSecond, textTokens: textTokens,
            hasConversations: survey.sources.contains(where: \.isConversation))
        let config = TrainConfig(sizing)
        memory = try MemoryEstimate(
            config, model: try config.model.resolved(vocabulary: vocabulary, length: length), backend: backend)
        try memory.requireFit()
    }

    /// Sequences of one forward and backward pass: 4,096 tokens keep the cores busy and the memory small.
    fileprivate static func sequencesAtOnce(_ length: Int) -> Int { max(1, 4096 / length) }

    func config(name: String, sources: [SourceConfig], validation: [SourceConfig]) -> TrainConfig {
        var config = TrainConfig(sizing)
        config.name = name
        config.data.sources = sources
        config.data.validation = validation
        config.train.evalEvery = validation.isEmpty ? 0 : max(1, sizing.steps / 20)
        config.mixtures = mixtures
        return config
    }

    /// Text by its size in the stable stage; in the decay the paper's 64 % of conversations, where there are any.
    private var mixtures: StageMixtures {
        let text = share { !$0.isConversation }
        let chat = share(\.isConversation)
        if chat.isEmpty { return StageMixtures(stable: text) }
        if text.isEmpty { return StageMixtures(stable: chat) }
        return StageMixtures(
            stable: text,
            decay: text.mapValues { rounded($0 * 0.36) }.merging(chat.mapValues { rounded($0 * 0.64) }) { $1 })
    }

    private func share(_ isIncluded: (SurveyedSource) -> Bool) -> [String: Double] {
        let included = zip(survey.sources, tokens).filter { isIncluded($0.0) }
        let total = included.reduce(0) { $0 + $1.1 }
        return Dictionary(
            uniqueKeysWithValues: included.map { ($0.0.config.name, rounded(max($0.1 / max(total, 1), 0.001))) })
    }

    private func rounded(_ share: Double) -> Double { (share * 1000).rounded() / 1000 }

    // MARK: Words

    private var passes: Double { Double(sizing.tokens) / max(tokens.reduce(0, +), 1) }
    private var seconds: Double { Double(sizing.tokens) / speed.tokensPerSecond }

    var summary: String {
        """

        text       \(HumanText.count(tokens.reduce(0, +))) tokens
        model      \(sizing.preset.rawValue), \(HumanText.count(Double(parameters))) parameters, vocabulary \(HumanText.grouped(vocabulary))
        training   \(HumanText.grouped(sizing.steps)) steps of \(HumanText.grouped(sizing.tokensPerStep)) tokens: \
        \(HumanText.count(Double(sizing.tokens))) tokens, \(String(format: "%.1f", passes)) passes over the text
        speed      \(HumanText.grouped(Int(speed.tokensPerSecond))) tokens/s measured (\(compute.rawValue)): about \
        \(HumanText.duration(seconds))
        memory     \(HumanText.bytes(memory.totalBytes))
        """
    }

    /// The recipe's first lines: the arithmetic behind its numbers.
    var header: [String] {
        [
            "Made by `xmodel init`. Every key is here with its meaning; change what you like.",
            "Paths are relative to data.root. `xmodel train RECIPE --dry-run` prints the plan and stops.", "",
            "Arithmetic",
            "  parameters   \(HumanText.grouped(parameters)), embedding of \(HumanText.grouped(vocabulary)) tokens included",
            "  text         \(HumanText.count(tokens.reduce(0, +))) tokens",
            "  training     \(HumanText.grouped(sizing.steps)) steps x \(sizing.batchSize) sequences x \(sizing.sequenceLength) = "
                + "\(HumanText.count(Double(sizing.tokens))) tokens, \(String(format: "%.1f", passes)) passes "
                + "(beyond \(Int(RunSizing.mostPasses)), more teach next to nothing)",
            "  time         \(HumanText.duration(seconds)) at \(HumanText.grouped(Int(speed.tokensPerSecond))) tokens/s, "
                + "measured here",
        ]
    }
}

extension TrainConfig {
    /// What does not depend on names: sizes, schedule, intervals.
    fileprivate init(_ sizing: RunSizing) {
        var train = LoopConfig(
            steps: sizing.steps, batchSize: sizing.batchSize, sequenceLength: sizing.sequenceLength,
            microBatchSize: min(sizing.batchSize, InitPlan.sequencesAtOnce(sizing.sequenceLength)),
            saveEvery: max(1, sizing.steps / 10))
        train.logEvery = max(1, sizing.steps / 100)
        var schedule = ScheduleConfig()
        schedule.learningRate = sizing.learningRate
        schedule.warmupSteps = sizing.warmupSteps
        schedule.decaySteps = sizing.decaySteps
        schedule.halfLifeSteps = max(1, Double(sizing.decaySteps) / 5)
        var model = ModelConfig()
        model.preset = sizing.preset.rawValue
        self.init(
            name: "", seed: 1, model: model,
            data: DataConfig(tokenizer: "tokenizer.model", sources: [], root: "."),
            mixtures: StageMixtures(stable: [:]), train: train, optimizer: AdamWConfig(), schedule: schedule,
            guard: GuardConfig())
    }
}

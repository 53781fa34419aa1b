// The recipe section `schedule`: which curve the learning rate follows, with every key, default and check.
// Rates here are the base rate of muP; parameter groups multiply it (Optimizers/ParameterGroup.swift).
// Next: Schedule.swift for the table of kinds, DecayShape.swift for the shapes of the decay.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// `schedule:` of a recipe.
package struct ScheduleConfig: Codable, Sendable, Equatable {
    /// The families of curves.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// Warmup-Stable-Decay (MiniCPM, Xmodel-2).
        case wsd
        /// Half a cosine from the end of warm-up to the end of the run (Megatron).
        case cosine
        /// Half a cosine of `period_steps`, counted from step 0, then `min_learning_rate` (MiniCPM Cosine(T)).
        case cosinePeriod = "cosine_period"
        /// The same cosine, swinging on for ever (MiniCPM CosineLoop(T)).
        case cosineLoop = "cosine_loop"
        /// `learning_rate` after warm-up.
        case constant
        /// learning_rate · sqrt(W / s), floored (Megatron).
        case inverseSquareRoot = "inverse_sqrt"
        /// A straight line from the end of warm-up to the end of the run (Megatron).
        case linear
    }

    /// `kind`: the family. Default `wsd`.
    package var kind: Kind = .wsd
    /// `learning_rate`: the maximum η. Default 0.01, Xmodel-2's muP base rate.
    package var learningRate = 0.01
    /// `min_learning_rate`: the rate at the end, or the floor. Default 0.
    package var minLearningRate = 0.0
    /// `initial_learning_rate`: the rate at step 0 of the warm-up. Default 0.
    package var initialLearningRate = 0.0
    /// `warmup_steps`: W, steps of linear warm-up; 0 = none. Default 2000.
    package var warmupSteps = 2000
    /// `decay`: the shape of the decay of `wsd`. Default `half_life`, Xmodel-2's printed form.
    package var decay: DecayShape = .halfLife
    /// `decay_steps`: steps of the decay of `wsd`; 0 = never decay; null = 10 % of `train.steps`. Default null.
    package var decaySteps: Int?
    /// `half_life_steps`: h of decay `half_life`, in steps. Give this or `half_life_tokens`. Default null.
    package var halfLifeSteps: Double?
    /// `half_life_tokens`: h of decay `half_life`, in tokens. Default 19.66e9 = 5000 steps of 3 932 160 tokens.
    package var halfLifeTokens: Double?
    /// `period_steps`: T of `cosine_period` and `cosine_loop`; null = `train.steps`. Default null.
    package var periodSteps: Int?

    /// Xmodel-2's half-life when neither key is set: 5000 steps at 960 sequences of 4096 tokens.
    package static let publishedHalfLifeTokens = 5000.0 * 960 * 4096

    package init() {}

    enum CodingKeys: String, CodingKey {
        case kind, decay
        case learningRate = "learning_rate"
        case minLearningRate = "min_learning_rate"
        case initialLearningRate = "initial_learning_rate"
        case warmupSteps = "warmup_steps"
        case decaySteps = "decay_steps"
        case halfLifeSteps = "half_life_steps"
        case halfLifeTokens = "half_life_tokens"
        case periodSteps = "period_steps"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&kind, .kind)
        try keys.read(&learningRate, .learningRate)
        try keys.read(&minLearningRate, .minLearningRate)
        try keys.read(&initialLearningRate, .initialLearningRate)
        try keys.read(&warmupSteps, .warmupSteps)
        try keys.read(&decay, .decay)
        try keys.read(&decaySteps, .decaySteps)
        try keys.read(&halfLifeSteps, .halfLifeSteps)
        try keys.read(&halfLifeTokens, .halfLifeTokens)
        try keys.read(&periodSteps, .periodSteps)
    }

    // MARK: - Derived numbers

    /// Steps of the decay in a run of `steps`: as given, or a tenth of the run, which MiniCPM found enough.
    package func decaySteps(of steps: Int) -> Int {
        decaySteps ?? max(1, Int((Double(steps) / 10).rounded()))
    }

    /// The last stable step of `wsd`; the decay covers the `decay_steps` updates after it.
    package func decayStart(of steps: Int) -> Int { steps - decaySteps(of: steps) }

    /// The half-life h in steps.
    package func halfLife(tokensPerStep: Int) -> Double {
        halfLifeSteps ?? (halfLifeTokens ?? Self.publishedHalfLifeTokens) / Double(tokensPerStep)
    }
}

extension ScheduleConfig {
    /// Throws `ConfigError` naming the first key that cannot work in this run.
    package func validate(_ context: ScheduleContext) throws {
        let S = context.steps
        try ConfigError.require(
            learningRate > 0 && learningRate.isFinite, key: "schedule.learning_rate", found: learningRate,
            wanted: "it must be a positive number", fix: "Xmodel-2 uses 0.01 under muP")
        try ConfigError.require(
            minLearningRate >= 0 && minLearningRate <= learningRate, key: "schedule.min_learning_rate",
            found: minLearningRate, wanted: "it must lie between 0 and schedule.learning_rate \(learningRate)",
            fix: "lower it")
        try ConfigError.require(
            initialLearningRate >= 0 && initialLearningRate <= learningRate, key: "schedule.initial_learning_rate",
            found: initialLearningRate, wanted: "it must lie between 0 and schedule.learning_rate \(learningRate)",
            fix: "lower it")
        try ConfigError.require(
            warmupSteps >= 0 && warmupSteps <= S, key: "schedule.warmup_steps", found: warmupSteps,
            wanted: "it must lie between 0 and train.steps \(S)", fix: "shorten the warm-up or raise train.steps")
        if let periodSteps {
            try ConfigError.require(
                (1...1_000_000_000).contains(periodSteps), key: "schedule.period_steps", found: periodSteps,
                wanted: "it must be from 1 to 1000000000", fix: "remove it to use train.steps")
        }
        if kind == .wsd { return try validateDecay(context) }
        try ConfigError.require(
            (0...1_000_000_000).contains(decaySteps ?? 0), key: "schedule.decay_steps", found: decaySteps ?? 0,
            wanted: "it must be from 0 to 1000000000", fix: "remove it: schedule.kind \(kind.rawValue) has no decay")
    }

    private func validateDecay(_ context: ScheduleContext) throws {
        let S = context.steps
        let D = decaySteps(of: S)
        try ConfigError.require(
            D >= 0, key: "schedule.decay_steps", found: D, wanted: "it must be 0 or more",
            fix: "use 0 for a run without decay")
        if D > S - warmupSteps {
            throw ConfigError.decayLongerThanRun(decaySteps: D, warmupSteps: warmupSteps, steps: S)
        }
        try ConfigError.require(
            halfLifeSteps == nil || halfLifeTokens == nil, key: "schedule.half_life_tokens",
            found: halfLifeTokens ?? 0, wanted: "schedule.half_life_steps is set too", fix: "keep one of the two")
        for (key, value) in [("half_life_steps", halfLifeSteps), ("half_life_tokens", halfLifeTokens)] {
            if let value {
                try ConfigError.require(
                    value > 0 && value.isFinite, key: "schedule.\(key)", found: value,
                    wanted: "it must be a positive number", fix: "Xmodel-2 uses 5000 steps, 19.66e9 tokens")
            }
        }
        try ConfigError.require(
            decay != .halfLife || halfLifeSteps != nil || context.tokensPerStep > 0, key: "schedule.half_life_tokens",
            found: halfLifeTokens ?? Self.publishedHalfLifeTokens, wanted: "the tokens of a step are not known",
            fix: "give schedule.half_life_steps")
        try ConfigError.require(
            decay != .inverse || minLearningRate > 0 || D == 0, key: "schedule.min_learning_rate",
            found: minLearningRate, wanted: "decay \"inverse\" divides by it",
            fix: "give the rate at the end of the decay, for example a tenth of schedule.learning_rate")
    }
}

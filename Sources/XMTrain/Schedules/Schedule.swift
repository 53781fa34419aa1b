// A learning-rate schedule is a pure function from the step to the rate; this file has the protocol, the stages and
// the table that turns a recipe's `schedule.kind` into one. To add a schedule: one file, one case, one line here.
// Next: WSDSchedule.swift (what Xmodel-2 uses), ScheduleConfig.swift (the recipe section).
// SPDX-License-Identifier: Apache-2.0

/// The part of a schedule that a step lies in. Names as in the Warmup-Stable-Decay literature.
package enum Stage: String, Codable, Sendable, CaseIterable {
    case warmup, stable, decay
}

/// A pure function of the step.
///
/// `step` counts updates, the current one included: the first update of a run uses `rate(at: 1)`, the last one
/// `rate(at: steps)`. With `TrainState.step` = updates completed, the loop asks for `rate(at: state.step + 1)`.
package protocol Schedule: Sendable {
    /// The absolute learning rate before the factors of the parameter groups, >= 0.
    func rate(at step: Int) -> Double

    /// Where in the schedule this step lies.
    func stage(at step: Int) -> Stage
}

/// What a schedule needs to know about the run besides its own section.
package struct ScheduleContext: Sendable, Equatable {
    /// Updates in the whole run (S).
    package var steps: Int
    /// Tokens of one update while the rate decays; converts a half-life in tokens to steps.
    package var tokensPerStep: Int

    package init(steps: Int, tokensPerStep: Int) {
        self.steps = steps
        self.tokensPerStep = tokensPerStep
    }
}

extension ScheduleConfig {
    /// The table: `schedule.kind` -> how it is made. Call `validate` first; this trusts the numbers.
    private static let table: [Kind: @Sendable (ScheduleConfig, ScheduleContext) -> any Schedule] = [
        .wsd: { WSDSchedule($0, $1) },
        .cosine: { CosineSchedule($0, span: $0.warmupSteps...$1.steps) },
        .cosinePeriod: { CosineSchedule($0, span: 0...($0.periodSteps ?? $1.steps)) },
        .cosineLoop: { CosineSchedule($0, span: 0...($0.periodSteps ?? $1.steps), repeats: true) },
        .constant: { config, _ in ConstantSchedule(config) },
        .inverseSquareRoot: { InverseSquareRootSchedule($0, $1) },
        .linear: { LinearSchedule($0, $1) },
    ]

    /// The schedule of this section for a run. Throws `ConfigError` when the two do not fit.
    package func makeSchedule(_ context: ScheduleContext) throws -> any Schedule {
        try validate(context)
        guard let make = Self.table[kind] else {
            throw ConfigError.unknownName(
                key: "schedule.kind", found: kind.rawValue, known: Self.table.keys.map(\.rawValue))
        }
        return make(self, context)
    }
}

/// The linear rise that every schedule begins with: `initial + (peak - initial) s / W` for s <= W (Megatron; with
/// initial = 0 also MiniCPM eq. 1).
struct Warmup: Sendable, Equatable {
    let steps: Int  // W
    let initial: Double
    let peak: Double

    init(_ config: ScheduleConfig) {
        steps = config.warmupSteps
        initial = config.initialLearningRate
        peak = config.learningRate
    }

    /// True up to and including step W, whose rate is already the peak.
    func contains(_ step: Int) -> Bool { steps > 0 && step <= steps }

    func rate(at step: Int) -> Double {
        initial + (peak - initial) * Double(max(step, 0)) / Double(steps)
    }
}

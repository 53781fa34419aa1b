// Warmup-Stable-Decay (MiniCPM eq. 1), the schedule of Xmodel-2: rise to η in W steps, stay there, then decay in the
// last D steps. A decay can branch off from any stable checkpoint: the branch is a run with `steps` = checkpoint + D.
// Next: DecayShape.swift for the curves of the last part.
// SPDX-License-Identifier: Apache-2.0

/// lr(s) = η s / W for s <= W;  η up to s0 = S - D;  f(s - s0) η after it.
package struct WSDSchedule: Schedule, Equatable {
    private let warmup: Warmup
    private let decay: DecayShape
    private let decaySteps: Int  // D
    private let halfLife: Double  // steps; used by DecayShape.halfLife only
    private let max: Double  // η
    private let min: Double
    /// s0, the last step at the full rate.
    package let decayStart: Int

    init(_ config: ScheduleConfig, _ context: ScheduleContext) {
        warmup = Warmup(config)
        decay = config.decay
        decaySteps = config.decaySteps(of: context.steps)
        halfLife = config.halfLife(tokensPerStep: context.tokensPerStep)
        max = config.learningRate
        min = config.minLearningRate
        decayStart = config.decayStart(of: context.steps)
    }

    package func rate(at step: Int) -> Double {
        switch stage(at: step) {
        case .warmup: warmup.rate(at: step)
        case .stable: max
        case .decay: decay.rate(elapsed: step - decayStart, of: decaySteps, halfLife: halfLife, max: max, min: min)
        }
    }

    package func stage(at step: Int) -> Stage {
        if warmup.contains(step) { return .warmup }
        return step <= decayStart || decaySteps == 0 ? .stable : .decay
    }
}

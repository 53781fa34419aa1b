// A straight line from the peak at the end of the warm-up to the minimum at the end of the run (Megatron "linear").
// SPDX-License-Identifier: Apache-2.0

/// lr(s) = min + (max - min) (1 - (s - W) / (S - W)) for W < s <= S, min after it.
package struct LinearSchedule: Schedule, Equatable {
    private let warmup: Warmup
    private let steps: Int  // S
    private let max: Double
    private let min: Double

    init(_ config: ScheduleConfig, _ context: ScheduleContext) {
        warmup = Warmup(config)
        steps = context.steps
        max = config.learningRate
        min = config.minLearningRate
    }

    package func rate(at step: Int) -> Double {
        if warmup.contains(step) { return warmup.rate(at: step) }
        if step >= steps { return min }
        let r = Double(step - warmup.steps) / Double(steps - warmup.steps)
        return min + (max - min) * (1 - r)
    }

    package func stage(at step: Int) -> Stage { warmup.contains(step) ? .warmup : .decay }
}

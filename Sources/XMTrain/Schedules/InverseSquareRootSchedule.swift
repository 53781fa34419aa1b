// The rate falls with the square root of the step (Megatron "inverse-square-root"); floored, and at the floor after
// the end of the run, as Megatron does.
// SPDX-License-Identifier: Apache-2.0

/// lr(s) = max(min, max · sqrt(W) / sqrt(s)) for s <= S, min after it; W counts as 1 when there is no warm-up.
package struct InverseSquareRootSchedule: Schedule, Equatable {
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
        if step > steps { return min }
        let W = Double(Swift.max(warmup.steps, 1))
        return Swift.max(min, max * (W / Double(Swift.max(step, 1))).squareRoot())
    }

    package func stage(at step: Int) -> Stage { warmup.contains(step) ? .warmup : .decay }
}

// The peak rate from the end of the warm-up on: short trials of a hyper-parameter search, and the Megatron "constant".
// SPDX-License-Identifier: Apache-2.0

/// lr(s) = max after a linear warm-up; the minimum plays no part.
package struct ConstantSchedule: Schedule, Equatable {
    private let warmup: Warmup

    init(_ config: ScheduleConfig) { warmup = Warmup(config) }

    package func rate(at step: Int) -> Double { warmup.contains(step) ? warmup.rate(at: step) : warmup.peak }

    package func stage(at step: Int) -> Stage { warmup.contains(step) ? .warmup : .stable }
}

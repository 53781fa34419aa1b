// Half a cosine from the peak to the minimum, and the same curve swinging on. Used by Megatron (from the end of the
// warm-up to the end of the run) and by MiniCPM's baselines (a period counted from step 0; loop or stay at the bottom).
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// lr(s) = min + (max - min) (1 + cos(π (s - a) / (b - a))) / 2 over the span a...b, after a linear warm-up.
package struct CosineSchedule: Schedule, Equatable {
    private let warmup: Warmup
    private let span: ClosedRange<Int>
    private let repeats: Bool
    private let max: Double
    private let min: Double

    /// - Parameter repeats: false: `min` after the span; true: the cosine goes on, up and down with the same period.
    init(_ config: ScheduleConfig, span: ClosedRange<Int>, repeats: Bool = false) {
        warmup = Warmup(config)
        self.span = span
        self.repeats = repeats
        max = config.learningRate
        min = config.minLearningRate
    }

    package func rate(at step: Int) -> Double {
        if warmup.contains(step) { return warmup.rate(at: step) }
        if step >= span.upperBound && !repeats { return min }
        let r = Double(step - span.lowerBound) / Double(Swift.max(span.count - 1, 1))
        return min + (max - min) * (1 + cos(.pi * r)) / 2
    }

    package func stage(at step: Int) -> Stage { warmup.contains(step) ? .warmup : .decay }
}

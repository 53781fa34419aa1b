// One steady line a step: the same fields in the same columns, so that the eye can run down them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package enum ConsoleLine {
    /// "step   120/600  stable  loss 3.2101  lr 1.00e-02  |g| 0.712  5,312 tok/s  266 GFLOP/s  412.0 MiB  ETA 6m 10s"
    package static func text(_ m: StepMetrics, of steps: Int, secondsLeft: Double) -> String {
        let width = String(steps).count
        let step = String(m.step).rightAligned(columns: width)
        let stage = m.stage.rawValue.padded(columns: 6)
        var line = "step \(step)/\(steps)  \(stage)  "
        line += String(
            format: "loss %7.4f  lr %.2e  |g| %6.3f  %@ tok/s  %@ GFLOP/s  %@  ETA %@", m.loss, m.learningRate,
            m.gradNorm, HumanText.rate(m.tokensPerSecond).rightAligned(columns: 7),
            HumanText.rate(m.gflops).rightAligned(columns: 4),
            HumanText.bytes(m.memoryBytes).rightAligned(columns: 9), HumanText.duration(secondsLeft))
        if let skipped = m.skipped { line += "  SKIPPED: \(skipped)" }
        return line
    }

    /// "     wiki  loss 2.5113  bits per byte 1.0242", a line for each evaluator of the step, by name.
    package static func evaluations(_ m: StepMetrics) -> [String] {
        (m.evaluations ?? [:]).sorted { $0.key < $1.key }.map { name, evaluation in
            "     \(name)"
                + EvaluationField.sorted(evaluation).map {
                    "  \(EvaluationField.label($0.field)) " + String(format: "%.4f", $0.value)
                }.joined()
        }
    }
}

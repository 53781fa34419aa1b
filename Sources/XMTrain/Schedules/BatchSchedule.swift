// Growth of the batch during training: Xmodel-2 goes from 2 M to 4 M tokens a step in the stable stage, with the
// learning rate unchanged. The batch size is a pure function of the step, like the learning rate.
// SPDX-License-Identifier: Apache-2.0

/// One phase: from the update after `from_step` completed ones on, a step has `batch_size` sequences.
package struct BatchPhase: Codable, Sendable, Equatable {
    /// `from_step`: completed updates at which the phase begins.
    package var fromStep: Int
    /// `batch_size`: sequences of the global batch, over all micro-batches and processes.
    package var batchSize: Int

    package init(fromStep: Int, batchSize: Int) {
        self.fromStep = fromStep
        self.batchSize = batchSize
    }

    enum CodingKeys: String, CodingKey {
        case fromStep = "from_step"
        case batchSize = "batch_size"
    }
}

/// The batch size of each step, as phases in order of their first step. The first phase begins at step 0.
package struct BatchSchedule: Sendable, Equatable {
    package let phases: [BatchPhase]

    /// - Parameters:
    ///   - batchSize: sequences of a step from step 0 on (`train.batch_size`).
    ///   - growth: later phases (`train.batch_growth`).
    /// - Throws: `ConfigError` when a phase has no sequences, or the phases are not in rising order after step 0.
    package init(batchSize: Int, growth: [BatchPhase] = []) throws {
        try ConfigError.require(
            batchSize > 0, key: "train.batch_size", found: batchSize, wanted: "a step needs at least one sequence",
            fix: "raise it")
        var previous = BatchPhase(fromStep: 0, batchSize: batchSize)
        phases = [previous] + growth
        for (i, phase) in growth.enumerated() {
            try ConfigError.require(
                phase.fromStep > previous.fromStep, key: "train.batch_growth[\(i)].from_step", found: phase.fromStep,
                wanted: "the phase before it begins at step \(previous.fromStep)",
                fix: "list the phases in rising order of from_step")
            try ConfigError.require(
                phase.batchSize > 0, key: "train.batch_growth[\(i)].batch_size", found: phase.batchSize,
                wanted: "a step needs at least one sequence", fix: "raise it")
            previous = phase
        }
    }

    /// Sequences of the update that follows `completed` updates.
    package func batchSize(after completed: Int) -> Int {
        var size = phases[0].batchSize
        for phase in phases where phase.fromStep <= completed { size = phase.batchSize }
        return size
    }

    /// Sequences of the first `completed` updates together; times the sequence length = tokens seen.
    package func totalSequences(after completed: Int) -> Int {
        var total = 0
        for (i, phase) in phases.enumerated() where phase.fromStep < completed {
            let end = i + 1 < phases.count ? min(phases[i + 1].fromStep, completed) : completed
            total += (end - phase.fromStep) * phase.batchSize
        }
        return total
    }
}

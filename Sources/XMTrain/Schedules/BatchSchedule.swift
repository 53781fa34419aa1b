// Growth of the batch during training: Xmodel-2 goes from 2 M to 4 M tokens a step in the stable stage, with the
// learning rate unchanged. Rows of a step are a pure function of the step, like the learning rate.
// SPDX-License-Identifier: Apache-2.0

/// One phase: from the update after `from_step` completed ones on, a step has `rows` rows.
package struct BatchPhase: Codable, Sendable, Equatable {
    /// `from_step`: completed updates at which the phase begins.
    package var fromStep: Int
    /// `rows`: rows of the global batch, over all micro-batches and processes.
    package var rows: Int

    package init(fromStep: Int, rows: Int) {
        self.fromStep = fromStep
        self.rows = rows
    }

    enum CodingKeys: String, CodingKey {
        case fromStep = "from_step"
        case rows
    }
}

/// Rows of each step, as phases in order of their first step. The first phase begins at step 0.
package struct BatchSchedule: Sendable, Equatable {
    package let phases: [BatchPhase]

    /// - Parameters:
    ///   - rows: rows from step 0 on (`train.batch_rows`).
    ///   - growth: later phases (`train.batch_growth`).
    /// - Throws: `ConfigError` when a phase has no rows, or the phases are not in rising order after step 0.
    package init(rows: Int, growth: [BatchPhase] = []) throws {
        try ConfigError.require(
            rows > 0, key: "train.batch_rows", found: rows, wanted: "a step needs at least one row", fix: "raise it")
        var previous = BatchPhase(fromStep: 0, rows: rows)
        phases = [previous] + growth
        for (i, phase) in growth.enumerated() {
            try ConfigError.require(
                phase.fromStep > previous.fromStep, key: "train.batch_growth[\(i)].from_step", found: phase.fromStep,
                wanted: "the phase before it begins at step \(previous.fromStep)",
                fix: "list the phases in rising order of from_step")
            try ConfigError.require(
                phase.rows > 0, key: "train.batch_growth[\(i)].rows", found: phase.rows,
                wanted: "a step needs at least one row", fix: "raise it")
            previous = phase
        }
    }

    /// Rows of the update that follows `completed` updates.
    package func rows(after completed: Int) -> Int {
        var rows = phases[0].rows
        for phase in phases where phase.fromStep <= completed { rows = phase.rows }
        return rows
    }

    /// Rows of the first `completed` updates together; times the sequence length = tokens seen.
    package func totalRows(after completed: Int) -> Int {
        var total = 0
        for (i, phase) in phases.enumerated() where phase.fromStep < completed {
            let end = i + 1 < phases.count ? min(phases[i + 1].fromStep, completed) : completed
            total += (end - phase.fromStep) * phase.rows
        }
        return total
    }
}

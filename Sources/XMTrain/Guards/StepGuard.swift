// The guard between the backward pass and the optimizer: an update whose loss or gradient norm is not finite, is far
// above the recent median, or has no gradient left, is skipped; too many in a row stop the run before it wastes hours.
// A steep gradient twice in a row is no bad batch but a steep point: skipping leaves the weights where they are, and
// every next batch would be as steep. The clipped step leads out of it, so it is taken. The guard sees two numbers per
// step and keeps a small state, which is saved in TrainState so that a resumed run decides alike.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// `guard:` of a recipe.
package struct GuardConfig: Codable, Sendable, Equatable {
    /// `spike_factor`: skip when loss or gradient norm exceeds this many times its median, a norm only if the step
    /// before was not skipped; null = only NaN and infinity are caught. Default 10.
    package var spikeFactor: Double? = 10
    /// `window`: accepted steps that the median is taken over; spikes are not judged before it is full. Default 64.
    package var window = 64
    /// `max_skips`: consecutive skips after which the run stops with an error. Default 10.
    package var maxSkips = 10

    package init() {}

    enum CodingKeys: String, CodingKey {
        case spikeFactor = "spike_factor"
        case window
        case maxSkips = "max_skips"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&spikeFactor, .spikeFactor)
        try keys.read(&window, .window)
        try keys.read(&maxSkips, .maxSkips)
    }

    /// Throws `ConfigError` naming the first key out of range.
    package func validate() throws {
        if let spikeFactor {
            try ConfigError.require(
                spikeFactor > 1, key: "guard.spike_factor", found: spikeFactor, wanted: "it must be above 1",
                fix: "10 is usual, null turns it off")
        }
        try ConfigError.require(
            (1...1_000_000).contains(window), key: "guard.window", found: window,
            wanted: "it must be from 1 to 1000000", fix: "64 is usual")
        try ConfigError.require(
            (1...1_000_000_000).contains(maxSkips), key: "guard.max_skips", found: maxSkips,
            wanted: "it must be from 1 to 1000000000", fix: "10 is usual")
    }
}

/// Decides for each step whether the update is applied.
package struct StepGuard: Sendable, Equatable {
    /// What the guard remembers between steps.
    package struct State: Codable, Sendable, Equatable {
        /// Losses and norms of the last accepted steps, oldest first, at most `window`.
        package var losses: [Double] = []
        package var gradNorms: [Double] = []
        /// Skips since the last accepted step, and in the whole run.
        package var skippedInARow = 0
        package var skippedInTotal = 0

        package init() {}

        enum CodingKeys: String, CodingKey {
            case losses
            case gradNorms = "grad_norms"
            case skippedInARow = "skipped_in_a_row"
            case skippedInTotal = "skipped_in_total"
        }
    }

    package enum Verdict: Sendable, Equatable {
        case apply
        /// The update must not be applied; the text says why, for the console and the log. `isBroken`: no batch could
        /// give these numbers at sound weights.
        case skip(reason: String, isBroken: Bool)
        /// As `skip`, and it is the `max_skips`-th in a row: the run ends here.
        case stop(reason: String)

        /// Why the update must not be applied; nil when it may.
        package var reason: String? {
            switch self {
            case .apply: nil
            case .skip(let reason, _), .stop(let reason): reason
            }
        }
    }

    package let config: GuardConfig
    package private(set) var state: State

    package init(_ config: GuardConfig, state: State = State()) {
        self.config = config
        self.state = state
    }

    /// Judges a step by its mean loss (nats per token) and its gradient norm before clipping.
    ///
    /// Skipped values do not enter the medians, so a run of spikes cannot make itself normal. A finite gradient norm
    /// is never a reason to skip twice in a row.
    package mutating func judge(loss: Double, gradNorm: Double) -> Verdict {
        let broken = notFinite("loss", loss) ?? notFinite("gradient norm", gradNorm) ?? vanished(loss, gradNorm)
        guard
            let reason = broken ?? spike("loss", loss, state.losses)
                ?? (state.skippedInARow == 0 ? spike("gradient norm", gradNorm, state.gradNorms) : nil)
        else {
            state.losses = remembered(state.losses, loss)
            state.gradNorms = remembered(state.gradNorms, gradNorm)
            state.skippedInARow = 0
            return .apply
        }
        state.skippedInARow += 1
        state.skippedInTotal += 1
        return state.skippedInARow >= config.maxSkips
            ? .stop(reason: reason) : .skip(reason: reason, isBroken: broken != nil)
    }

    /// Forgets the medians, for example when a new mixture changes the level of the loss; the counts stay.
    package mutating func forgetHistory() {
        state.losses = []
        state.gradNorms = []
    }

    /// `window` may be smaller than the saved history when a recipe changed before a resume.
    private func remembered(_ history: [Double], _ value: Double) -> [Double] {
        Array((history + [value]).suffix(config.window))
    }

    private func notFinite(_ name: String, _ value: Double) -> String? {
        value.isFinite ? nil : "\(name) is \(value.withoutNaNSign)"
    }

    /// Weights so large that a norm overflows give the same output for every input: an ordinary loss that nothing can
    /// lower. At a loss of 0 a gradient of 0 is right.
    private func vanished(_ loss: Double, _ gradNorm: Double) -> String? {
        gradNorm == 0 && loss > 1e-3 ? "gradient norm is 0 at a loss of \(short(loss))" : nil
    }

    private func spike(_ name: String, _ value: Double, _ history: [Double]) -> String? {
        guard let factor = config.spikeFactor, history.count >= config.window else { return nil }
        let median = Self.median(history)
        guard value > factor * median else { return nil }
        return "\(name) \(short(value)) is more than \(short(factor)) times the median \(short(median)) "
            + "of the last \(history.count) steps"
    }

    private func short(_ value: Double) -> String { String(format: "%.4g", value) }

    /// The middle value; the mean of the two middle ones when the count is even.
    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        if sorted.isEmpty { return .nan }
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Double {
    /// The same number; a NaN without its sign, which means nothing and would be printed.
    var withoutNaNSign: Double { isNaN ? .nan : self }
}

package enum GuardError: Error, CustomStringConvertible, Equatable {
    /// `count` updates in a row, the last one at `step`, could not be applied. `checkpoint` is the newest one at whose
    /// weights an update was accepted.
    case tooManySkips(step: Int, count: Int, reason: String, checkpoint: String?)

    package var description: String {
        switch self {
        case .tooManySkips(let step, let count, let reason, let checkpoint):
            "training stopped at step \(step): \(HumanText.counted(count, "update")) in a row had to be skipped "
                + "(\(reason)); "
                + (checkpoint.map {
                    "the last checkpoint from before is \($0): resume from it with a lower schedule.learning_rate and "
                        + "--change schedule, or, if the jump is expected, with a higher guard.spike_factor and "
                        + "--change guard"
                } ?? "there is no checkpoint from before: start over with a lower schedule.learning_rate or a longer "
                    + "schedule.warmup_steps")
        }
    }
}

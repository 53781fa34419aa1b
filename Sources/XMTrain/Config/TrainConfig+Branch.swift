// `--branch-from`: a recipe becomes that of a decay that begins where a stable checkpoint ends.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

extension TrainConfig {
    /// Makes this the recipe of a decay that begins where a stable checkpoint ends, and returns that checkpoint's
    /// state.
    package mutating func branch(from checkpoint: URL) throws -> TrainState {
        let state = try CheckpointStore.state(of: checkpoint)
        guard state.stage != .decay else {
            throw CheckpointStoreError.decayed(folder: checkpoint.path)
        }
        try startDecay(at: state.step)
        return state
    }

    /// Ends the run with a decay that begins after `step`.
    private mutating func startDecay(at step: Int) throws {
        try ConfigError.require(
            schedule.kind == .wsd, key: "schedule.kind", found: schedule.kind.rawValue,
            wanted: "a branch is the decay of a WSD schedule", fix: "set schedule.kind to wsd")
        let length = schedule.decaySteps(of: train.steps)
        try ConfigError.require(
            length > 0, key: "schedule.decay_steps", found: length, wanted: "a branch is a decay",
            fix: "set schedule.decay_steps to the steps of the decay")
        schedule.decaySteps = length
        train.steps = step + length
    }
}

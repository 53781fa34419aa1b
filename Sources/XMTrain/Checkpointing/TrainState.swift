// Everything the loop remembers between steps. If it is not here (or in the tensors beside it), resuming is broken.
// SPDX-License-Identifier: Apache-2.0

package struct TrainState: Codable, Sendable, Equatable {
    /// Version of this file's meaning.
    package static let currentFormat = 2

    package var format = TrainState.currentFormat
    /// Steps completed.
    package var step = 0
    /// Updates applied: steps less skipped ones; AdamW's t.
    package var updates = 0
    /// The step of the last applied update, which made the weights that this state belongs to.
    package var lastUpdate = 0
    /// Whether a later step was accepted at these weights.
    package var isProven = false
    /// Tokens seen, padding and masked ones included.
    package var tokens = 0
    package var seed: UInt64 = 0
    package var guardState = StepGuard.State()
    /// Lowest validation loss so far.
    package var bestValidation: Double?
    /// Seconds of training, over all resumes.
    package var seconds = 0.0
    /// Part of the schedule that the last step belonged to.
    package var stage: Stage?
    /// Checkpoint that this run branched from.
    package var parent: String?
    /// SHA-256 of that checkpoint's manifest, and so of every file in it.
    package var parentHash: String?
    /// Hashes of what the recipe's paths lead to, by key: RunContents.swift.
    package var contents: [String: String] = [:]

    package init() {}
}

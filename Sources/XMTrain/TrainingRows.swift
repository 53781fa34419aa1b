// The rows of every step of a run, a pure function of the recipe and the step: the stage's mixture, and the place of
// the step's rows in it, which the batch schedule says. The decay goes on in each source where the stable stage
// stopped, so what was not read yet comes first.
// SPDX-License-Identifier: Apache-2.0

package import XMData

package struct TrainingRows: Sendable {
    package let stable: MixtureSampler
    package let decay: MixtureSampler
    private let batches: BatchSchedule
    private let length: Int
    /// Steps in front of the decay.
    private let stableSteps: Int

    package init(_ config: TrainConfig, sources: [TokenShards]) throws {
        batches = try config.batchSchedule()
        length = config.train.sequenceLength
        stableSteps = config.stableSteps
        let sampling = config.train.sampling
        let mask = config.train.documentMask
        let rows = try sources.map { try $0.rows(sampling, length: config.train.sequenceLength, seed: config.seed) }
        stable = try MixtureSampler(
            sources: rows, mixture: config.mixtures.stable, seed: config.seed, stage: "stable", key: "mixtures.stable",
            documentMask: mask)
        decay = try MixtureSampler(
            sources: rows, mixture: config.mixtures.decay ?? config.mixtures.stable, seed: config.seed, stage: "decay",
            key: "mixtures.decay", rowsBefore: stable.rowCounts(after: batches.totalSequences(after: stableSteps)),
            documentMask: mask)
    }

    /// The rows of step `step`, the first of which is 1.
    package func batch(step: Int) throws -> Batch {
        let (sampler, first) = stage(after: step - 1, isDecay: step > stableSteps)
        return try sampler.batch(first: first, rows: batches.batchSize(after: step - 1), length: length)
    }

    /// How often each source has been read after `step` steps.
    package func passes(after step: Int) -> [String: Double] {
        let (sampler, rows) = stage(after: step, isDecay: step > stableSteps)
        return sampler.passes(after: rows)
    }

    /// The mixture of a stage, and how many of its rows `steps` steps take.
    private func stage(after steps: Int, isDecay: Bool) -> (MixtureSampler, rows: Int) {
        let rows = batches.totalSequences(after: steps)
        return isDecay ? (decay, rows - batches.totalSequences(after: stableSteps)) : (stable, rows)
    }
}

extension TrainConfig {
    /// Steps in front of the decay, all of them where there is none.
    package var stableSteps: Int { schedule.kind == .wsd ? schedule.decayStart(of: train.steps) : train.steps }
}

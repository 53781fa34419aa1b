// The batch of every step of a run, a pure function of the recipe and the step: the stage's mixture, and the range of
// its sequences that the batch schedule gives to the step. The decay continues each source where the stable stage
// stopped, so what was not read yet comes first.
// SPDX-License-Identifier: Apache-2.0

package import XMData
package import XMDistributed
package import XMTensor

package struct TrainingBatches: Sendable {
    package let stable: MixtureSampler
    package let decay: MixtureSampler
    private let batches: BatchSchedule
    /// Steps in front of the decay.
    private let stableSteps: Int

    package init(_ config: TrainConfig, sources: [TokenShards]) throws {
        batches = try config.batchSchedule()
        stableSteps = config.stableSteps
        let sampling = config.train.sampling
        let mask = config.train.documentMask
        let sequences = try sources.map {
            try $0.sequences(sampling, length: config.train.sequenceLength, seed: config.seed)
        }
        stable = try MixtureSampler(
            sources: sequences, mixture: config.mixtures.stable, seed: config.seed, stage: "stable",
            key: "mixtures.stable", documentMask: mask)
        decay = try MixtureSampler(
            sources: sequences, mixture: config.mixtures.decay ?? config.mixtures.stable, seed: config.seed,
            stage: "decay", key: "mixtures.decay",
            sequencesBefore: stable.sequenceCounts(after: batches.totalSequences(after: stableSteps)),
            documentMask: mask)
    }

    /// A rank's sequences of a step, counted from 1.
    package func batch(
        step: Int, rank: Int = 0, of tree: ReductionTree = ReductionTree()
    ) throws -> TokenBatch {
        let (sampler, first) = stage(after: step - 1, isDecay: step > stableSteps)
        let own = tree.sequences(of: rank, batchSize: batches.batchSize(after: step - 1))
        return try sampler.batch(first: first + own.lowerBound, batchSize: own.count)
    }

    /// How often each source has been read after `step` steps.
    package func passes(after step: Int) -> [String: Double] {
        let (sampler, sequences) = stage(after: step, isDecay: step > stableSteps)
        return sampler.passes(after: sequences)
    }

    /// The mixture of a stage, and how many of its sequences `steps` steps take.
    private func stage(after steps: Int, isDecay: Bool) -> (MixtureSampler, sequences: Int) {
        let sequences = batches.totalSequences(after: steps)
        return isDecay ? (decay, sequences - batches.totalSequences(after: stableSteps)) : (stable, sequences)
    }
}

extension TrainConfig {
    /// Steps in front of the decay, all of them where there is none.
    package var stableSteps: Int { schedule.kind == .wsd ? schedule.decayStart(of: train.steps) : train.steps }
}

// How fast a shape trains on this machine: whole steps on random tokens.
// SPDX-License-Identifier: Apache-2.0

import XMDistributed
package import XMModel
import XMSupport
package import XMTensor

package struct TrainingSpeed: Sendable {
    /// Median time of a step.
    package let secondsPerStep: Double
    package let tokensPerSecond: Double
    /// Model FLOPs per second / 1e9 (FlopCount.swift).
    package let gflops: Double
    /// Bytes of the memory plan.
    package let plannedBytes: Int

    /// Times `steps` steps of `batchSize` sequences of `length` tokens, after two that are not timed. `requireMemory`
    /// is told the bytes of the plan before memory is taken, and throws if they are too many.
    package static func measure(
        _ config: Xmodel2Config, backend: any Backend, batchSize: Int, length: Int, microBatchSize: Int, steps: Int,
        recompute: Bool = false, requireMemory: (Int) throws -> Void, whenWarm: () -> Void = {}
    ) throws -> TrainingSpeed {
        func makeStep(in arena: Arena) throws -> TrainStep {
            let model = try Xmodel2Model(config, backend: backend, positions: length, training: true, in: arena)
            let optimizer = AdamWConfig()
            return try TrainStep(
                model: model, groups: parameterGroups(model.weights.layout, config: config, optimizer: optimizer),
                optimizer: optimizer, microBatchSize: microBatchSize, length: length, recompute: recompute,
                communicator: SingleProcess(), in: arena)
        }
        let plan = Arena(planningOn: backend)
        _ = try makeStep(in: plan)
        try requireMemory(plan.totalBytes)
        let arena = Arena(on: backend)
        let step = try makeStep(in: arena)
        step.model.initialize(seed: 1)
        let batch = randomBatch(batchSize: batchSize, length: length, vocabulary: config.vocabularySize)
        var seconds: [Double] = []
        for number in 1...steps + 2 {
            if number == 3 { whenWarm() }
            let start = ContinuousClock.now
            let gradientNorm = try step.gradient(batch)?.norm ?? 0
            step.update(learningRate: 1e-3, gradientNorm: gradientNorm, clip: 1, t: number)
            backend.synchronize()
            if number > 2 { seconds.append((ContinuousClock.now - start).seconds) }
        }
        let median = seconds.sorted()[seconds.count / 2]
        let tokens = Double(batchSize * length)
        return TrainingSpeed(
            secondsPerStep: median, tokensPerSecond: tokens / median,
            gflops: FlopCount(config, sequenceLength: length).training * tokens / median / 1e9,
            plannedBytes: arena.totalBytes)
    }

    private static func randomBatch(batchSize: Int, length: Int, vocabulary: Int) -> TokenBatch {
        var random = RandomStream(seed: 1, "bench")
        let count = batchSize * length
        let tokens = (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &random) }
        // As the peer's loss: every position but the last of a row predicts its neighbour.
        let targets = tokens.indices.map { $0 % length == length - 1 ? TokenBatch.noTarget : tokens[$0 + 1] }
        return TokenBatch(batchSize: batchSize, ids: tokens, targets: targets)
    }
}

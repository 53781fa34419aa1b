// One optimizer step: micro-batches forward and backward, gradient norm, clipping, the optimizer's update, weights
// packed again. It reads as the list of these parts. Memory is reserved at the start and never grows.
// Sums run sequence by sequence in order, so 1 x 8 = 2 x 4 = 8 x 1 sequences give the same bits.
// SPDX-License-Identifier: Apache-2.0

package import XMDistributed
package import XMModel
package import XMTensor

/// The memory of training beside the model: gradients, moments, activations.
package final class TrainStep {
    package let model: Xmodel2Model
    private let workspace: Workspace
    private let gradients: ParameterStore
    /// Gradient of the embedding as lookup table, f32 [V,D]; joined to the tied head's at the end of a step.
    private let tableGradient: Tensor
    package let optimizer: any Optimizer
    private let communicator: any Communicator
    private let microBatchSize: Int
    private let length: Int

    /// What forward and backward of one step found, before the update.
    package struct Gradient: Sendable {
        /// Mean loss in nats per predicted token.
        package let loss: Double
        /// Sum of losses and predicted tokens of each source of the mixture.
        package let sources: [Int: (loss: Double, tokens: Int)]
        /// L2 norm over all parameters, before clipping.
        package let norm: Double
        package let predictedTokens: Int
    }

    /// - Parameters:
    ///   - microBatchSize: sequences of one forward and backward pass.
    ///   - length: tokens of a sequence.
    package init(
        model: Xmodel2Model, groups: [ParameterGroup], optimizer: AdamWConfig, microBatchSize: Int, length: Int,
        recompute: Bool, communicator: any Communicator, in arena: Arena
    ) throws {
        self.model = model
        self.microBatchSize = microBatchSize
        self.length = length
        self.communicator = communicator
        let config = model.config
        gradients = try ParameterStore(model.weights.layout, in: arena, group: "gradients")
        tableGradient = try arena.tensor(
            "gradients", "embedding table", .f32, [config.vocabularySize, config.hiddenSize])
        self.optimizer = try OptimizerKind.adamW.make(
            optimizer, groups: groups, layout: model.weights.layout, in: arena)
        workspace = try Workspace(
            config, WorkspaceShape(B: microBatchSize, T: length, recompute: recompute), in: arena)
    }

    /// Forward and backward over a step's batch, one micro-batch after the other.
    package func gradient(_ batch: TokenBatch) throws -> Gradient {
        let targetCount = batch.targetCount
        model.backend.zero(gradients.flat)
        model.backend.zero(tableGradient)
        var sums = LossSums()
        for first in stride(from: 0, to: batch.batchSize, by: microBatchSize) {
            let micro = batch.sequences(first..<min(first + microBatchSize, batch.batchSize))
            pass(micro, targetCount: targetCount, gradients: (gradients, tableGradient))
            model.backend.readFloats(workspace.loss) { sums.add(micro, losses: $0) }
        }
        model.backend.add(tableGradient, to: gradients[gradients.layout.parameters[0]])
        try model.backend.modifyFloats(gradients.flat) { try communicator.allReduceSum($0) }
        return Gradient(
            loss: sums.loss / Double(max(targetCount, 1)), sources: sums.sources,
            norm: model.backend.sumOfSquares(gradients.flat).squareRoot(), predictedTokens: sums.tokens)
    }

    /// Updates the weights by the gradients of the last `gradient` call.
    /// - Parameters:
    ///   - learningRate: the schedule's rate; each group multiplies it by its factor.
    ///   - clip: largest gradient norm, nil for no clipping.
    ///   - t: 1-based number of this update.
    package func update(learningRate: Double, gradientNorm: Double, clip: Double?, t: Int) {
        let scale = clip.map { gradientNorm > $0 ? $0 / (gradientNorm + 1e-6) : 1 } ?? 1
        optimizer.update(
            weights: model.weights, gradients: gradients,
            step: OptimizerStep(learningRate: learningRate, gradientScale: scale, number: t))
        model.packWeights()
    }

    /// Sum of losses in nats and predicted tokens of a batch, without gradients.
    package func evaluate(_ batch: TokenBatch) -> (loss: Double, tokens: Int) {
        pass(batch, targetCount: 1, gradients: nil)
        var sums = LossSums()
        model.backend.readFloats(workspace.loss) { sums.add(batch, losses: $0) }
        return (sums.loss, sums.tokens)
    }

    /// The gradient of a parameter, for tests and reports.
    package func gradient(of parameter: Parameter) -> Tensor { gradients[parameter] }

    private func pass(_ batch: TokenBatch, targetCount: Int, gradients: (ParameterStore, Tensor)?) {
        precondition(batch.batchSize <= microBatchSize && batch.length == length)
        model.lossAndGradients(
            batch, workspace: workspace, targetCount: targetCount,
            gradients: gradients.map { (parameters: $0.0, tableGradient: $0.1) })
    }
}

/// Losses of a step, in Float64, in row order.
private struct LossSums {
    var loss = 0.0
    var tokens = 0
    var sources: [Int: (loss: Double, tokens: Int)] = [:]

    /// losses [M]: those of the batch's tokens come first.
    mutating func add(_ batch: TokenBatch, losses: UnsafeBufferPointer<Float>) {
        let T = batch.length
        for sequence in 0..<batch.batchSize {
            var sum = 0.0
            var count = 0
            for (index, target) in zip(
                sequence * T..<(sequence + 1) * T, batch.sequences(sequence..<sequence + 1).targets)
            where target >= 0 {
                sum += Double(losses[index])
                count += 1
            }
            loss += sum
            tokens += count
            let index = batch.sources[batch.sources.startIndex + sequence]
            let source = sources[index] ?? (0, 0)
            sources[index] = (source.loss + sum, source.tokens + count)
        }
    }
}

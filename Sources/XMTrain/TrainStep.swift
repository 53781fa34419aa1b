// One optimizer step: micro-batches forward and backward, gradient norm, clipping, the optimizer's update, weights
// packed again. It reads as the list of these parts. Memory is reserved at the start and never grows.
// Sums run sequence by sequence in order, so 1 x 8 = 2 x 4 = 8 x 1 sequences give the same bits.
// SPDX-License-Identifier: Apache-2.0

package import XMData
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
    /// First position that each position of a micro-batch sees; grows to the largest one.
    private var firstVisible: [Int32] = []

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
            config, WorkspaceShape(B: microBatchSize, T: length, recompute: recompute), compute: model.backend.compute,
            in: arena)
        try model.backend.reserveScratch(
            shape: AttentionShape(
                B: microBatchSize, T: length, H: config.heads, K: config.keyValueHeads, d: config.headSize,
                scale: config.softmaxScale),
            vocabulary: config.vocabularySize, training: true, in: arena)
    }

    /// Forward and backward over the rows of this process; `microBatch(firstRow, rows)` delivers them.
    package func gradient(
        rows: Range<Int>, targetCount: Int, microBatch: (_ firstRow: Int, _ rows: Int) throws -> Batch
    ) throws -> Gradient {
        model.backend.zero(gradients.flat)
        model.backend.zero(tableGradient)
        var sums = LossSums()
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: microBatchSize) {
            let batch = try microBatch(first, min(microBatchSize, rows.upperBound - first))
            pass(batch, targetCount: targetCount, gradients: (gradients, tableGradient))
            sums.add(batch, loss: workspace.loss)
        }
        model.backend.add(tableGradient, to: gradients[gradients.layout.parameters[0]])
        try communicator.allReduceSum(
            UnsafeMutableBufferPointer(start: gradients.flat.f32, count: gradients.flat.count))
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
            step: OptimizerStep(learningRate: learningRate, gradientScale: scale, number: t), on: model.backend)
        model.packWeights()
    }

    /// Sum of losses in nats and predicted tokens of a batch, without gradients.
    package func evaluate(_ batch: Batch) -> (loss: Double, tokens: Int) {
        pass(batch, targetCount: 1, gradients: nil)
        var sums = LossSums()
        sums.add(batch, loss: workspace.loss)
        return (sums.loss, sums.tokens)
    }

    /// The gradient of a parameter, for tests and reports.
    package func gradient(of parameter: Parameter) -> Tensor { gradients[parameter] }

    private func pass(_ batch: Batch, targetCount: Int, gradients: (ParameterStore, Tensor)?) {
        precondition(batch.rows <= microBatchSize && batch.length == length)
        fillFirstVisible(batch)
        batch.inputs.withUnsafeBufferPointer { ids in
            batch.targets.withUnsafeBufferPointer { targets in
                batch.positions.withUnsafeBufferPointer { positions in
                    firstVisible.withUnsafeBufferPointer { visible in
                        let at = RowPositions(position: positions.baseAddress!, firstVisible: visible.baseAddress!)
                        let tokens = TokenBatch(
                            B: batch.rows, T: batch.length, ids: ids.baseAddress!, targets: targets.baseAddress!,
                            at: at)
                        model.lossAndGradients(
                            tokens, workspace: workspace, targetCount: targetCount,
                            gradients: gradients.map { (parameters: $0.0, tableGradient: $0.1) })
                    }
                }
            }
        }
    }

    /// The first position each row may attend to: 0, or where its document starts under the document mask.
    private func fillFirstVisible(_ batch: Batch) {
        let missing = batch.rows * length - firstVisible.count
        if missing > 0 { firstVisible += [Int32](repeating: 0, count: missing) }
        guard let documents = batch.documents else {
            for index in 0..<batch.rows * length { firstVisible[index] = 0 }
            return
        }
        for index in 0..<batch.rows * length {
            let position = index % length
            let starts = position == 0 || documents[index] != documents[index - 1]
            firstVisible[index] = starts ? Int32(position) : firstVisible[index - 1]
        }
    }
}

/// Losses of a step, in Float64, in row order.
private struct LossSums {
    var loss = 0.0
    var tokens = 0
    var sources: [Int: (loss: Double, tokens: Int)] = [:]

    mutating func add(_ batch: Batch, loss rows: Tensor) {
        for row in 0..<batch.rows {
            var sum = 0.0
            var count = 0
            for index in row * batch.length..<(row + 1) * batch.length where batch.targets[index] >= 0 {
                sum += Double(rows.f32[index])
                count += 1
            }
            loss += sum
            tokens += count
            let source = sources[batch.sources[row]] ?? (0, 0)
            sources[batch.sources[row]] = (source.loss + sum, source.tokens + count)
        }
    }
}

// One optimizer step: micro-batches forward and backward, the sum over leaves and ranks, gradient norm, clipping, the
// optimizer's update, weights packed again. It reads as the list of these parts; memory is reserved once.
// Sums run sequence by sequence inside a leaf, so 1 x 8 = 2 x 4 = 8 x 1 sequences give the same bits, and in one tree
// above the leaves, so any number of ranks does. Next: GradientBuckets.swift, XMDistributed/ReductionTree.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMDistributed
package import XMModel
package import XMTensor

/// The memory of training beside the model: gradients, moments, activations.
package final class TrainStep {
    package let model: Xmodel2Model
    private let workspace: Workspace
    /// The gradient of the leaf at hand, then the sum over all leaves.
    private var gradients: ParameterStore
    /// Gradient of the embedding as lookup table, f32 [V,D]; added to the tied head's at the end of a leaf.
    private let tableGradient: Tensor
    /// Unfinished sums over 2^l leaves, at place l.
    private var partialSums: [ParameterStore]
    private let buckets: GradientBuckets
    private let tree: ReductionTree
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
    ///   - leaves: those of the tree that gradients are summed in, a power of two and a multiple of the ranks.
    ///   - bucketBytes: see `GradientBuckets`.
    package init(
        model: Xmodel2Model, groups: [ParameterGroup], optimizer: AdamWConfig, microBatchSize: Int, length: Int,
        recompute: Bool, leaves: Int = 1, communicator: any Communicator,
        bucketBytes: Int = GradientBuckets.standardBytes,
        in arena: Arena
    ) throws {
        self.model = model
        self.microBatchSize = microBatchSize
        self.length = length
        self.communicator = communicator
        let config = model.config
        gradients = try ParameterStore(model.weights.layout, in: arena, group: "gradients")
        tableGradient = try arena.tensor(
            "gradients", "embedding table", .f32, [config.vocabularySize, config.hiddenSize])
        tree = ReductionTree(leaves: leaves, ranks: communicator.size)
        buckets = GradientBuckets(model.weights.layout, bytes: bucketBytes)
        partialSums = try (0..<tree.levelsPerRank).map { _ in
            try ParameterStore(model.weights.layout, in: arena, group: "partial gradient sums")
        }
        self.optimizer = try OptimizerKind.adamW.make(
            optimizer, groups: groups, layout: model.weights.layout, in: arena)
        workspace = try Workspace(
            config, WorkspaceShape(B: microBatchSize, T: length, recompute: recompute), in: arena)
    }

    /// Forward and backward over this rank's sequences of a step, summed over all ranks. Nil where no rank has anything
    /// to predict.
    package func gradient(_ batch: TokenBatch) throws -> Gradient? {
        let counts = try communicator.gather([Double(batch.batchSize), Double(batch.targetCount)])
        let batchSize = Int(counts.reduce(0) { $0 + $1[0] })
        let targetCount = Int(counts.reduce(0) { $0 + $1[1] })
        guard targetCount > 0 else { return nil }
        let leaves = tree.leaves(of: communicator.rank)
        let own = tree.sequences(of: communicator.rank, batchSize: batchSize)
        precondition(batch.batchSize == own.count)
        var losses: [Double] = []
        for leaf in leaves {
            let sequences = tree.sequences(ofLeaf: leaf, batchSize: batchSize)
            let part = batch.sequences(
                sequences.lowerBound - own.lowerBound..<sequences.upperBound - own.lowerBound)
            let isLast = leaf == leaves.upperBound - 1
            losses += try addGradient(of: part, targetCount: targetCount, completes: isLast)
            if !isLast { keepSum(ofLeaf: leaf - leaves.lowerBound) }
        }
        try sumOverTree(buckets.elements(completedBy: nil))
        let sums = LossSums(try communicator.gather(losses).flatMap { $0 })
        let norm = model.backend.sumOfSquares(gradients.flat).squareRoot()
        // Each rank has computed it; ranks on unlike processors would drift apart unnoticed.
        try communicator.requireAgreement(on: "gradient norm", [norm])
        return Gradient(
            loss: sums.loss / Double(targetCount), sources: sums.sources, norm: norm, predictedTokens: sums.tokens)
    }

    /// Forward and backward over one leaf. With `completes`, buckets are summed over the tree as the last micro-batch
    /// completes them. Returns the loss of each sequence, as `LossSums` reads it.
    private func addGradient(of leaf: TokenBatch, targetCount: Int, completes: Bool) throws -> [Double] {
        model.backend.zero(gradients.flat)
        model.backend.zero(tableGradient)
        var losses: [Double] = []
        for first in stride(from: 0, to: leaf.batchSize, by: microBatchSize) {
            let micro = leaf.sequences(first..<min(first + microBatchSize, leaf.batchSize))
            let completes = completes && first + microBatchSize >= leaf.batchSize
            try pass(micro, targetCount: targetCount, gradients: (gradients, tableGradient)) { layer in
                if completes { try sumOverTree(buckets.elements(completedBy: layer)) }
            }
            losses += model.backend.readFloats(workspace.loss) { LossSums.sequences(of: micro, losses: $0) }
        }
        model.backend.add(tableGradient, to: gradients[gradients.layout.parameters[0]])
        return losses
    }

    /// Adds the leaf at hand, the rank's number `index`, to the sums that it completes and keeps the result: those are
    /// the levels of the trailing ones of `index`, as in a binary counter.
    private func keepSum(ofLeaf index: Int) {
        let level = (~index).trailingZeroBitCount
        for sum in partialSums[..<level] { model.backend.add(sum.flat, to: gradients.flat) }
        swap(&gradients, &partialSums[level])
    }

    /// Adds the rank's other leaves, which all levels hold, to some elements of its last leaf; then all ranks.
    private func sumOverTree(_ elements: Range<Int>?) throws {
        guard let elements else { return }
        func slice(_ store: ParameterStore) -> Tensor {
            store.flat.elements(at: elements.lowerBound, [elements.count])
        }
        let bucket = slice(gradients)
        for sum in partialSums { model.backend.add(slice(sum), to: bucket) }
        guard communicator.size > 1 else { return }
        try model.backend.modifyFloats(bucket) { try communicator.treeSum($0) }
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
        pass(batch, targetCount: 1, gradients: nil) { _ in }
        let sums = LossSums(
            model.backend.readFloats(workspace.loss) { LossSums.sequences(of: batch, losses: $0) })
        return (sums.loss, sums.tokens)
    }

    /// The gradient of a parameter, for tests and reports.
    package func gradient(of parameter: Parameter) -> Tensor { gradients[parameter] }

    private func pass(
        _ batch: TokenBatch, targetCount: Int, gradients: (ParameterStore, Tensor)?,
        onLayerGradients: (_ layer: Int) throws -> Void
    ) rethrows {
        precondition(batch.batchSize <= microBatchSize && batch.length == length)
        try model.lossAndGradients(
            batch, workspace: workspace, targetCount: targetCount,
            gradients: gradients.map { (parameters: $0.0, tableGradient: $0.1) }, onLayerGradients: onLayerGradients)
    }
}

/// Losses of a step in Float64, added in the order of its sequences whatever ranks and micro-batches had them.
private struct LossSums {
    private(set) var loss = 0.0
    private(set) var tokens = 0
    private(set) var sources: [Int: (loss: Double, tokens: Int)] = [:]

    /// Three numbers for each sequence, as `sequences` gives them.
    init(_ sequences: [Double]) {
        for first in stride(from: 0, to: sequences.count, by: 3) {
            let (sum, count, source) = (sequences[first], Int(sequences[first + 1]), Int(sequences[first + 2]))
            loss += sum
            tokens += count
            let before = sources[source] ?? (0, 0)
            sources[source] = (before.loss + sum, before.tokens + count)
        }
    }

    /// Sum of losses, predicted tokens and source of each sequence: numbers that ranks exchange.
    ///
    /// - Parameter losses: [M]; those of the batch's tokens come first.
    static func sequences(of batch: TokenBatch, losses: UnsafeBufferPointer<Float>) -> [Double] {
        zip(batch.sources, 0..<batch.batchSize).flatMap { source, sequence in
            let first = sequence * batch.length
            var (sum, count) = (0.0, 0)
            for (loss, target) in zip(losses[first...], batch.targets.dropFirst(first).prefix(batch.length))
            where target >= 0 {
                sum += Double(loss)
                count += 1
            }
            return [sum, Double(count), Double(source)]
        }
    }
}

// One step on several ranks: the same loss, norm and gradient, bit for bit, as one rank has with the same leaves.
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import XMData
import XMDistributed
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

@Suite("RankedStepTests", .timeLimit(.minutes(2)))
struct RankedStepTests {
    /// What a step found, on one rank.
    private struct Found: Equatable {
        var loss: Double
        var norm: Double
        var sources: [Int: [Double]]
        var gradient: [Float]
        /// After the update.
        var weights: [Float]
    }

    private static let T = 12

    /// Sequences of two sources, some positions of which predict nothing.
    private static func batch(_ B: Int, silent: Range<Int> = 0..<0) -> TokenBatch {
        var random = RandomStream(seed: 5, "step")
        let ids = (0..<B * T).map { _ in Int32.random(in: 0..<96, using: &random) }
        let targets = ids.indices.map { index in
            index % T == T - 1 || index % 7 == 0 || silent.contains(index / T) ? TokenBatch.noTarget : ids[index + 1]
        }
        return TokenBatch(batchSize: B, ids: ids, targets: targets, sources: (0..<B).map { $0 % 3 == 0 ? 1 : 0 })
    }

    /// One step of `batch` with K leaves on N ranks; what each rank found.
    private func step(
        _ batch: TokenBatch, leaves: Int, ranks: Int, microBatchSize: Int = 2, bucketBytes: Int = 1, threads: Int = 1,
        watch: @escaping @Sendable (any Communicator) -> any Communicator = { $0 }
    ) throws -> [Found?] {
        try LocalRanks.run(ranks) { communicator in
            let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: threads))
            let arena = Arena(on: backend)
            let config = GradientBucketsTests.config
            let model = try Xmodel2Model(config, backend: backend, positions: Self.T, training: true, in: arena)
            let optimizer = AdamWConfig()
            let step = try TrainStep(
                model: model, groups: parameterGroups(model.weights.layout, config: config, optimizer: optimizer),
                optimizer: optimizer, microBatchSize: microBatchSize, length: Self.T, recompute: false,
                leaves: leaves, communicator: watch(communicator), bucketBytes: bucketBytes, in: arena)
            model.initialize(seed: 1)
            let own = ReductionTree(leaves: leaves, ranks: ranks).sequences(
                of: communicator.rank, batchSize: batch.batchSize)
            guard let found = try step.gradient(batch.sequences(own)) else { return nil }
            let gradient = model.weights.layout.parameters.flatMap { backend.floats(step.gradient(of: $0)) }
            step.update(learningRate: 0.01, gradientNorm: found.norm, clip: 1, t: 1)
            return Found(
                loss: found.loss, norm: found.norm,
                sources: found.sources.mapValues { [$0.loss, Double($0.tokens)] }, gradient: gradient,
                weights: model.weights.floats())
        }
    }

    /// Gradient of some sequences alone, summed one after the other, as a share of a step with `targetCount` targets.
    private func gradient(_ sequences: Range<Int>, of batch: TokenBatch, targetCount: Int) throws -> [Float] {
        let training = try TinyTraining(GradientBucketsTests.config, B: sequences.count, T: Self.T, threads: 1)
        training.model.initialize(seed: 1)
        training.model.lossAndGradients(
            batch.sequences(sequences), workspace: training.workspace, targetCount: targetCount,
            gradients: (training.gradients, training.tableGradient)
        ) { _ in }
        training.model.backend.add(
            training.tableGradient, to: training.gradients[training.gradients.layout.parameters[0]])
        return training.gradients.floats()
    }

    @Test("1, 2 and 4 ranks have the same bits, for any micro-batch, bucket and number of threads", arguments: [4, 8])
    func ranks(leaves: Int) throws {
        let batch = Self.batch(10)
        let alone = try #require(try step(batch, leaves: leaves, ranks: 1)[0])
        #expect(alone.loss.isFinite && alone.norm > 0 && alone.sources.count == 2)
        for ranks in [1, 2, 4] {
            for (microBatchSize, bucketBytes, threads) in [(1, 1, 2), (3, 40_000, 1), (10, 25 << 20, 1)] {
                let all = try step(
                    batch, leaves: leaves, ranks: ranks, microBatchSize: microBatchSize, bucketBytes: bucketBytes,
                    threads: threads)
                #expect(all.allSatisfy { $0 == alone }, "\(ranks) ranks, \(microBatchSize) sequences at once")
            }
        }
    }

    @Test("one leaf is a sum from sequence to sequence; four leaves are summed in pairs")
    func order() throws {
        let batch = Self.batch(10)
        let one = try #require(try step(batch, leaves: 1, ranks: 1)[0])
        #expect(one.gradient == (try gradient(0..<10, of: batch, targetCount: batch.targetCount)))
        let leaves = try [0..<2, 2..<5, 5..<7, 7..<10].map {
            try gradient($0, of: batch, targetCount: batch.targetCount)
        }
        let sums = zip(zip(leaves[0], leaves[1]).map(+), zip(leaves[2], leaves[3]).map(+)).map(+)
        let four = try #require(try step(batch, leaves: 4, ranks: 1)[0])
        #expect(four.gradient == sums)
        // Another order, hence other bits, of the same gradient; losses are added in the order of the sequences.
        #expect(four.gradient != one.gradient && relativeDifference(four.gradient, one.gradient) < 1e-5)
        #expect(four.loss == one.loss && four.sources == one.sources)
    }

    /// Writes down how many elements each sum has.
    private final class Watched: Communicator {
        let inner: any Communicator
        let counts = Mutex<[Int]>([])

        init(_ inner: any Communicator) { self.inner = inner }

        var rank: Int { inner.rank }
        var size: Int { inner.size }

        func treeSum(_ buffer: UnsafeMutableBufferPointer<Float>) throws {
            counts.withLock { $0.append(buffer.count) }
            try inner.treeSum(buffer)
        }

        func gather(_ values: [Double]) throws -> [[Double]] { try inner.gather(values) }
    }

    @Test("every bucket is summed once, in its order, however many leaves and micro-batches there are")
    func buckets() throws {
        let watched = Mutex<[Watched]>([])
        _ = try step(Self.batch(10), leaves: 4, ranks: 2, microBatchSize: 1) { communicator in
            let one = Watched(communicator)
            watched.withLock { $0.append(one) }
            return one
        }
        let expected = GradientBuckets(ParameterLayout(GradientBucketsTests.config), bytes: 1).buckets.map(
            \.elements.count)
        let counts = watched.withLock { $0.map { $0.counts.withLock { $0 } } }
        #expect(counts == [expected, expected])
    }

    @Test("a step in which one rank predicts nothing is a step; one in which none does is not")
    func noTargets() throws {
        let batch = Self.batch(4, silent: 0..<2)
        let alone = try step(batch, leaves: 4, ranks: 1)[0]
        let all = try step(batch, leaves: 4, ranks: 4)
        #expect(alone != nil && all.allSatisfy { $0 == alone })
        #expect(try step(Self.batch(4, silent: 0..<4), leaves: 4, ranks: 4).allSatisfy { $0 == nil })
    }

    @Test("the norm is added from blocks of 65,536 elements in their order")
    func norm() throws {
        let block = 1 << 16
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 2))
        let arena = Arena(on: backend)
        let x = try arena.tensor("test", "x", .f32, [1, 3 * block + 17])
        backend.writeFloats(x) { RandomStream(seed: 1, "x").fillNormal($0, std: 1, startingAt: 0) }
        let blocks = stride(from: 0, to: x.count, by: block).map { first in
            backend.sumOfSquares(x.elements(at: first, [min(block, x.count - first)]))
        }
        #expect(backend.sumOfSquares(x) == blocks.reduce(0, +))
    }
}

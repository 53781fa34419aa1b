// Whole runs on several ranks: the same losses and the same files to the byte as on one, also where a run goes on with
// another number of ranks; and one end for all, whichever rank fails or is interrupted.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import XMData
import XMDistributed
import XMModel
import XMSupport
import XMTensor
import XMTestSupport
import XMTrain

@Suite("RankedTrainingTests", .serialized, .timeLimit(.minutes(3)))
struct RankedTrainingTests {
    private let runs: TinyRun

    init() throws { runs = try TinyRun() }

    /// Four leaves of 1 or 2 sequences, measured twice.
    private static func config(leaves: Int = 4) -> TrainConfig {
        var config = TinyRun.config(steps: 24)
        (config.train.batchSize, config.train.microBatchSize, config.train.reductionLeaves) = (6, 1, leaves)
        config.train.evalEvery = 12
        return config
    }

    /// Trains on `ranks` threads; `onStep` is called on every rank. Returns how each rank ended.
    @discardableResult
    private func train(
        _ config: TrainConfig, _ run: String, ranks: Int, threads: Int = 1,
        watch: @escaping @Sendable (any Communicator) -> any Communicator = { $0 },
        onStep: @escaping @Sendable (_ rank: Int, _ step: Int, _ interrupt: InterruptFlag) -> Void = { _, _, _ in }
    ) throws -> [TrainOutcome] {
        let runs = runs
        return try LocalRanks.run(ranks) { communicator in
            var run = try runs.run(config, run, threads: threads)
            run.communicator = watch(communicator)
            let interrupt = InterruptFlag()
            let trainer = try run.makeTrainer(interrupt: interrupt)
            trainer.onStep = { onStep(communicator.rank, $0.step, interrupt) }
            return try trainer.run(interrupt: interrupt)
        }
    }

    /// The bytes of a run's last checkpoint, by file.
    private func files(_ run: String) throws -> [String: Data] {
        let checkpoint = runs.url(run).appending(path: "checkpoints/step-00000024")
        return try ["model.safetensors", "optimizer.safetensors"].reduce(into: [:]) {
            $0[$1] = try Data(contentsOf: checkpoint.appending(path: $1))
        }
    }

    /// What metrics.jsonl says of every step, without times.
    private func numbers(_ run: String) throws -> [String] {
        try MetricsLog.read(runs.url(run).appending(path: "metrics.jsonl")).map {
            let sources = ($0.sourceLosses ?? [:]).sorted { $0.key < $1.key }
            let evaluations = ($0.evaluations ?? [:]).sorted { $0.key < $1.key }
            return "\($0.step) \($0.tokens) \($0.loss) \($0.gradNorm) \(sources) \(evaluations)"
        }
    }

    @Test("1, 2 and 4 ranks write the same losses, and the same weights and moments to the byte")
    func ranks() throws {
        try train(Self.config(), "alone", ranks: 1)
        let (files, numbers) = (try files("alone"), try numbers("alone"))
        #expect(numbers.count == 24 && Set(numbers).count == 24)
        for (ranks, threads) in [(1, 2), (2, 1), (4, 1)] {
            let run = "\(ranks) ranks, \(threads) threads"
            #expect(try train(Self.config(), run, ranks: ranks, threads: threads).allSatisfy { $0 == .finished })
            #expect(try self.files(run) == files && self.numbers(run) == numbers, "\(run)")
        }
    }

    @Test("one leaf is the run without the key; four leaves are another sum of nearly the same numbers")
    func oneLeaf() throws {
        try runs.train(Self.config(leaves: 1), "plain")
        try train(Self.config(leaves: 1), "one", ranks: 1)
        try train(Self.config(), "four", ranks: 1)
        #expect(try files("one") == files("plain") && numbers("one") == numbers("plain"))
        #expect(try files("four") != files("plain"))
        let losses = try ["four", "plain"].map {
            try MetricsLog.read(runs.url($0).appending(path: "metrics.jsonl")).map(\.loss)
        }
        #expect(zip(losses[0], losses[1]).allSatisfy { abs($0 - $1) < 1e-3 * $1 })
    }

    @Test("interrupted on 4 ranks, resumed on 2, then on 1: the files of the run that was never stopped")
    func resume() throws {
        try train(Self.config(), "whole", ranks: 2)
        // Any rank's signal stops all: here the last one's.
        for (ranks, last, ending) in [(4, 8, TrainOutcome.interrupted), (2, 16, .interrupted), (1, 24, .finished)] {
            let outcomes = try train(
                Self.config(), "parts", ranks: ranks,
                onStep: { rank, step, interrupt in
                    if rank == ranks - 1, step == last, ending == .interrupted { interrupt.raise() }
                })
            #expect(outcomes == Array(repeating: ending, count: ranks))
        }
        #expect(try files("parts") == files("whole") && numbers("parts") == numbers("whole"))
    }

    private struct Unplugged: Error, CustomStringConvertible {
        let description = "the network is gone"
    }

    /// Fails at a rank's call number `failingCall`.
    private final class Failing: Communicator {
        private let inner: any Communicator
        private let failingCall: Int
        private let calls = Atomic<Int>(0)

        init(_ inner: any Communicator, failingCall: Int) { (self.inner, self.failingCall) = (inner, failingCall) }

        var rank: Int { inner.rank }
        var size: Int { inner.size }

        private func count() throws {
            if calls.add(1, ordering: .relaxed).newValue == failingCall { throw Unplugged() }
        }

        func treeSum(_ buffer: UnsafeMutableBufferPointer<Float>) throws {
            try count()
            try inner.treeSum(buffer)
        }

        func gather(_ values: [Double]) throws -> [[Double]] {
            try count()
            return try inner.gather(values)
        }
    }

    @Test("a rank that fails ends all ranks with its error, wherever it is", arguments: [1, 2, 3, 5, 7, 8, 9, 10, 40])
    func failure(call: Int) throws {
        for failing in [0, 3] {
            let start = ContinuousClock.now
            #expect {
                try train(
                    Self.config(), "failed", ranks: 4,
                    watch: { communicator in
                        communicator.rank == failing ? Failing(communicator, failingCall: call) : communicator
                    })
            } throws: {
                "\($0)" == "rank \(failing): the network is gone"
            }
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    @Test("shards that rank 0 cannot make end the ranks that wait for them")
    func noData() throws {
        var config = Self.config()
        config.data.sources[0].files = ["nothing-*.jsonl"]
        #expect { try train(config, "empty", ranks: 2) } throws: {
            "\($0)".hasPrefix("rank 0: ") && "\($0)".contains("nothing-*.jsonl")
        }
    }

    @Test("an interrupt while rank 0 makes the shards is one of all ranks")
    func interruptedPreparation() throws {
        let (runs, config) = (runs, Self.config())
        let outcomes = try LocalRanks.run(2) { communicator in
            var run = try runs.run(config, "interrupted", threads: 1)
            run.communicator = communicator
            let interrupt = InterruptFlag()
            if communicator.rank == 0 { interrupt.raise() }
            return try run.run(interrupt: interrupt)
        }
        #expect(outcomes == [.interrupted, .interrupted])
        #expect(!FileManager.default.fileExists(atPath: runs.url("interrupted").appending(path: "metrics.jsonl").path))
    }

    @Test("rank 0 alone locks the folder, and writes run.json and the report")
    func wholeRuns() throws {
        let (runs, config) = (runs, Self.config())
        let outcomes = try LocalRanks.run(4) { communicator in
            var run = try runs.run(config, "run", threads: 1)
            run.communicator = communicator
            run.onStart = { _ in #expect(communicator.rank == 0) }
            return try run.run(interrupt: InterruptFlag())
        }
        #expect(outcomes == Array(repeating: .finished, count: 4))
        let info = try #require(try RunInfo.read(runs.url("run").appending(path: "run.json")))
        #expect(info.starts.count == 1)
        #expect(FileManager.default.fileExists(atPath: runs.url("run").appending(path: "report.html").path))
    }

    @Test("ranks with unlike recipes, or more ranks than leaves, are refused")
    func refused() throws {
        let runs = runs
        #expect {
            try LocalRanks.run(2) { communicator in
                var config = Self.config()
                if communicator.rank == 1 { config.optimizer.weightDecay = 0.5 }
                var run = try runs.run(config, "unlike", threads: 1)
                run.communicator = communicator
                _ = try run.makeTrainer()
            }
        } throws: {
            "\($0)".contains("rank 1 has another fingerprint of recipe and data (")
        }
        #expect { try train(Self.config(leaves: 2), "many", ranks: 4) } throws: {
            "\($0)".contains(
                "train.reduction_leaves is 2, but a run on 4 ranks needs a power of two that is a multiple of 4")
        }
        for (leaves, growth) in [(0, nil), (3, nil), (-2, nil), (8, nil), (4, 2)] as [(Int, Int?)] {
            var config = Self.config(leaves: leaves)
            config.train.batchGrowth = growth.map { [BatchPhase(fromStep: 2, batchSize: $0)] } ?? []
            let smallest = growth ?? 6
            #expect { try config.validate() } throws: {
                "\($0)".hasPrefix("train.reduction_leaves is \(leaves), but it must be a power of two")
                    && "\($0)".contains("at most the smallest batch, \(smallest) sequences")
            }
        }
    }

    /// A group of which only the size is asked.
    private struct Group: Communicator {
        let rank = 0
        let size: Int
        func treeSum(_ buffer: UnsafeMutableBufferPointer<Float>) {}
        func gather(_ values: [Double]) -> [[Double]] { [values] }
    }

    @Test("the memory plan has one more gradient for each level of the tree inside a rank", arguments: [1, 2, 4])
    func memory(ranks: Int) throws {
        let config = Self.config()
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
        let model = try config.model.resolved(vocabulary: 400, length: 32)
        let plan = try MemoryEstimate(config, model: model, backend: backend, communicator: Group(size: ranks))
        let bytes = plan.groups.first { $0.group == "partial gradient sums" }?.sizeBytes ?? 0
        #expect(bytes == [1: 2, 2: 1, 4: 0][ranks]! * ParameterLayout(model).count * 4)
    }
}

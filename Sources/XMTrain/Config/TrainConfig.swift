// The whole recipe file as types. Every key has its meaning and default here; `validate` says in one sentence what
// cannot work, before anything is loaded. Next: Trainer.swift, recipes/pretrain/*.yaml.
// SPDX-License-Identifier: Apache-2.0

package import XMData
package import XMDistributed
import XMSupport
package import XMTensor

/// `train`: how long, how much at once, how often.
package struct LoopConfig: Codable, Sendable, Equatable {
    /// Optimizer steps of the run.
    package var steps: Int
    /// Sequences of one step. Default 16.
    package var batchSize: Int
    /// Growth of the batch: from a step on, that many sequences. Default none.
    package var batchGrowth: [BatchPhase] = []
    /// Tokens of one sequence. Default 512.
    package var sequenceLength: Int
    /// Sequences of one forward and backward pass; null takes batch_size. Results do not depend on it.
    package var microBatchSize: Int?
    /// Leaves of the tree that gradients are summed in (XMDistributed/ReductionTree.swift), a power of two: as many
    /// ranks, or fewer, give the same bits. Each level inside a rank takes one more gradient's memory. Default 1.
    package var reductionLeaves = 1
    /// Storage of activations: auto, f32 or bf16. Default auto.
    package var compute = "auto"
    /// Keep only layer inputs and run layers again in the backward pass: less memory, a third more work. Default false.
    package var recompute = false
    /// Which sequences of a source are drawn: permutation (each token once per pass) or random_offset (the lab's rule,
    /// with replacement). Default permutation.
    package var sampling = SamplingRule.permutation
    /// Attention stays inside a document. Default false, as the lab trains.
    package var documentMask = false
    /// Largest gradient norm; 0 turns clipping off. Default 1.
    package var gradClip = 1.0
    /// Steps between console lines, measurements and checkpoints; the last step always has all three. 0 = never.
    package var logEvery = 1
    package var evalEvery = 0
    package var saveEvery = 0
    /// Checkpoints kept besides the best one. Default 3.
    package var keepLast = 3

    /// Everything that is not given has its default.
    package init(
        steps: Int, batchSize: Int, sequenceLength: Int, microBatchSize: Int? = nil, compute: String = "auto",
        saveEvery: Int = 0, keepLast: Int = 3
    ) {
        (self.steps, self.batchSize, self.sequenceLength) = (steps, batchSize, sequenceLength)
        (self.microBatchSize, self.compute, self.saveEvery, self.keepLast) = (
            microBatchSize, compute, saveEvery, keepLast
        )
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        steps = try keys.decode(Int.self, forKey: .steps)
        batchSize = try keys.decodeIfPresent(Int.self, forKey: .batchSize) ?? 16
        try keys.read(&batchGrowth, .batchGrowth)
        sequenceLength = try keys.decodeIfPresent(Int.self, forKey: .sequenceLength) ?? 512
        try keys.read(&microBatchSize, .microBatchSize)
        try keys.read(&reductionLeaves, .reductionLeaves)
        try keys.read(&compute, .compute)
        try keys.read(&recompute, .recompute)
        try keys.read(&sampling, .sampling)
        try keys.read(&documentMask, .documentMask)
        try keys.read(&gradClip, .gradClip)
        try keys.read(&logEvery, .logEvery)
        try keys.read(&evalEvery, .evalEvery)
        try keys.read(&saveEvery, .saveEvery)
        try keys.read(&keepLast, .keepLast)
    }

    enum CodingKeys: String, CodingKey {
        case steps, compute, recompute, sampling
        case batchSize = "batch_size"
        case batchGrowth = "batch_growth"
        case sequenceLength = "sequence_length"
        case microBatchSize = "micro_batch_size"
        case reductionLeaves = "reduction_leaves"
        case documentMask = "document_mask"
        case gradClip = "grad_clip"
        case logEvery = "log_every"
        case evalEvery = "eval_every"
        case saveEvery = "save_every"
        case keepLast = "keep_last"
    }
}

/// `mixtures`: source name to weight, per part of the schedule.
package struct StageMixtures: Codable, Sendable, Equatable {
    /// Warm-up and stable stage.
    package var stable: [String: Double]
    /// Decay stage; null keeps the stable mixture.
    package var decay: [String: Double]?

    package init(stable: [String: Double], decay: [String: Double]? = nil) {
        (self.stable, self.decay) = (stable, decay)
    }
}

/// A recipe.
package struct TrainConfig: Codable, Sendable, Equatable {
    package var name: String
    package var seed: UInt64
    package var model: ModelConfig
    package var data: DataConfig
    package var mixtures: StageMixtures
    package var train: LoopConfig
    package var optimizer: AdamWConfig
    package var schedule: ScheduleConfig
    package var `guard`: GuardConfig?
    /// Tasks that are evaluated during training. Default null: none.
    package var benchmarks: BenchmarkConfig?

    package init(
        name: String, seed: UInt64, model: ModelConfig, data: DataConfig, mixtures: StageMixtures, train: LoopConfig,
        optimizer: AdamWConfig, schedule: ScheduleConfig, guard: GuardConfig? = nil
    ) {
        (self.name, self.seed, self.model, self.data, self.mixtures) = (name, seed, model, data, mixtures)
        (self.train, self.optimizer, self.schedule, self.guard) = (train, optimizer, schedule, `guard`)
    }

    /// Reads a recipe. Only what has no sensible default must be there: `data.tokenizer`, `data.sources` with names and
    /// files, `train.steps`, and `mixtures` where there is more than one source.
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        name = try keys.decodeIfPresent(String.self, forKey: .name) ?? ""
        seed = try keys.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1
        model = try keys.decodeIfPresent(ModelConfig.self, forKey: .model) ?? ModelConfig()
        data = try keys.decode(DataConfig.self, forKey: .data)
        train = try keys.decode(LoopConfig.self, forKey: .train)
        optimizer = try keys.decodeIfPresent(AdamWConfig.self, forKey: .optimizer) ?? AdamWConfig()
        schedule = try keys.decodeIfPresent(ScheduleConfig.self, forKey: .schedule) ?? ScheduleConfig()
        `guard` = try keys.decodeIfPresent(GuardConfig.self, forKey: .guard)
        benchmarks = try keys.decodeIfPresent(BenchmarkConfig.self, forKey: .benchmarks)
        let given = try keys.decodeIfPresent(StageMixtures.self, forKey: .mixtures)
        mixtures =
            if let given {
                given
            } else if data.sources.count <= 1 {
                StageMixtures(stable: [data.sources.first?.name ?? "": 1])
            } else {
                try keys.decode(StageMixtures.self, forKey: .mixtures)
            }
        let hasWarmup =
            try keys.contains(.schedule)
            && keys.nestedContainer(keyedBy: ScheduleConfig.CodingKeys.self, forKey: .schedule).contains(.warmupSteps)
        if !hasWarmup { schedule.warmupSteps = min(2000, max(1, train.steps / 20)) }
    }

    package var compute: DType {
        get throws {
            if train.compute == "auto" { return CPUBackend.preferredCompute.compute }
            guard let dtype = DType(rawValue: train.compute) else {
                throw ConfigError.unknownName(
                    key: "train.compute", found: train.compute, known: ["auto", "f32", "bf16"])
            }
            return dtype
        }
    }
    package var microBatchSize: Int { min(train.microBatchSize ?? train.batchSize, train.batchSize) }

    /// Throws `ConfigError` naming the first key that cannot work.
    package func validate() throws {
        /// The upper ends are far above what is ever wanted and keep products of counts inside 64 bits.
        func require(_ value: Int, _ key: String, in range: ClosedRange<Int>) throws {
            try ConfigError.require(
                range.contains(value), key: key, found: value,
                wanted: "it must be from \(range.lowerBound) to \(range.upperBound)",
                fix: value < range.lowerBound ? "raise it" : "lower it")
        }
        try require(train.steps, "train.steps", in: 1...1_000_000_000)
        try require(train.sequenceLength, "train.sequence_length", in: 1...1 << 20)
        let mostSequences = (1 << 30) / train.sequenceLength
        try require(train.batchSize, "train.batch_size", in: 1...mostSequences)
        for phase in train.batchGrowth {
            try require(phase.batchSize, "train.batch_growth.batch_size", in: 1...mostSequences)
            try require(phase.fromStep, "train.batch_growth.from_step", in: 1...1_000_000_000)
        }
        try require(train.microBatchSize ?? 1, "train.micro_batch_size", in: 1...mostSequences)
        try validateReductionLeaves()
        try require(train.keepLast, "train.keep_last", in: 1...1_000_000)
        for (key, every) in [
            ("log_every", train.logEvery), ("eval_every", train.evalEvery), ("save_every", train.saveEvery),
        ] {
            try require(every, "train.\(key)", in: 0...1_000_000_000)
        }
        try ConfigError.require(
            train.gradClip >= 0, key: "train.grad_clip", found: train.gradClip,
            wanted: "it must be 0 or more", fix: "0 turns clipping off")
        try validateMixtures()
        _ = try compute
        _ = try batchSchedule()
        _ = try makeSchedule()
        try data.validate()
        try optimizer.validate()
        try `guard`?.validate()
        try benchmarks?.validate()
    }

    /// A power of two, and no leaf is ever empty.
    private func validateReductionLeaves() throws {
        let leaves = train.reductionLeaves
        let smallestBatch = train.batchGrowth.reduce(train.batchSize) { min($0, $1.batchSize) }
        try ConfigError.require(
            leaves > 0 && leaves & (leaves - 1) == 0 && leaves <= smallestBatch, key: "train.reduction_leaves",
            found: leaves,
            wanted: "it must be a power of two (1, 2, 4, …) and at most the smallest batch, \(smallestBatch) sequences",
            fix: "1 sums the sequences one after the other")
    }

    /// The tree of a run on that many ranks. Throws `ConfigError` where ranks cannot own subtrees of it.
    package func reductionTree(ranks: Int) throws -> ReductionTree {
        try ConfigError.require(
            train.reductionLeaves % ranks == 0, key: "train.reduction_leaves", found: train.reductionLeaves,
            wanted: "a run on \(ranks) ranks needs a power of two that is a multiple of \(ranks)",
            fix: "raise it, or run on as many ranks as it has leaves, or a half, a quarter, …")
        return ReductionTree(leaves: train.reductionLeaves, ranks: ranks)
    }

    /// Mixtures name sources of the recipe, or one category of a source, and weigh something.
    private func validateMixtures() throws {
        let names = data.sources.map(\.name)
        for (key, mixture) in [("mixtures.stable", mixtures.stable), ("mixtures.decay", mixtures.decay)] {
            guard let mixture else { continue }
            for name in mixture.keys.sorted() {
                let source = name.split(separator: "/", maxSplits: 1).first.map(String.init) ?? name
                guard names.contains(name) || names.contains(source) else {
                    throw DataError.unknownSource(key: key, name: name, known: names)
                }
            }
            _ = try MixtureSampler.shares(of: mixture, among: Array(mixture.keys), key: key)
        }
    }

    package func batchSchedule() throws -> BatchSchedule {
        try BatchSchedule(batchSize: train.batchSize, growth: train.batchGrowth)
    }

    package func makeSchedule() throws -> any Schedule {
        let batchSize = try batchSchedule().batchSize(after: train.steps - 1)
        return try schedule.makeSchedule(
            ScheduleContext(steps: train.steps, tokensPerStep: batchSize * train.sequenceLength))
    }
}

extension TrainConfig: HasRenamedKeys {
    package static let renamedKeys = [
        "batch_rows": "batch_size", "micro_rows": "micro_batch_size", "rows": "batch_size",
    ]
}

// The training program: plan, load, loop. It reads top to bottom; the parts it calls are one file each.
// Everything it remembers between steps is `TrainState` and the tensors of `TrainStep`.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import Logging
package import XMData
package import XMDistributed
package import XMModel
package import XMSupport
package import XMTensor
import XMTokenizer

/// Where a run reads and writes, and what it starts from.
package struct TrainerPaths: Sendable {
    /// The run folder: config.yaml, run.json, metrics.jsonl, checkpoints/, report.html.
    package var output: URL
    /// Paths in the recipe are relative to it.
    package var dataRoot: URL
    /// A checkpoint to start a decay from.
    package var branchFrom: URL?

    /// Where the shards are: the recipe's folder for them, or one in the run folder.
    package func shards(_ data: DataConfig) -> URL {
        data.shards.map { URL(filePath: $0) } ?? output.appending(path: "shards")
    }

    package init(output: URL, dataRoot: URL, branchFrom: URL? = nil) {
        (self.output, self.dataRoot, self.branchFrom) = (output, dataRoot, branchFrom)
    }
}

/// How a run ended.
package enum TrainOutcome: Sendable, Equatable {
    case finished
    /// A signal came; the state is saved and the same command goes on from it.
    case interrupted
}

package final class Trainer {
    package let config: TrainConfig
    package let modelConfig: Xmodel2Config
    package private(set) var state: TrainState
    package let step: TrainStep
    package let sources: [TokenShards]
    private let paths: TrainerPaths
    private let tokenizerFile: URL
    private let schedule: any Schedule
    private let batches: BatchSchedule
    private let rows: TrainingRows
    private let validation: [ValidationSet]
    private let store: CheckpointStore
    private let metrics: MetricsLog
    private var guardian: StepGuard
    private let communicator: any Communicator
    private let arena: Arena
    private let log: Logger
    /// Receives one console line per logged step.
    package var onLine: (String) -> Void = { _ in }
    /// Receives every step's numbers (tests, progress bars).
    package var onStep: (StepMetrics) -> Void = { _ in }

    /// Plans memory, lets `prepare` make the shards where they are not there yet, and restores the newest valid
    /// checkpoint of the run folder, or the branch's parent, or initialises from the seed.
    package init(
        _ recipe: TrainConfig, paths: TrainerPaths, backend: any Backend, communicator: any Communicator,
        log: Logger, prepare: (DataPreparation) throws -> PreparedFolder
    ) throws {
        var config = recipe
        let parent = try paths.branchFrom.map { url in
            let state = try config.branch(from: url)
            try AtomicFolder.verify(url)
            return (url, state)
        }
        try config.validate()
        self.config = config
        self.paths = paths
        self.communicator = communicator
        self.log = log
        schedule = try config.makeSchedule()
        batches = try config.batchSchedule()

        tokenizerFile = resolve(config.data.tokenizer, root: paths.dataRoot)
        let tokenizer = try SentencePieceTokenizer(contentsOf: tokenizerFile)
        let length = config.train.sequenceLength
        var network = try config.model.resolved(vocabulary: tokenizer.vocabularySize, length: length)
        // Readers of the checkpoint begin and end where its config.json says.
        if let bos = tokenizer.bosID { network.bosID = Int(bos) }
        if let eos = tokenizer.eosID { network.eosID = Int(eos) }
        modelConfig = network
        guard modelConfig.vocabularySize >= tokenizer.vocabularySize else {
            throw TokenizerError.wrongVocabulary(
                tokenizer: tokenizer.vocabularySize, model: modelConfig.vocabularySize)
        }
        if let parent { try modelConfig.requireShape(of: parent.0) }
        arena = Arena()
        try MemoryEstimate(config, model: modelConfig, backend: backend).requireFit()
        validation = try (config.data.validation ?? []).map {
            try ValidationSet($0, root: paths.dataRoot, tokenizer: tokenizer)
        }

        let mixtures = [config.mixtures.stable, config.mixtures.decay ?? [:]]
        let shards = try prepare(
            DataPreparation(config.data, root: paths.dataRoot, folder: paths.shards(config.data)))
        sources = try shards.sources(mixtures: mixtures)
        ProcessMemory.releaseFree()  // reading and encoding leaves much behind that the allocator would keep
        rows = try TrainingRows(config, sources: sources)

        let model = try Xmodel2Model(
            modelConfig, backend: backend, positions: length, training: true, in: arena)
        step = try TrainStep(
            model: model,
            groups: parameterGroups(model.weights.layout, config: modelConfig, optimizer: config.optimizer),
            optimizer: config.optimizer, microRows: config.microRows, length: length,
            recompute: config.train.recompute ?? false, communicator: communicator, in: arena)

        store = try CheckpointStore(
            folder: paths.output.appending(path: "checkpoints"), keepLast: config.train.keepLast ?? 3, log: log)
        if let latest = try store.latestValid() {
            state = try CheckpointStore.state(of: latest)
            try ConfigError.require(
                state.seed == config.seed, key: "seed", found: config.seed,
                wanted: "\(latest.path) was trained with seed \(state.seed)",
                fix: "resume with that seed, or start over with --restart or in another folder")
            try step.read(from: latest)
            log.info("resuming after step \(state.step) from \(latest.lastPathComponent)")
        } else if let (url, parentState) = parent {
            state = parentState
            state.seed = config.seed
            state.parent = url.path
            state.bestValidation = nil
            try step.read(from: url)
            log.info("branching after step \(state.step) from \(url.path)")
        } else {
            state = TrainState(seed: config.seed)
            model.initialize(seed: config.seed)
        }
        guardian = StepGuard(config.guard ?? GuardConfig(), state: state.guardState)
        metrics = try MetricsLog(paths.output.appending(path: "metrics.jsonl"), resumingAt: state.step)
        try AtomicFile.write(
            Data(try Recipe.yaml(config).utf8), to: paths.output.appending(path: "config.yaml"))
    }

    /// Trains until the last step, or until `interrupt` is raised: then the step is finished and saved.
    package func run(interrupt: InterruptFlag) throws -> TrainOutcome {
        var rate = SmoothedRate()
        while state.step < config.train.steps {
            if interrupt.isRaised {
                try save(isBest: false)
                return .interrupted
            }
            let line = try trainOneStep()
            rate.add(line.seconds)
            let isLast = state.step == config.train.steps
            var result = line
            if isLast || isDue(config.train.evalEvery, default: 0) { result.validation = try validate() }
            try metrics.append(result)
            onStep(result)
            if isLast || isDue(config.train.logEvery, default: 1) || result.skipped != nil {
                onLine(
                    ConsoleLine.text(
                        result, of: config.train.steps,
                        secondsLeft: rate.secondsLeft(for: config.train.steps - state.step)))
                for (name, loss) in (result.validation ?? [:]).sorted(by: { $0.key < $1.key }) {
                    onLine("     validation  \(name) \(String(format: "%.4f", loss))")
                }
            }
            let isBest = noteBest(result.validation)
            if isLast || isBest || isDue(config.train.saveEvery, default: 0) { try save(isBest: isBest) }
        }
        return .finished
    }

    // MARK: One step

    private func trainOneStep() throws -> StepMetrics {
        let start = ContinuousClock.now
        let number = state.step + 1
        let stage = schedule.stage(at: number)
        // Another mixture has another level of loss: what was normal before says nothing about it.
        if stage == .decay, number == 1 || schedule.stage(at: number - 1) != .decay { guardian.forgetHistory() }
        let rows = batches.rows(after: state.step)
        let length = config.train.sequenceLength
        let batch = try self.rows.batch(step: number)
        let gradient = try step.gradient(rows: 0..<rows, targetCount: batch.targetCount) { first, count in
            batch.slice(first, count)
        }
        var skipped: String?
        let learningRate = schedule.rate(at: number)
        switch try guardian.judge(step: number, loss: gradient.loss, gradNorm: gradient.norm) {
        case .apply:
            state.updates += 1
            let clip = config.train.gradClip ?? 1
            step.update(
                learningRate: learningRate, gradientNorm: gradient.norm, clip: clip > 0 ? clip : nil,
                t: state.updates)
        case .skip(let reason):
            skipped = reason
        }
        let seconds = (ContinuousClock.now - start).seconds
        state.step = number
        state.stage = stage
        state.tokens += rows * length
        state.seconds += seconds
        state.guardState = guardian.state
        let flops = FlopCount(modelConfig, sequenceLength: length)
        return StepMetrics(
            step: number, tokens: state.tokens, stage: stage, loss: gradient.loss, learningRate: learningRate,
            gradNorm: gradient.norm,
            sourceLosses: Dictionary(
                uniqueKeysWithValues: gradient.sources.filter { $0.value.tokens > 0 }.map {
                    (sources[$0.key].name, $0.value.loss / Double($0.value.tokens))
                }),
            seconds: seconds, tokensPerSecond: Double(rows * length) / seconds,
            gflops: flops.training * Double(rows * length) / seconds / 1e9, memoryBytes: ProcessMemory.resident,
            skipped: skipped, passes: self.rows.passes(after: number))
    }

    /// Mean loss in nats per token of each validation set, and its bits per byte as "NAME bits/byte".
    package func validate() throws -> [String: Double] {
        var results: [String: Double] = [:]
        let (length, micro) = (config.train.sequenceLength, config.microRows)
        for set in validation {
            var (loss, tokens) = (0.0, 0)
            let windows = set.windows(length: length)
            for first in stride(from: 0, to: windows, by: micro) {
                let part = step.evaluate(set.batch(first: first, rows: min(micro, windows - first), length: length))
                loss += part.loss
                tokens += part.tokens
            }
            results[set.name] = loss / Double(max(tokens, 1))
            results["\(set.name) bits/byte"] = set.bitsPerByte(totalLoss: loss)
        }
        return results
    }

    // MARK: Saving

    private func isDue(_ every: Int?, default fallback: Int) -> Bool {
        let every = every ?? fallback
        return every > 0 && state.step % every == 0
    }

    /// Whether the first validation set has its lowest loss so far.
    private func noteBest(_ results: [String: Double]?) -> Bool {
        guard let first = validation.first, let loss = results?[first.name],
            loss < state.bestValidation ?? .infinity
        else { return false }
        state.bestValidation = loss
        return true
    }

    private func save(isBest: Bool) throws {
        guard communicator.rank == 0 else { return }
        try store.save(step: state.step, state: state, isBest: isBest) { folder in
            try step.write(to: folder, tokenizerFile: tokenizerFile)
        }
    }

    /// The newest checkpoint.
    package var latestCheckpoint: URL? { store.steps.last.map { store.url(step: $0) } }
}

extension TrainConfig {
    /// Makes this the recipe of a decay that begins where a stable checkpoint ends, and returns that checkpoint's
    /// state.
    package mutating func branch(from checkpoint: URL) throws -> TrainState {
        let state = try CheckpointStore.state(of: checkpoint)
        guard state.stage != .decay else {
            throw CheckpointStoreError.decayed(folder: checkpoint.path)
        }
        try startDecay(at: state.step)
        return state
    }

    /// Ends the run with a decay that begins after `step`.
    mutating func startDecay(at step: Int) throws {
        try ConfigError.require(
            schedule.kind == .wsd, key: "schedule.kind", found: schedule.kind.rawValue,
            wanted: "a branch is the decay of a WSD schedule", fix: "set schedule.kind to wsd")
        let length = schedule.decaySteps(of: train.steps)
        try ConfigError.require(
            length > 0, key: "schedule.decay_steps", found: length, wanted: "a branch is a decay",
            fix: "set schedule.decay_steps to the steps of the decay")
        schedule.decaySteps = length
        train.steps = step + length
    }
}

/// A recipe's path: absolute, or relative to the data root.
package func resolve(_ path: String, root: URL) -> URL {
    path.hasPrefix("/") ? URL(filePath: path) : root.appending(path: path)
}

extension Batch {
    /// Rows first..<first + count.
    package func slice(_ first: Int, _ count: Int) -> Batch {
        if first == 0 && count == rows { return self }
        let range = first * length..<(first + count) * length
        return Batch(
            rows: count, length: length, inputs: Array(inputs[range]), targets: Array(targets[range]),
            sources: Array(sources[first..<first + count]), positions: Array(positions[range]),
            documents: documents.map { Array($0[range]) })
    }
}

/// Exponential mean of step times, for the ETA. The first step of a program does not count: it waits for memory and
/// for code that the later ones find ready, and takes up to twice as long.
package struct SmoothedRate {
    private var isFirst = true
    private var seconds: Double?

    package init() {}

    package mutating func add(_ value: Double) {
        if isFirst {
            isFirst = false
        } else {
            seconds = seconds.map { 0.9 * $0 + 0.1 * value } ?? value
        }
    }

    /// Not a number while it is not known.
    package func secondsLeft(for steps: Int) -> Double { steps == 0 ? 0 : (seconds ?? .nan) * Double(steps) }
}

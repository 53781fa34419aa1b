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
    private let trainingBatches: TrainingBatches
    private let validation: [ValidationSet]
    private let store: CheckpointStore
    private let metrics: MetricsLog
    private var guardian: StepGuard
    private let communicator: any Communicator
    private let arena: Arena
    private let log: Logger
    /// What this start changes in the recipe that the checkpoint was trained with.
    package let changes: [RunInfo.Change]
    /// A checkpoint that is due: it waits for a step that finds its weights good.
    private var due: (state: TrainState, isBest: Bool)?
    /// Receives one console line per logged step.
    package var onLine: (String) -> Void = { _ in }
    /// Receives every step's numbers (tests, progress bars).
    package var onStep: (StepMetrics) -> Void = { _ in }

    /// Plans memory, lets `prepare` make the shards where they are not there yet, and restores the newest valid
    /// checkpoint of the run folder, or the branch's parent, or initialises from the seed. `accepted` are keys or
    /// sections of the recipe that may differ from what the checkpoint was trained with.
    package init(
        _ recipe: TrainConfig, paths: TrainerPaths, accepting accepted: [String] = [], backend: any Backend,
        communicator: any Communicator, log: Logger, prepare: (DataPreparation) throws -> PreparedFolder
    ) throws {
        var recipe = recipe
        if let parent = paths.branchFrom {
            _ = try recipe.branch(from: parent)
            try AtomicFolder.verify(parent)
        }
        try recipe.validate()
        self.paths = paths
        self.communicator = communicator
        self.log = log

        tokenizerFile = resolve(recipe.data.tokenizer, root: paths.dataRoot)
        let tokenizer = try SentencePieceTokenizer(contentsOf: tokenizerFile)
        let length = recipe.train.sequenceLength
        var network = try recipe.model.resolved(vocabulary: tokenizer.vocabularySize, length: length)
        // Readers of the checkpoint begin and end where its config.json says.
        if let bos = tokenizer.bosID { network.bosID = Int(bos) }
        if let eos = tokenizer.eosID { network.eosID = Int(eos) }
        modelConfig = network
        guard modelConfig.vocabularySize >= tokenizer.vocabularySize else {
            throw TokenizerError.wrongVocabulary(
                tokenizer: tokenizer.vocabularySize, model: modelConfig.vocabularySize)
        }
        config = recipe.resolved(modelConfig, compute: backend.compute)
        schedule = try config.makeSchedule()
        batches = try config.batchSchedule()
        validation = try (config.data.validation ?? []).map {
            try ValidationSet($0, root: paths.dataRoot, tokenizer: tokenizer)
        }

        store = try CheckpointStore(
            folder: paths.output.appending(path: "checkpoints"), keepLast: config.train.keepLast, log: log)
        let origin = try RunOrigin.find(paths, store: store)
        var contents = RunContents.of(tokenizer: tokenizer.fingerprint, validation: validation)
        var changes = try origin?.changes(to: config, accepting: accepted) ?? []
        changes += try origin?.changes(toContents: contents, accepting: accepted) ?? []
        if let origin { try modelConfig.requireShape(of: origin.checkpoint) }
        arena = Arena(on: backend)
        try MemoryEstimate(config, model: modelConfig, backend: backend).requireFit()

        let shards = try prepare(
            DataPreparation(config.data, root: paths.dataRoot, folder: paths.shards(config.data)))
        let prepared = RunContents.of(shards.manifest, sources: config.data.sources)
        changes += try origin?.changes(toContents: prepared, accepting: accepted) ?? []
        contents.merge(prepared) { $1 }
        sources = try shards.sources(mixtures: [config.mixtures.stable, config.mixtures.decay ?? [:]])
        ProcessMemory.releaseFree()  // reading and encoding leaves much behind that the allocator would keep
        trainingBatches = try TrainingBatches(config, sources: sources)

        let model = try Xmodel2Model(
            modelConfig, backend: backend, positions: length, training: true, in: arena)
        step = try TrainStep(
            model: model,
            groups: parameterGroups(model.weights.layout, config: modelConfig, optimizer: config.optimizer),
            optimizer: config.optimizer, microBatchSize: config.microBatchSize, length: length,
            recompute: config.train.recompute, leaves: config.train.reductionLeaves, communicator: communicator,
            in: arena)

        state = try origin?.startState ?? TrainState()
        state.seed = config.seed
        state.contents = contents
        if let origin {
            try step.read(from: origin.checkpoint)
            log.info(
                "\(origin.kind == .resume ? "resuming" : "branching") after step \(state.step) from \(origin.name)")
        } else {
            model.initialize(seed: config.seed)
        }
        guardian = StepGuard(config.guard ?? GuardConfig(), state: state.guardState)
        metrics = try MetricsLog(paths.output.appending(path: "metrics.jsonl"), resumingAt: state.step)
        // A run that is done trains nothing with another recipe: its folder goes on telling what it was trained with.
        let isDone = origin?.kind == .resume && state.step == config.train.steps
        self.changes = isDone ? [] : changes
        if !isDone {
            try AtomicFile.write(
                Data(try Recipe.yaml(config).utf8), to: paths.output.appending(path: "config.yaml"))
        }
    }

    /// Trains until the last step, or until `interrupt` is raised: then the step is finished and saved.
    package func run(interrupt: InterruptFlag) throws -> TrainOutcome {
        var rate = SmoothedRate()
        while state.step < config.train.steps {
            if interrupt.isRaised {
                try save(state, isBest: due?.isBest ?? false)
                return .interrupted
            }
            let (line, stop) = try trainOneStep()
            if line.skipped != StepMetrics.noTargets { rate.add(line.seconds) }
            let isLast = state.step == config.train.steps
            var result = line
            if stop == nil, isLast || isDue(config.train.evalEvery) { result.validation = try validate() }
            try metrics.append(result)
            onStep(result)
            if isLast || isDue(config.train.logEvery) || result.skipped != nil {
                onLine(
                    ConsoleLine.text(
                        result, of: config.train.steps,
                        secondsLeft: rate.secondsLeft(for: config.train.steps - state.step)))
                for (name, loss) in (result.validation ?? [:]).sorted(by: { $0.key < $1.key }) {
                    onLine("     validation  \(name) \(String(format: "%.4f", loss))")
                }
            }
            if let stop { throw stop }
            let isBest = noteBest(result.validation)
            if isLast || isBest || isDue(config.train.saveEvery) {
                due = (state, isBest || due?.isBest ?? false)
            }
        }
        if let due { try save(due.state, isBest: due.isBest) }
        return .finished
    }

    // MARK: One step

    /// The step's numbers, and the error that ends the run after them when the guard has skipped too many.
    private func trainOneStep() throws -> (StepMetrics, stop: GuardError?) {
        let start = ContinuousClock.now
        let number = state.step + 1
        let stage = schedule.stage(at: number)
        // Another mixture has another level of loss: what was normal before says nothing about it.
        if stage == .decay, number == 1 || schedule.stage(at: number - 1) != .decay { guardian.forgetHistory() }
        let batchSize = batches.batchSize(after: state.step)
        let length = config.train.sequenceLength
        let learningRate = schedule.rate(at: number)
        let batch = try trainingBatches.batch(step: number)
        let gradient = try step.gradient(batch)
        var skipped: String? = StepMetrics.noTargets
        var stop: GuardError?
        if let gradient {
            let verdict = guardian.judge(loss: gradient.loss, gradNorm: gradient.norm)
            skipped = verdict.reason
            switch verdict {
            case .apply: try update(gradient, number, learningRate)
            case .skip(_, let isBroken): if isBroken { due = nil }
            case .stop(let reason):
                if !state.isProven { try store.setAside(since: state.lastUpdate) }
                stop = .tooManySkips(
                    step: number, count: guardian.state.skippedInARow, reason: reason,
                    checkpoint: latestCheckpoint?.path)
            }
        }
        let seconds = (ContinuousClock.now - start).seconds
        state.step = number
        state.stage = stage
        state.tokens += batchSize * length
        state.seconds += seconds
        state.guardState = guardian.state
        let rate = gradient == nil ? 0 : Double(batchSize * length) / seconds
        let metrics = StepMetrics(
            step: number, tokens: state.tokens, stage: stage, loss: gradient?.loss ?? .nan,
            learningRate: learningRate, gradNorm: gradient?.norm ?? .nan,
            sourceLosses: gradient.map { gradient in
                Dictionary(
                    uniqueKeysWithValues: gradient.sources.filter { $0.value.tokens > 0 }.map {
                        (sources[$0.key].name, $0.value.loss / Double($0.value.tokens))
                    })
            },
            seconds: seconds, tokensPerSecond: rate,
            gflops: FlopCount(modelConfig, sequenceLength: length).training * rate / 1e9,
            memoryBytes: ProcessMemory.resident, skipped: skipped, passes: trainingBatches.passes(after: number))
        return (metrics, stop)
    }

    /// Applies a gradient that the guard accepted. It also proves the weights that it was taken at: a checkpoint of
    /// them that is due is written first.
    private func update(_ gradient: TrainStep.Gradient, _ number: Int, _ learningRate: Double) throws {
        if var due {
            due.state.isProven = true
            try save(due.state, isBest: due.isBest)
        }
        due = nil
        state.isProven = false
        state.updates += 1
        state.lastUpdate = number
        let clip = config.train.gradClip
        step.update(
            learningRate: learningRate, gradientNorm: gradient.norm, clip: clip > 0 ? clip : nil, t: state.updates)
    }

    /// Mean loss in nats per token of each validation set, and its bits per byte as "NAME bits/byte".
    package func validate() throws -> [String: Double] {
        var results: [String: Double] = [:]
        let (length, micro) = (config.train.sequenceLength, config.microBatchSize)
        for set in validation {
            var (loss, tokens) = (0.0, 0)
            let windows = set.windows(length: length)
            for first in stride(from: 0, to: windows, by: micro) {
                let part = step.evaluate(
                    set.batch(first: first, batchSize: min(micro, windows - first), length: length))
                loss += part.loss
                tokens += part.tokens
            }
            results[set.name] = (loss / Double(tokens)).withoutNaNSign
            results["\(set.name) bits/byte"] = set.bitsPerByte(totalLoss: loss)
        }
        return results
    }

    // MARK: Saving

    private func isDue(_ every: Int) -> Bool { every > 0 && state.step % every == 0 }

    /// Whether the first validation set has its lowest loss so far.
    private func noteBest(_ results: [String: Double]?) -> Bool {
        guard let first = validation.first, let loss = results?[first.name],
            loss < state.bestValidation ?? .infinity
        else { return false }
        state.bestValidation = loss
        return true
    }

    private func save(_ state: TrainState, isBest: Bool) throws {
        guard communicator.rank == 0 else { return }
        try store.save(state, isBest: isBest) { folder in
            try step.write(to: folder, tokenizerFile: tokenizerFile)
            try AtomicFile.write(
                Data(try Recipe.yaml(config).utf8), to: folder.appending(path: CheckpointStore.recipeName))
        }
    }

    /// The newest checkpoint.
    package var latestCheckpoint: URL? { store.steps.last.map { store.url(step: $0) } }
}

/// A recipe's path: absolute, or relative to the data root.
package func resolve(_ path: String, root: URL) -> URL {
    path.hasPrefix("/") ? URL(filePath: path) : root.appending(path: path)
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

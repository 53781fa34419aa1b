// The training loop: a step, the guard's verdict, metrics, evaluations, checkpoints. All that it remembers between
// steps is `TrainState` and the tensors of `TrainStep`. One place each decides whether to stop, whether to apply an
// update, and what is written. Next: TrainStep.swift (one step), TrainingRun.swift (what surrounds the loop).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import Logging
package import XMData
package import XMDistributed
package import XMModel
package import XMSupport
package import XMTensor
import XMTokenizer

/// How a run ended.
package enum TrainOutcome: Sendable, Equatable {
    case finished
    /// The interrupt was raised; the state is saved and the same run goes on from it.
    case interrupted
}

package final class Trainer {
    package let config: TrainConfig
    package let modelConfig: Xmodel2Config
    package private(set) var state: TrainState
    package let step: TrainStep
    package let data: PreparedData
    package let sources: [TokenShards]
    /// What this start changes in the recipe that the checkpoint was trained with.
    package let changes: [RunInfo.Change]
    private let schedule: any Schedule
    private let batches: BatchSchedule
    private let trainingBatches: TrainingBatches
    private let evaluators: [any Evaluator]
    private let communicator: any Communicator
    private let tree: ReductionTree
    /// What is written; nil on every rank but 0.
    private let folder: RunFolder?
    /// All memory of the run.
    private let arena: Arena
    private var guardian: StepGuard
    private var rate = SmoothedRate()
    /// A checkpoint that is due: it waits for a step that finds its weights good.
    private var due: (state: TrainState, isBest: Bool)?
    /// Receives one console line per logged step and evaluation.
    package var onLine: (String) -> Void = { _ in }
    /// Receives every step's numbers (tests, progress bars).
    package var onStep: (StepMetrics) -> Void = { _ in }

    /// A trainer at the step that `setup` goes on from, with its weights: the origin's, or those of the seed.
    ///
    /// - Parameters:
    ///   - evaluators: measured beside the recipe's validation sets.
    ///   - folder: where metrics and checkpoints go; nil writes nothing.
    package init(
        _ setup: RunSetup, data: PreparedData, evaluators: [any Evaluator] = [], folder: RunFolder?,
        backend: any Backend, communicator: any Communicator, log: Logger
    ) throws {
        (config, modelConfig, self.data, self.folder) = (setup.config, setup.model, data, folder)
        self.communicator = communicator
        tree = try config.reductionTree(ranks: communicator.size)
        schedule = try config.makeSchedule()
        batches = try config.batchSchedule()
        sources = try data.sources(config.mixtures)
        trainingBatches = try TrainingBatches(config, sources: sources)
        self.evaluators = Self.validation(config, data) + evaluators
        arena = Arena(on: backend)
        step = try TrainStep(
            config, model: setup.model, backend: backend, communicator: communicator, in: arena)
        state = try setup.startState
        guardian = StepGuard(config.guard ?? GuardConfig(), state: state.guardState)
        changes = setup.isDone ? [] : setup.changes
        try setup.loadWeights(into: step)
        if communicator.rank == 0, let line = setup.origin?.line { log.info("\(line)") }
        try folder?.begin(after: state.step, config: setup.isDone ? nil : config)
    }

    private static func validation(_ config: TrainConfig, _ data: PreparedData) -> [any Evaluator] {
        data.inputs.validation.map {
            ValidationLoss($0, length: config.train.sequenceLength, microBatchSize: config.microBatchSize)
        }
    }

    /// Trains until the last step, or until `interrupt` is raised on any rank: then the step is finished and saved.
    ///
    /// All ranks run this loop. They have the same gradient and state, so the guard's verdict is the same on each; rank
    /// 0 alone evaluates, because nothing depends on the result but which checkpoint is the best.
    package func run(interrupt: InterruptFlag) throws -> TrainOutcome {
        while state.step < config.train.steps {
            if try communicator.anyRank(interrupt.isRaised) {
                try save(state, isBest: due?.isBest ?? false)
                return .interrupted
            }
            var (metrics, stop) = try trainOneStep()
            if stop == nil, communicator.rank == 0 { metrics.evaluations = try evaluate() }
            try record(metrics)
            if let stop { throw stop }
            noteDue(isBest: noteBest(metrics.evaluations))
        }
        if let due { try save(due.state, isBest: due.isBest) }
        return .finished
    }

    private var isLast: Bool { state.step == config.train.steps }
    private func isDue(_ every: Int) -> Bool { every > 0 && state.step % every == 0 }

    // MARK: One step

    /// The step's numbers, and the error that ends the run after them when the guard has skipped too many.
    private func trainOneStep() throws -> (StepMetrics, stop: GuardError?) {
        let start = ContinuousClock.now
        let number = state.step + 1
        let stage = enterStage(of: number)
        let batchSize = batches.batchSize(after: state.step)
        let batch = try trainingBatches.batch(step: number, rank: communicator.rank, of: tree)
        let gradient = try step.gradient(batch)
        let (skipped, stop) = try gradient.map { try judge($0, step: number) } ?? (StepMetrics.noTargets, nil)
        let seconds = (ContinuousClock.now - start).seconds
        state.step = number
        state.stage = stage
        state.tokens += batchSize * config.train.sequenceLength
        state.seconds += seconds
        state.guardState = guardian.state
        let metrics = stepMetrics(gradient, batchSize: batchSize, seconds: seconds, skipped: skipped)
        if gradient != nil { rate.add(seconds) }
        return (metrics, stop)
    }

    /// The stage of a step. The decay has another mixture, hence another level of loss: what was normal before says
    /// nothing about it.
    private func enterStage(of number: Int) -> Stage {
        let stage = schedule.stage(at: number)
        if stage == .decay, number == 1 || schedule.stage(at: number - 1) != .decay { guardian.forgetHistory() }
        return stage
    }

    /// Asks the guard, and applies the gradient if it agrees. Returns why it was not applied, and the error that ends
    /// the run.
    private func judge(_ gradient: TrainStep.Gradient, step number: Int) throws -> (String?, GuardError?) {
        let verdict = guardian.judge(loss: gradient.loss, gradNorm: gradient.norm)
        switch verdict {
        case .apply:
            try update(gradient, step: number)
            return (nil, nil)
        case .skip(let reason, let isBroken):
            if isBroken { due = nil }
            return (reason, nil)
        case .stop(let reason):
            if !state.isProven { try folder?.store.setAside(since: state.lastUpdate) }
            let stop = GuardError.tooManySkips(
                step: number, count: guardian.state.skippedInARow, reason: reason, checkpoint: latestCheckpoint?.path)
            return (reason, stop)
        }
    }

    /// Applies a gradient that the guard accepted. It also proves the weights that it was taken at: a checkpoint of
    /// them that is due is written first.
    private func update(_ gradient: TrainStep.Gradient, step number: Int) throws {
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
            learningRate: schedule.rate(at: number), gradientNorm: gradient.norm, clip: clip > 0 ? clip : nil,
            t: state.updates)
    }

    // MARK: Numbers

    /// The numbers of the step that has just been counted in `state`.
    private func stepMetrics(
        _ gradient: TrainStep.Gradient?, batchSize: Int, seconds: Double, skipped: String?
    ) -> StepMetrics {
        let length = config.train.sequenceLength
        let tokensPerSecond = gradient == nil ? 0 : Double(batchSize * length) / seconds
        return StepMetrics(
            step: state.step, tokens: state.tokens, stage: state.stage ?? .stable, loss: gradient?.loss ?? .nan,
            learningRate: schedule.rate(at: state.step), gradNorm: gradient?.norm ?? .nan,
            sourceLosses: gradient.map { gradient in
                Dictionary(
                    uniqueKeysWithValues: gradient.sources.filter { $0.value.tokens > 0 }.map {
                        (sources[$0.key].name, $0.value.loss / Double($0.value.tokens))
                    })
            },
            seconds: seconds, tokensPerSecond: tokensPerSecond,
            gflops: FlopCount(modelConfig, sequenceLength: length).training * tokensPerSecond / 1e9,
            memoryBytes: ProcessMemory.resident, skipped: skipped, passes: trainingBatches.passes(after: state.step))
    }

    /// What the evaluators that are due say of the present weights, by name; nil where none is.
    private func evaluate() throws -> [String: Evaluation]? {
        let due = evaluators.filter { isLast || isDue($0.every ?? config.train.evalEvery) }
        guard !due.isEmpty else { return nil }
        return try Dictionary(due.map { ($0.name, try $0.evaluate(step)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether what decides on the best checkpoint is better than ever before: a benchmark's score, or the loss on the
    /// first validation set.
    private func noteBest(_ evaluations: [String: Evaluation]?) -> Bool {
        guard let value = decisive(evaluations), value < state.bestValidation ?? .infinity else { return false }
        state.bestValidation = value
        return true
    }

    /// The number by which checkpoints are compared, lower is better; nil where this step has none.
    private func decisive(_ evaluations: [String: Evaluation]?) -> Double? {
        if let (name, field) = config.benchmarks?.bestField {
            return evaluations?[name]?[field].map { EvaluationField.isLowerBetter(field) ? $0 : -$0 }
        }
        return evaluators.first.flatMap { evaluations?[$0.name]?[EvaluationField.loss] }
    }

    // MARK: Writing and talking

    private func record(_ metrics: StepMetrics) throws {
        try folder?.append(metrics)
        onStep(metrics)
        if isLast || isDue(config.train.logEvery) || metrics.skipped != nil {
            let secondsLeft = rate.secondsLeft(for: config.train.steps - state.step)
            onLine(ConsoleLine.text(metrics, of: config.train.steps, secondsLeft: secondsLeft))
            ConsoleLine.evaluations(metrics).forEach(onLine)
        }
    }

    private func noteDue(isBest: Bool) {
        if isLast || isBest || isDue(config.train.saveEvery) { due = (state, isBest || due?.isBest ?? false) }
    }

    private func save(_ state: TrainState, isBest: Bool) throws {
        guard let folder else { return }
        try folder.store.save(state, isBest: isBest) { checkpoint in
            try step.write(to: checkpoint)
            for file in data.inputs.tokenizer.ofTrainedModel {
                try AtomicFile.write(file.data, to: checkpoint.appending(path: file.name))
            }
            try AtomicFile.write(
                Data(try Recipe.yaml(config).utf8), to: checkpoint.appending(path: CheckpointStore.recipeName))
        }
    }

    /// The newest checkpoint.
    package var latestCheckpoint: URL? { folder?.latestCheckpoint }
}

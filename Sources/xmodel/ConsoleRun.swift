// A training run as a command shows it: start-up lines, a progress bar, one line a step; signals interrupt it.
// The run itself is XMTrain's TrainingRun.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import XMData
import XMModel
import XMSupport
import XMTerminal
import XMTokenizer
import XMTensor
import XMTrain

struct ConsoleRun {
    let config: TrainConfig
    let paths: TrainerPaths
    /// Keys of the recipe that may differ from what the checkpoint was trained with.
    var accepted: [String] = []
    let backend: CPUBackend
    var interrupt = InterruptFlag()

    func run() throws -> TrainOutcome {
        interrupt.install()
        var log = Logger(label: "train", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = .info
        var bar: ProgressBar?
        defer { bar?.finish() }
        var run = TrainingRun(config, paths: paths, backend: backend, start: start, log: log) {
            preparation, interrupt in
            talk("preparing shards in \(preparation.folder.path)")
            _ = try PreparationRun(preparation, pool: backend.pool, interrupt: interrupt).run()
        }
        run.accepted = accepted
        run.makeEvaluators = { inputs in
            guard let benchmarks = config.benchmarks else { return [] }
            return try TaskEvaluator.all(
                benchmarks, dataRoot: paths.dataRoot, tokenizer: inputs.tokenizer.tokenizer,
                positions: config.train.sequenceLength)
        }
        run.onStart = { trainer in
            try trainer.config.missingTargets(in: trainer.data.shards).forEach(talk)
            for change in trainer.changes { talk("change     \(change.key): \(change.from) -> \(change.to)") }
            talk(startText(trainer))
            let shown = ProgressBar(
                config.name, total: trainer.config.train.steps, startingAt: trainer.state.step, unit: " steps",
                on: .standardError, otherwise: .nothing)
            bar = shown
            trainer.onStep = { shown.update($0.step) }
            trainer.onLine = {
                shown.finish()
                talk($0)
            }
        }
        return try run.run(interrupt: interrupt)
    }

    /// Who starts the run, as run.json keeps it.
    private var start: RunInfo.Start {
        RunInfo.Start(
            date: Date(), version: Xmodel.version, commit: ProgramCommit.find(), command: CommandLine.arguments,
            hardware: RunInfo.Hardware(
                processor: DoctorCommand.cpuName(), instructionSet: backend.instructionSet.rawValue,
                threads: backend.pool.threadCount, memoryBytes: Int(ProcessInfo.processInfo.physicalMemory)))
    }

    private func startText(_ trainer: Trainer) -> String {
        let preferred = CPUBackend.preferredCompute
        let layout = trainer.step.model.weights.layout
        let groups = parameterGroups(layout, config: trainer.modelConfig, optimizer: trainer.config.optimizer)
        let sources = trainer.sources.map { "\($0.name) \(HumanText.count(Double($0.tokenCount)))" }
        return """
            model      \(HumanText.grouped(layout.count)) parameters, vocabulary \
            \(HumanText.grouped(trainer.modelConfig.vocabularySize)), \(trainer.modelConfig.layers) layers of \
            \(trainer.modelConfig.hiddenSize)
            compute    \(backend.compute.rawValue) (\(preferred.reason)); master weights, moments and sums f32
            machine    \(backend.instructionSet.rawValue) kernels, oneDNN \(CPUBackend.oneDNNVersion), \
            \(backend.pool.threadCount) threads
            data       \(sources.joined(separator: ", ")) tokens

            \(groups.describe(learningRate: trainer.config.schedule.learningRate))

            """
    }
}

// `xmodel train`: a recipe, a run folder, one line a step; the same command goes on after an interruption.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import XMData
import XMDistributed
import XMModel
import XMSupport
import XMTensor
import XMTrain

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a model as a recipe describes it.",
        discussion: """
            The data is prepared as shards first, where they are not there yet: in the recipe's data.shards, else in \
            the run folder. The run folder gets config.yaml, run.json, metrics.jsonl, checkpoints/ and report.html. \
            Running the same command again in the same folder resumes from the newest valid checkpoint. Ctrl-C, and \
            a terminal that is closed, finish the step, save and end with status 0.

              xmodel train recipes/pretrain/nano-realtext.yaml --output runs/realtext
              xmodel train recipes/pretrain/xmodel2-1.2b.yaml --dry-run
              xmodel train recipe.yaml --output runs/decay \\
                  --branch-from runs/nano/checkpoints/step-00001200
            """)

    @Argument(help: "The recipe, a YAML file; recipes/README.md lists those that come with the program.")
    var recipe: String

    @Option(help: "The run folder (default: runs/NAME).")
    var output: String?

    @Option(help: "Folder that the recipe's paths are relative to (default: XMODEL_DATA, else this folder).")
    var dataRoot: String?

    @Option(name: .customLong("set"), help: "Override a key of the recipe: --set train.steps=20. May be repeated.")
    var overrides: [String] = []

    @Option(help: "Start a decay from this stable checkpoint; the run records it as its parent.")
    var branchFrom: String?

    @Flag(help: "Print the resolved recipe, parameters, memory, FLOPs and data budget, and stop.")
    var dryRun = false

    @Flag(help: "Delete what a run left in its folder (checkpoints, metrics, shards, report) and start over.")
    var restart = false

    @OptionGroup var threading: ThreadOptions

    func run() throws {
        var config = try Recipe.load(TrainConfig.self, from: URL(filePath: recipe), overrides: overrides)
        try config.validate()
        let root = dataRootURL(dataRoot)
        let pool = threading.makePool()
        let backend = try CPUBackend(
            compute: try config.compute, pool: pool, instructionSet: try ComputeOptions.instructionSet())
        let parent = branchFrom.map { URL(filePath: $0) }
        let folder = URL(filePath: output ?? "runs/\(config.name)")
        if dryRun {
            if let parent { _ = try config.branch(from: parent) }
            let shards = TrainerPaths(output: folder, dataRoot: root).shards(config.data)
            try Output.line(try TrainPlan(config, dataRoot: root, shards: shards, backend: backend).text)
            return
        }
        if restart { try FolderRestart.run.clear(folder) }
        let paths = TrainerPaths(output: folder, dataRoot: root, branchFrom: parent)
        let outcome = try TrainRun(
            config: config, paths: paths, backend: backend, command: CommandLine.arguments
        ).run()
        talk(outcome == .finished ? "finished: \(folder.path)/report.html" : "interrupted: saved; run again to go on")
    }
}

/// The data root: the option, XMODEL_DATA, or the current folder.
func dataRootURL(_ option: String?) -> URL {
    let environment = ProcessInfo.processInfo.environment["XMODEL_DATA"].flatMap { $0.isEmpty ? nil : $0 }
    return URL(filePath: option ?? environment ?? ".")
}

/// One training run from the command line: folders, log, signals, report.
struct TrainRun {
    let config: TrainConfig
    let paths: TrainerPaths
    let backend: CPUBackend
    let command: [String]
    var interrupt = InterruptFlag()

    func run() throws -> TrainOutcome {
        try AtomicFolder.create(paths.output)
        let lock = try FolderLock(paths.output)
        defer { withExtendedLifetime(lock) {} }
        var log = Logger(label: "train", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = .info
        let start = Date()
        interrupt.install()
        let trainer: Trainer
        do {
            trainer = try Trainer(
                config, paths: paths, backend: backend, communicator: SingleProcess(), log: log
            ) { try Self.prepare($0, pool: backend.pool, interrupt: interrupt) }
        } catch PreparationError.interrupted {
            return .interrupted
        }
        try writeRunInfo(trainer, started: start)
        talk(try startText(trainer))
        let bar = ProgressBar(
            config.name, total: trainer.config.train.steps, startingAt: trainer.state.step, unit: " steps",
            on: .standardError, otherwise: .nothing)
        trainer.onStep = { bar.update($0.step) }
        trainer.onLine = {
            bar.finish()
            talk($0)
        }
        // Also of a run that the guard or a full disk stops: the report shows how far it came.
        let outcome = Result { try trainer.run(interrupt: interrupt) }
        bar.finish()
        let report = Result {
            try RunReport(folder: paths.output).write(to: paths.output.appending(path: "report.html"))
        }
        // What stopped the run comes first.
        if case .failure = outcome, case .failure(let error) = report { talk("\(error)") }
        let ending = try outcome.get()
        try report.get()
        return ending
    }

    /// Opens the shards, and makes them first where they are not there.
    private static func prepare(
        _ preparation: DataPreparation, pool: ThreadPool, interrupt: InterruptFlag
    ) throws -> PreparedFolder {
        if try preparation.existing() == nil {
            talk("preparing shards in \(preparation.folder.path)")
            _ = try PreparationRun(preparation, pool: pool, interrupt: interrupt).run()
        }
        return try PreparedFolder(preparation.folder)
    }

    private func startText(_ trainer: Trainer) throws -> String {
        let preferred = CPUBackend.preferredCompute
        let groups = parameterGroups(
            trainer.step.model.weights.layout, config: trainer.modelConfig, optimizer: trainer.config.optimizer)
        return """
            model      \(HumanText.grouped(trainer.step.model.weights.layout.count)) parameters, vocabulary \
            \(HumanText.grouped(trainer.modelConfig.vocabularySize)), \(trainer.modelConfig.layers) layers of \
            \(trainer.modelConfig.hiddenSize)
            compute    \(backend.compute.rawValue) (\(preferred.reason)); master weights, moments and sums f32
            machine    \(backend.instructionSet.rawValue) kernels, oneDNN \(CPUBackend.oneDNNVersion), \
            \(backend.pool.threadCount) threads
            data       \(trainer.sources.map { "\($0.name) \(HumanText.count(Double($0.tokenCount)))" }.joined(separator: ", ")) tokens

            \(groups.describe(learningRate: trainer.config.schedule.learningRate))

            """
    }

    private func writeRunInfo(_ trainer: Trainer, started: Date) throws {
        let file = paths.output.appending(path: "run.json")
        var info =
            (try? RunInfo.read(file)) ?? RunInfo(seeds: ["run": config.seed], parent: trainer.state.parent)
        info.starts.append(
            RunInfo.Start(
                date: started, version: Xmodel.version, commit: ProgramCommit.find(), command: command,
                hardware: RunInfo.Hardware(
                    processor: DoctorCommand.cpuName(), instructionSet: backend.instructionSet.rawValue,
                    threads: backend.pool.threadCount, memoryBytes: Int(ProcessInfo.processInfo.physicalMemory)),
                afterStep: trainer.state.step))
        try info.write(to: file)
    }
}

// `xmodel train`: a recipe, a run folder, one line a step; the same command goes on after an interruption.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import XMData
import XMDistributed
import XMModel
import XMSupport
import XMTerminal
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
            a terminal that is closed, finish the step, save and end with status 0. A recipe that differs from the \
            checkpoint's in a key that changes numbers is refused; --change accepts the key, and run.json and the \
            report keep what was changed.

              xmodel train recipes/pretrain/nano-realtext.yaml --output runs/realtext
              xmodel train recipes/pretrain/xmodel2-1.2b.yaml --dry-run
              xmodel train recipe.yaml --output runs/decay \\
                  --branch-from runs/nano/checkpoints/step-00001200
              xmodel train recipe.yaml --output runs/small \\
                  --set schedule.learning_rate=0.005 --change schedule.learning_rate
            """)

    @Argument(
        help: "The recipe, a YAML file, or - for standard input; recipes/README.md lists those that come along.")
    var recipe: String

    @Option(help: "The run folder (default: runs/NAME).")
    var output: String?

    @Option(
        help: """
            Folder that the recipe's paths are relative to (default: the recipe's data.root, else XMODEL_DATA, else the \
            recipe's folder).
            """)
    var dataRoot: String?

    @Option(name: .customLong("set"), help: "Override a key of the recipe: --set train.steps=20. May be repeated.")
    var overrides: [String] = []

    @Option(help: "Start a decay from this stable checkpoint; the run records it as its parent.")
    var branchFrom: String?

    @Option(
        name: .customLong("change"),
        help: ArgumentHelp(
            "Accept that this key, or section, differs from what the checkpoint was trained with. May be repeated.",
            valueName: "key"))
    var accepted: [String] = []

    @Flag(help: "Print the resolved recipe, parameters, memory, FLOPs and data budget, and stop.")
    var dryRun = false

    @Flag(help: "Delete what a run left in its folder (checkpoints, metrics, shards, report) and start over.")
    var restart = false

    @OptionGroup var threading: ThreadOptions

    func validate() throws {
        for key in accepted where !KeyInfluence.knows(key) {
            let near = nearestName(to: key, in: KeyInfluence.names).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("--change \(key): a recipe has no such key or section\(near)")
        }
    }

    func run() throws {
        let config = try RecipeFile.load(recipe, overrides: overrides, dataRoot: dataRoot)
        try config.validate()
        let root = config.dataRoot
        let pool = threading.makePool()
        let backend = try CPUBackend(
            compute: try config.compute, pool: pool, instructionSet: try ComputeOptions.instructionSet())
        let parent = branchFrom.map { UserPath.url($0) }
        let folder = UserPath.url(output ?? "runs/\(config.name)")
        if dryRun {
            let shards = TrainerPaths(output: folder, dataRoot: root).shards(config.data)
            let plan = try TrainPlan(
                config, dataRoot: root, shards: shards, backend: backend, branchFrom: parent, accepting: accepted)
            return try Output.line(plan.text)
        }
        if restart { try FolderRestart.run.clear(folder) }
        let paths = TrainerPaths(output: folder, dataRoot: root, branchFrom: parent)
        let outcome = try TrainRun(
            config: config, paths: paths, accepted: accepted, backend: backend, command: CommandLine.arguments
        ).run()
        guard outcome == .finished else { return talk("interrupted: saved; run the same command to go on") }
        talk(
            """
            report  \(folder.relativePath)/report.html
            Next:   \(InitCommand.program) chat --model \(folder.relativePath)
            """)
    }
}

/// One training run from the command line: folders, log, signals, report.
struct TrainRun {
    let config: TrainConfig
    let paths: TrainerPaths
    /// Keys of the recipe that may differ from what the checkpoint was trained with.
    var accepted: [String] = []
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
                config, paths: paths, accepting: accepted, backend: backend, communicator: SingleProcess(), log: log
            ) {
                let shards = try Self.prepare($0, pool: backend.pool, interrupt: interrupt)
                try config.missingTargets(in: shards).forEach(talk)
                return shards
            }
        } catch PreparationError.interrupted {
            return .interrupted
        }
        try writeRunInfo(trainer, started: start)
        for change in trainer.changes { talk("change     \(change.key): \(change.from) -> \(change.to)") }
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
        info.add(
            RunInfo.Start(
                date: started, version: Xmodel.version, commit: ProgramCommit.find(), command: command,
                hardware: RunInfo.Hardware(
                    processor: DoctorCommand.cpuName(), instructionSet: backend.instructionSet.rawValue,
                    threads: backend.pool.threadCount, memoryBytes: Int(ProcessInfo.processInfo.physicalMemory)),
                afterStep: trainer.state.step), changes: trainer.changes)
        try info.write(to: file)
    }
}

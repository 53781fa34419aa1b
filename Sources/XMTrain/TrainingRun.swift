// A whole run: folder, lock, data, trainer, run.json, metrics, checkpoints, report. It talks through callbacks and a
// logger only, so that a command, a sweep of hundreds of trials over one `PreparedData`, and tests run the same code.
// Next: RunSetup.swift (what is checked first), Trainer.swift (the loop), Report/RunReport.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Logging
package import XMData
package import XMDistributed
package import XMSupport
package import XMTensor

package struct TrainingRun {
    package var recipe: TrainConfig
    package var paths: TrainerPaths
    /// Keys or sections of the recipe that may differ from what the checkpoint was trained with.
    package var accepted: [String] = []
    /// Data that runs share; nil opens, and where needed prepares, the recipe's own.
    package var data: PreparedData?
    /// What is measured beside the recipe's validation sets.
    package var evaluators: [any Evaluator] = []
    package var backend: any Backend
    package var communicator: any Communicator = SingleProcess()
    /// Who starts the run, for run.json; the trainer knows after which step.
    package var start: RunInfo.Start
    package var log: Logger
    /// Makes shards that are not there yet.
    package var prepare: (DataPreparation, InterruptFlag) throws -> Void
    /// Called before the first step; a good place to set the trainer's callbacks.
    package var onStart: (Trainer) throws -> Void = { _ in }

    package init(
        _ recipe: TrainConfig, paths: TrainerPaths, backend: any Backend, start: RunInfo.Start, log: Logger,
        prepare: @escaping (DataPreparation, InterruptFlag) throws -> Void
    ) {
        (self.recipe, self.paths, self.backend) = (recipe, paths, backend)
        (self.start, self.log, self.prepare) = (start, log, prepare)
    }

    /// Trains until the recipe's last step, or until `interrupt` is raised: then the same run goes on where it stopped.
    package func run(interrupt: InterruptFlag) throws -> TrainOutcome {
        try AtomicFolder.create(paths.output)
        let lock = try FolderLock(paths.output)
        defer { withExtendedLifetime(lock) {} }
        let trainer: Trainer
        do {
            trainer = try makeTrainer(interrupt: interrupt)
        } catch PreparationError.interrupted {
            return .interrupted
        }
        try recordStart(trainer)
        try onStart(trainer)
        // The report is also that of a run which the guard or a full disk stops: it shows how far it came.
        let outcome = Result { try trainer.run(interrupt: interrupt) }
        let report = Result {
            try RunReport(folder: paths.output).write(to: paths.output.appending(path: RunFolder.reportName))
        }
        // What stopped the run comes first.
        if case .failure = outcome, case .failure(let error) = report { log.error("\(error)") }
        let ending = try outcome.get()
        try report.get()
        return ending
    }

    /// A trainer at the step where the run begins or goes on: every check, the data, memory and weights. For callers
    /// that run the loop themselves; `run` does the rest.
    package func makeTrainer(interrupt: InterruptFlag = InterruptFlag()) throws -> Trainer {
        let recipe = try validRecipe()
        try data?.require(recipe.data)
        let inputs = try data?.inputs ?? DataInputs(recipe.data, root: paths.dataRoot)
        // An unreadable run.json must not be found out after hours, nor be written over.
        _ = try RunInfo.read(infoFile)
        let folder = try RunFolder(paths.output, keepLast: recipe.train.keepLast, log: log)
        let origin = try RunOrigin.find(paths, store: folder.store)
        var setup = try RunSetup(
            recipe, inputs: inputs, origin: origin, compute: backend.compute, accepting: accepted)
        try MemoryEstimate(setup.config, model: setup.model, backend: backend).requireFit()
        let data = try data ?? preparedData(inputs, interrupt: interrupt)
        try setup.add(data, accepting: accepted)
        return try Trainer(
            setup, data: data, evaluators: evaluators, folder: communicator.rank == 0 ? folder : nil,
            backend: backend, communicator: communicator, log: log)
    }

    /// The recipe as it is to be trained: that of a decay where the run is a branch.
    private func validRecipe() throws -> TrainConfig {
        var recipe = recipe
        if let parent = paths.branchFrom {
            _ = try recipe.branch(from: parent)
            try AtomicFolder.verify(parent)
        }
        try recipe.validate()
        return recipe
    }

    private func preparedData(_ inputs: DataInputs, interrupt: InterruptFlag) throws -> PreparedData {
        let data = try PreparedData(inputs, folder: paths.shards(inputs.config)) { try prepare($0, interrupt) }
        ProcessMemory.releaseFree()  // reading and encoding leaves much behind that the allocator would keep
        return data
    }

    private var infoFile: URL { paths.output.appending(path: RunFolder.infoName) }

    /// Adds this start to run.json.
    private func recordStart(_ trainer: Trainer) throws {
        var info =
            try RunInfo.read(infoFile)
            ?? RunInfo(seeds: ["run": trainer.config.seed], parent: trainer.state.parent)
        var start = start
        start.afterStep = trainer.state.step
        info.add(start, changes: trainer.changes)
        try info.write(to: infoFile)
    }
}

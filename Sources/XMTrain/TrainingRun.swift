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
    /// Makes what is measured beside the recipe's validation sets.
    package var makeEvaluators: (DataInputs) throws -> [any Evaluator] = { _ in [] }
    package var backend: any Backend
    /// The ranks of the run. Each makes a run of its own with the same recipe; rank 0 alone locks, writes and talks.
    package var communicator: any Communicator = SingleProcess()
    /// Who starts the run, for run.json; the trainer knows after which step.
    package var start: RunInfo.Start
    package var log: Logger
    /// Makes shards that are not there yet.
    package var prepare: (DataPreparation, InterruptFlag) throws -> Void
    /// Called before the first step, on rank 0; a good place to set the trainer's callbacks.
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
        if isFirstRank { try AtomicFolder.create(paths.output) }
        let lock = isFirstRank ? try FolderLock(paths.output) : nil
        defer { withExtendedLifetime(lock) {} }
        let trainer: Trainer
        do {
            trainer = try makeTrainer(interrupt: interrupt)
        } catch PreparationError.interrupted {
            return .interrupted
        }
        guard isFirstRank else { return try trainer.run(interrupt: interrupt) }
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
        _ = try recipe.reductionTree(ranks: communicator.size)
        try data?.require(recipe.data)
        let inputs = try data?.inputs ?? DataInputs(recipe.data, root: paths.dataRoot)
        // An unreadable run.json must not be found out after hours, nor be written over.
        _ = try RunInfo.read(infoFile)
        let folder = isFirstRank ? try RunFolder(paths.output, keepLast: recipe.train.keepLast, log: log) : nil
        let origin = try findOrigin(folder)
        var setup = try RunSetup(
            recipe, inputs: inputs, origin: origin, compute: backend.compute, accepting: accepted)
        try MemoryEstimate(setup.config, model: setup.model, backend: backend, communicator: communicator).requireFit()
        let data = try data ?? preparedData(inputs, interrupt: interrupt)
        try setup.add(data, accepting: accepted)
        try communicator.requireAgreement(on: "fingerprint of recipe and data", setup.fingerprint)
        return try Trainer(
            setup, data: data, evaluators: try makeEvaluators(inputs), folder: folder, backend: backend,
            communicator: communicator,
            log: log)
    }

    private var isFirstRank: Bool { communicator.rank == 0 }

    /// What the run continues. Rank 0 looks, since looking sets damaged checkpoints aside, and tells the others:
    /// nothing, the branch's parent (-1), or the step of a checkpoint.
    private func findOrigin(_ folder: RunFolder?) throws -> RunOrigin? {
        let origin = try folder.flatMap { try RunOrigin.find(paths, store: $0.store) }
        let own = origin.map { $0.kind == .branch ? -1 : Double($0.state.step) }
        guard let step = try communicator.gather(own.map { [$0] } ?? [])[0].first, !isFirstRank else { return origin }
        if step < 0, let parent = paths.branchFrom { return try RunOrigin(.branch, parent) }
        let checkpoints = paths.output.appending(path: RunFolder.checkpointsName)
        return try RunOrigin(.resume, checkpoints.appending(path: CheckpointStore.name(step: Int(step))))
    }

    /// The recipe as it is to be trained: that of a decay where the run is a branch.
    private func validRecipe() throws -> TrainConfig {
        var recipe = recipe
        if let parent = paths.branchFrom {
            _ = try recipe.branch(from: parent)
            if isFirstRank { try AtomicFolder.verify(parent) }
        }
        try recipe.validate()
        return recipe
    }

    /// Rank 0 makes the shards, the others open them.
    private func preparedData(_ inputs: DataInputs, interrupt: InterruptFlag) throws -> PreparedData {
        func open() throws -> PreparedData {
            try PreparedData(inputs, folder: paths.shards(inputs.config)) { try prepare($0, interrupt) }
        }
        var first: PreparedData?
        if isFirstRank {
            do { first = try open() } catch PreparationError.interrupted {}
        }
        if try communicator.anyRank(isFirstRank && first == nil) { throw PreparationError.interrupted }
        let data = try first ?? open()
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

// `xmodel train`: a recipe, a run folder, one line a step; the same command goes on after an interruption.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import XMData
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
            Training reads token shards, which are prepared first if they do not exist: in the recipe's data.shards, \
            else in the run folder. The run folder gets config.yaml, run.json, metrics.jsonl, checkpoints/ and \
            report.html. Running the same command again in the same folder resumes from the newest valid checkpoint. \
            Ctrl-C, or closing the terminal, finishes the step, saves and exits with status 0. A recipe that differs \
            from the checkpoint's in a key that changes results is refused; --change accepts the key, and run.json and \
            the report record the change.

              xmodel train recipes/pretrain/nano-realtext.yaml --output runs/realtext
              xmodel train recipes/pretrain/xmodel2-1.2b.yaml --dry-run
              xmodel train recipe.yaml --output runs/decay \\
                  --branch-from runs/nano/checkpoints/step-00001200
              xmodel train recipe.yaml --output runs/small \\
                  --set schedule.learning_rate=0.005 --change schedule.learning_rate
            """)

    @Argument(
        help: "The recipe, a YAML file, or - for standard input; recipes/README.md lists the ones included.")
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

    @Flag(help: "Print the resolved recipe, parameters, memory, FLOPs and data budget without training.")
    var dryRun = false

    @Flag(help: "Delete what a previous run left in the folder (checkpoints, metrics, shards, report) and start over.")
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
            let rate = try MachineRate.measure(compute: backend.compute, pool: backend.pool, rounds: 3).gigaflops * 1e9
            return try Output.line(plan.text(machineRate: rate))
        }
        if restart { try FolderRestart.run.clear(folder) }
        let outcome = try ConsoleRun(
            config: config, paths: TrainerPaths(output: folder, dataRoot: root, branchFrom: parent), accepted: accepted,
            backend: backend
        ).run()
        guard outcome == .finished else { return talk("interrupted: saved; run the same command to go on") }
        talk(
            """
            report  \(folder.relativePath)/report.html
            Next:   \(InitCommand.program) chat --model \(folder.relativePath)
            """)
    }
}

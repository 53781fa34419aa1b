// `xmodel eval` itself: asks a model everything that tasks want to know and writes scores, samples and a report.
// XMEval/EvaluationPlan.swift is the work; EvalFolder.swift has the files.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMInference
import XMSupport
import XMTensor
import XMTerminal
import XMTokenizer

struct EvalRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Evaluate a model on tasks; the name may be left out.",
        discussion: """
            Every answer is stored in the output folder as it comes: after Ctrl-C or a crash the same command goes on \
            where it stopped, and another task that asks the same reuses the answer. Scores do not depend on --batch.

              xmodel eval run --model model.gguf --tasks arc_easy --output evals/model
              xmodel eval run --model runs/nano --tasks gsm8k --output evals/nano \\
                  --limit 200 --shots 3 --samples
              xmodel eval run --model model.gguf --tasks arc_easy,gsm8k --dry-run
            """)

    @Option(
        name: [.long, .short],
        help: "A GGUF file, a Hugging Face folder, a checkpoint, or a run (its newest checkpoint).")
    var model: String?

    @Option(help: ArgumentHelp("Tasks, groups, tags or YAML files, separated by commas.", valueName: "names"))
    var tasks: String?

    @Option(help: ArgumentHelp("Folder for answers, results, samples and the report.", valueName: "folder"))
    var output: String?

    @OptionGroup var data: EvalDataOptions

    @Option(help: "Only the first documents of each task, for a quick look.")
    var limit: Int?

    @Option(help: "Number of examples in front of each question (default: the task's).")
    var shots: Int?

    @Flag(help: "Write what was asked and answered: samples_TASK_TIME.jsonl.")
    var samples = false

    @Flag(help: "Write prompts through the model's chat template.")
    var chat = false

    @Flag(help: "With --chat: examples in one message of the user instead of turns of their own.")
    var singleTurn = false

    @Flag(inversion: .prefixedNo, help: "Begin every prompt with BOS (default: what the tokenizer's files say).")
    var bos: Bool?

    @Option(help: "Seed of sampled answers; greedy ones, the usual kind, have none.")
    var seed: UInt64 = 1234

    @Flag(help: "Also measure the loss by the number of tokens read before, on WikiText-2 (the report's figure 5).")
    var lossByToken = false

    @Flag(help: "Run generated programs without a sandbox: they can do what you can do.")
    var unsafeCode = false

    @Option(help: "Number of requests that run side by side.")
    var batch = 16

    @Option(
        help: ArgumentHelp(
            "How weights lie in memory: blocks, as in the file, or tiles, packed for reading many tokens at once "
                + "(default: tiles for weights that are not quantised).",
            valueName: "blocks|tiles"))
    var weights: WeightLayout?

    @OptionGroup var engine: EngineOptions

    @Flag(help: "List tasks and groups, and stop.")
    var list = false

    @Flag(help: "Print requests, tokens and the expected time, and stop.")
    var dryRun = false

    @Flag(help: "Write the samples files without answers, and stop: prompts to read or to compare. Needs no model.")
    var promptsOnly = false

    func validate() throws {
        try require(("limit", limit, 1...Most.count), ("shots", shots, 0...1000), ("batch", batch, 1...Most.batch))
        if list { return }
        guard tasks != nil else {
            throw ValidationError("--tasks is missing; 'xmodel eval --list' shows what there is")
        }
        guard promptsOnly || model != nil else {
            throw ValidationError("--model is missing; name the model to evaluate")
        }
        guard dryRun && !promptsOnly || output != nil else {
            throw ValidationError("--output is missing; answers and results are kept in that folder")
        }
        guard !singleTurn || chat else { throw ValidationError("--single-turn needs --chat") }
    }

    func run() throws {
        var library = try data.library()
        if list { return try Output.line(EvalText.list(library)) }
        let names = tasks!.split(separator: ",").map { PythonText.stripped(String($0)) }
        let (definitions, groups) = try library.resolve(names)
        let tasks = try load(definitions)
        EvalText.unknownFiles(of: tasks).forEach(talk)
        if promptsOnly { return try writePrompts(of: tasks) }

        let bundle = try ModelBundle.open(model!)
        var facts = try facts(bundle)
        let plan = try plan(tasks, bundle, facts)
        if dryRun { return try Output.line(EvalText.dryRun(plan, bundle, engine, batch: batch)) }
        let folder = try EvalFolder(UserPath.url(output!))
        let sandbox = tasks.contains { $0.definition.runsCode } ? try makeSandbox() : nil
        let curve = try lossByToken ? lossWindows(bundle) : nil
        let answers = try answer(plan, curve, bundle, folder, sandbox)
        let outcomes = answers.outcomes
        (facts.sandbox, facts.answersAsked, facts.askingSeconds) = (sandbox?.summary, answers.asked, answers.seconds)
        let results = try folder.write(
            outcomes, groups, facts, lossByToken: answers.lossByToken, withSamples: samples)
        try Output.line(ScoreTable.text(results))
        EvalText.warnings(outcomes).forEach(talk)
    }
}

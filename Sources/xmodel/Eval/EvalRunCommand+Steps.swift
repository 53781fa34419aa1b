// The steps of `xmodel eval`: tasks and their data, the plan, the answers.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMEval
import XMInference
import XMModel
import XMSupport
import XMTerminal
import XMTokenizer

extension EvalRunCommand {
    /// Tasks with their data. With --skip-missing, those whose data is missing are named and left out.
    func load(_ definitions: [TaskDefinition]) throws -> [EvalTask] {
        let loader = try data.loader()
        var tasks: [EvalTask] = []
        var missing: [String] = []
        for definition in definitions {
            do {
                tasks.append(try loader.load(definition, shots: shots))
            } catch DatasetError.missing where data.skipMissing {
                missing.append(definition.task)
            }
        }
        if !missing.isEmpty {
            talk(
                "left out for want of data: \(missing.joined(separator: ", ")); 'xmodel eval data check' says which files"
            )
        }
        guard !tasks.isEmpty else { throw EvalCommandError.noData }
        return tasks
    }

    /// A quantised model is measured as it runs elsewhere, with its blocks.
    func layout(_ file: ModelBundle) -> WeightLayout {
        weights ?? (file.weights.isQuantized || file.config.hasOwnHead ? .blocks : .tiles)
    }

    func plan(_ tasks: [EvalTask], _ file: ModelBundle, _ facts: EvalFacts) throws -> EvaluationPlan {
        var style = EvalTask.PromptStyle.plain
        if chat {
            guard let template = file.chatTemplate else { throw EvalCommandError.noTemplate(model: file.url.path) }
            style = .chat(template, multiturn: !singleTurn)
        }
        if facts.withBOS, file.tokenizer.bosID == nil { throw EvalCommandError.noBOS(model: file.url.path) }
        let encoder = RequestEncoder(
            file.tokenizer, contextLength: facts.contextLength, withBOS: facts.withBOS, stopIDs: file.stopIDs,
            weightsDigest: facts.weightsDigest, numerics: facts.numerics, seed: seed)
        return try EvaluationPlan(tasks, limit: limit, style: style, encoder: encoder)
    }

    func makeSandbox() throws -> CodeSandbox {
        try (unsafeCode ? CodeSandbox.unprotected() : CodeSandbox.find()).get()
    }

    /// The windows of --loss-by-token: the raw test split of WikiText-2.
    func lossWindows(_ file: ModelBundle) throws -> LossByToken {
        let documents = try EvalDataOptions.table().documents(
            of: "wikitext", subset: "wikitext-2-raw-v1", split: "test", in: DataRoots(data.roots)
        ).documents
        let text = documents.compactMap { $0["page"]?.string }.joined(separator: "\n")
        return LossByToken(text, file.tokenizer, windows: limit ?? .max)
    }

    /// Asks the model, with progress. Ctrl-C stops after what is being answered is stored.
    func answer(
        _ plan: EvaluationPlan, _ curve: LossByToken?, _ file: ModelBundle, _ folder: EvalFolder,
        _ sandbox: CodeSandbox?
    ) throws -> EvalAnswers {
        let store = try ResponseStore(folder.responses)
        let model = try engine.load(
            file, slots: batch, context: max(plan.longestRequest, curve?.requests.first?.ids.count ?? 0),
            layout: layout(file))
        let interrupt = InterruptFlag()
        interrupt.install()
        var bar: ProgressBar?
        defer { bar?.finish() }
        let start = ContinuousClock.now
        do {
            return try waiting(interrupt: interrupt) {
                var last = RequestRunner.Progress()
                let outcomes = try await plan.run(model, store, sandbox: sandbox) { progress in
                    if bar == nil {
                        if progress.stored > 0 {
                            talk(
                                "\(HumanText.grouped(progress.stored)) of \(HumanText.counted(progress.total, "answer")) are stored already"
                            )
                        }
                        bar = ProgressBar(
                            "eval", total: progress.total, startingAt: progress.stored, unit: " answers",
                            on: .standardError)
                    }
                    bar?.update(progress.answered)
                    last = progress
                }
                bar?.finish()
                var answers = EvalAnswers(
                    outcomes: outcomes, asked: last.answered - last.stored,
                    seconds: (ContinuousClock.now - start).seconds)
                Self.report(last, seconds: answers.seconds)
                if let curve {
                    talk("measuring the loss by token in \(HumanText.counted(curve.requests.count, "window"))")
                    answers.lossByToken = try await curve.measure(plan.runner(model, store))
                }
                return answers
            }
        } catch is CancellationError where interrupt.isRaised {
            bar?.finish()
            talk("stopped; the same command goes on from here")
            throw ExitCode(128 + SIGINT)
        }
    }

    /// How this evaluation is made, as far as it is known before it runs.
    func facts(_ file: ModelBundle) throws -> EvalFacts {
        EvalFacts(
            modelName: file.url.lastPathComponent, chatTemplate: chat ? file.chatTemplate?.source : nil,
            isMultiturn: chat && !singleTurn, contextLength: try engine.capacity(file, needed: .max),
            withBOS: bos ?? file.tokenizer.addsBOS, weightsDigest: try file.weights.digest(),
            numerics: try engine.numerics() + " " + layout(file).rawValue, limit: limit, seed: seed)
    }

    private static func report(_ progress: RequestRunner.Progress, seconds: Double) {
        let asked = progress.answered - progress.stored
        guard asked > 0 else { return }
        talk(
            "\(HumanText.counted(asked, "answer")) in \(HumanText.duration(seconds)): "
                + "\(HumanText.counted(progress.tokensRead, "token")) read, of which "
                + "\(HumanText.grouped(progress.reusedTokens)) from the cache, "
                + "\(HumanText.grouped(progress.tokensGenerated)) generated")
    }

    /// --prompts-only
    func writePrompts(of tasks: [EvalTask]) throws {
        let folder = try EvalFolder(UserPath.url(output!))
        for task in tasks {
            let instances = try task.instances(limit: limit, style: .plain)
            try SampleFile.write(
                try instances.enumerated().map { try task.promptSample($0, $1) },
                to: folder.url.appending(path: SampleFile.name(task: task.definition.task, date: folder.date)))
        }
        talk("wrote the prompts of \(HumanText.counted(tasks.count, "task")) to \(folder.url.path)")
    }
}

/// What a model said, and what asking took.
struct EvalAnswers {
    var outcomes: [TaskOutcome]
    /// Answers that the store did not have, and the time they took.
    var asked: Int
    var seconds: Double
    /// Empty where it was not wanted.
    var lossByToken: [Double] = []
}

enum EvalCommandError: Error, CustomStringConvertible {
    case noData
    case noTemplate(model: String)
    case noBOS(model: String)

    var description: String {
        switch self {
        case .noData: "there is no data for any of these tasks; 'xmodel eval data check' says which files are missing"
        case .noTemplate(let model):
            "\(model): has no chat template, so --chat has nothing to apply; leave --chat out"
        case .noBOS(let model): "\(model): its vocabulary has no BOS; leave --bos out"
        }
    }
}

// `xmodel quickstart`: the whole method in miniature, on data made here: corpus, tokenizer, stable stage, two decays
// from one checkpoint (64 % and 0 % instruction data), both asked the held-out questions.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMInference
import XMReport
import XMSupport
import XMTensor
import XMTokenizer
import XMTrain

struct QuickstartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quickstart",
        abstract: "Make a corpus, train a small Xmodel-2 on it, and see it answer questions.",
        discussion: """
            About ten minutes on two cores with AVX512-BF16, some 25 without. Run again after an interruption, it goes \
            on where it stopped.

              xmodel quickstart
              xmodel quickstart --output runs/other --set seed=2
            """)

    @Option(help: "Output folder.") var output = "runs/quickstart"
    @Option(help: "Recipe for the three runs.") var recipe = "recipes/pretrain/quickstart.yaml"
    @Option(help: "Number of held-out questions to ask.") var questions = 300
    @Option(name: .customLong("set"), help: "Override a key of the recipe. May be repeated.")
    var overrides: [String] = []
    @OptionGroup var options: ComputeOptions

    func validate() throws {
        try require(("questions", questions, 1...1_000_000))
    }

    func run() throws {
        let folder = UserPath.url(output)
        let interrupt = InterruptFlag()
        interrupt.install()
        var config = try RecipeFile.load(recipe, overrides: overrides, dataRoot: folder.path)
        try config.validate()
        let backend = try options.makeBackend()
        config.train.compute = backend.compute.rawValue
        config.data.shards = folder.appending(path: "shards").standardizedFileURL.path
        var times: [String: Double] = [:]

        try timed("corpus", &times) { try makeCorpus(folder, seed: config.seed) }
        try timed("tokenizer", &times) { try makeTokenizer(folder) }

        var stable = config
        stable.name = "stable stage"
        stable.train.steps = config.schedule.decayStart(of: config.train.steps)
        stable.schedule.decaySteps = 0
        let stableFolder = folder.appending(path: "stable")
        talk("\nstable stage on prose")
        try timed("stable", &times) { try train(stable, in: stableFolder, root: folder, backend, interrupt) }
        let checkpoint = stableFolder.appending(path: "checkpoints")
            .appending(path: CheckpointStore.name(step: stable.train.steps))

        var branches: [Branch] = []
        for (name, mixture) in [
            ("sft-64", config.mixtures.decay ?? config.mixtures.stable), ("sft-0", config.mixtures.stable),
        ] {
            var decay = config
            decay.name = name
            decay.mixtures.decay = mixture
            let run = folder.appending(path: name)
            talk("\ndecay branch \(name), from the same stable checkpoint")
            try timed(name, &times) { try train(decay, in: run, root: folder, backend, interrupt, from: checkpoint) }
            let answers = try timed("questions \(name)", &times) { try ask(run, folder, backend) }
            branches.append(Branch(name: name, folder: run, mixture: mixture, answers: answers))
            talk("\(name): \(branches.last!.accuracy.text) of the held-out questions correct")
        }
        try report(config, branches, folder: folder, times: times)
    }

    /// One decay with its answers to the held-out questions.
    private struct Branch {
        let name: String
        let folder: URL
        let mixture: [String: Double]
        let answers: [(question: SyntheticQuestion, answer: String)]

        var accuracy: Accuracy {
            Accuracy(
                correct: answers.count { AnswerCheck.finalNumber(in: $0.answer) == $0.question.final },
                asked: answers.count)
        }
    }

    private func makeCorpus(_ folder: URL, seed: UInt64) throws {
        guard !FileManager.default.fileExists(atPath: folder.appending(path: "tokenizer-corpus.txt").path) else {
            return
        }
        let summary = try SyntheticCorpus(seed: seed).write(
            to: folder, plainBytes: 6_000_000, examples: 30_000, heldOut: questions)
        talk(
            "corpus: \(HumanText.bytes(summary.plainBytes)) of prose, \(HumanText.grouped(summary.examples)) worked "
                + "answers, \(summary.heldOut) held-out questions (none occurs in the rest)")
    }

    private func makeTokenizer(_ folder: URL) throws {
        guard !FileManager.default.fileExists(atPath: folder.appending(path: "tokenizer.model").path) else { return }
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = 1024
        settings.hardVocabularyLimit = false
        let corpus = folder.appending(path: "tokenizer-corpus.txt")
        try UnigramTrainer.train(input: [corpus], prefix: folder.appending(path: "tokenizer"), settings: settings)
        let tokenizer = try SentencePieceTokenizer(contentsOf: folder.appending(path: "tokenizer.model"))
        talk("tokenizer: \(tokenizer.vocabularySize) Unigram tokens, digits split, byte fallback, chat markup")
    }

    private func train(
        _ config: TrainConfig, in folder: URL, root: URL, _ backend: CPUBackend, _ interrupt: InterruptFlag,
        from checkpoint: URL? = nil
    ) throws {
        let paths = TrainerPaths(output: folder, dataRoot: root, branchFrom: checkpoint)
        let outcome = try ConsoleRun(config: config, paths: paths, backend: backend, interrupt: interrupt).run()
        if outcome == .interrupted {
            talk("interrupted: saved; run the same command to go on")
            throw ExitCode.success
        }
    }

    /// Greedy answers to the held-out questions.
    private func ask(_ run: URL, _ folder: URL, _ backend: CPUBackend) throws -> [(SyntheticQuestion, String)] {
        let lines = try String(contentsOf: folder.appending(path: "heldout.jsonl"), encoding: .utf8).split(
            separator: "\n")
        let questions = try lines.map { try JSONDecoder().decode(SyntheticQuestion.self, from: Data($0.utf8)) }
        var shape = EngineShape(slots: 50, capacity: 192)
        shape.promptLimit = nil
        let model = EngineModel(
            try LoadedModel(try ModelBundle.open(run.path), backend: backend, shape: shape))
        let template = try model.chatTemplate ?? ChatTemplate.xmodel2()
        let requests = try questions.map {
            TextRequest(
                prompt: try template.encode(
                    [ChatMessage(role: "user", content: $0.question)], addGenerationPrompt: true,
                    tokenizer: model.tokenizer),
                options: GenerationOptions(maxTokens: 64, stopIDs: model.stopIDs))
        }
        let answers = try waiting { try await model.answers(to: requests) }
        return zip(questions, answers).map { ($0, $1.text) }
    }

    private func timed<R>(_ name: String, _ times: inout [String: Double], _ body: () throws -> R) rethrows -> R {
        let start = ContinuousClock.now
        defer { times[name] = (ContinuousClock.now - start).seconds }
        return try body()
    }

    // MARK: Results

    private func report(_ config: TrainConfig, _ branches: [Branch], folder: URL, times: [String: Double]) throws {
        var report = RunReport(
            title: "Xmodel-2 quickstart",
            trunk: try RunHistory(folder.appending(path: "stable"), name: "stable"),
            branches: try branches.map { try RunHistory($0.folder, name: $0.name) })
        report.accuracies = branches.map { ($0.name, $0.accuracy) }
        report.samples = branches[0].answers.indices.prefix(8).map { index in
            let question = branches[0].answers[index].question
            return HTMLReport.Sample(
                prompt: question.question, expected: question.answer,
                answers: branches.map { branch in
                    HTMLReport.Sample.Answer(
                        name: branch.name, text: branch.answers[index].answer,
                        isRight: AnswerCheck.finalNumber(in: branch.answers[index].answer) == question.final)
                })
        }
        try report.write(to: folder.appending(path: "report.html"))

        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let results = QuickstartResults(
            report, accuracies: Dictionary(uniqueKeysWithValues: branches.map { ($0.name, $0.accuracy) }),
            seconds: times)
        try AtomicFile.write(encoder.encode(results), to: folder.appending(path: "quickstart.json"))

        try Output.line("\nA few held-out questions and what the 64 % branch answers:\n")
        for (question, answer) in branches[0].answers.prefix(4) {
            let mark = AnswerCheck.finalNumber(in: answer) == question.final ? "right" : "wrong, \(question.final)"
            try Output.line("  \(question.question)\n  -> \(answer)  (\(mark))\n")
        }
        for branch in branches { try Output.line("\(branch.name)  \(branch.accuracy.text)") }
        try Output.line(
            """

            report   \(folder.path)/report.html
            numbers  \(folder.path)/quickstart.json
            ask it   .build/release/xmodel generate --model \(branches[0].folder.path) --chat --prompt "What is 3 + 4?"
            """)
    }
}

// `xmodel init`: from a folder of someone's own text to a tokenizer and a recipe that fit the machine and the time.
// Next: InitPlan.swift, which chooses the sizes.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMData
import XMModel
import XMSupport
import XMTerminal
import XMTensor
import XMTokenizer
import XMTrain

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a recipe and a tokenizer for your own text.",
        discussion: """
            Searches FOLDER for text (.txt, .md; .jsonl, .json, .csv, .tsv and .parquet with a text field) and for \
            conversations (records with messages, question and answer, or instruction and output), compressed or not. \
            Files named valid, validation, dev, test or heldout become validation sets and are not trained on. The \
            command trains a tokenizer on the rest, measures the speed of this machine, and chooses the model, the \
            batch size and the number of steps for the given time. The recipe explains every key; change what you \
            like before training.

              xmodel init texts --output myrun --time 30m
              xmodel init texts --output other --conversations sft.jsonl --preset nano
            """)

    @Argument(help: "The folder with your text.") var folder: String

    @Option(help: "Where recipe.yaml and the tokenizer are written (default: FOLDER's name with -run).")
    var output: String?

    @Option(help: "File or folder of conversations outside FOLDER. May be repeated.") var conversations: [String] = []

    @Option(help: "How long training may take: 90s, 30m, 2h, 1d.") var time = TrainingTime(seconds: 1800)

    @Option(help: "Model preset (default: the largest that the time and the text can train).") var preset: Preset?

    @Option(help: "Vocabulary size (default: by the size of the text).") var vocabulary: Int?

    @Flag(help: "Overwrite a recipe and a tokenizer that are there.") var force = false

    @OptionGroup var options: ComputeOptions

    func validate() throws {
        if let vocabulary, !(300...1_000_000).contains(vocabulary) {
            throw ValidationError("--vocabulary is \(vocabulary); it must be from 300 to 1000000")
        }
    }

    func run() throws {
        let text = UserPath.url(folder)
        let target = UserPath.url(output ?? text.standardizedFileURL.lastPathComponent + "-run")
        let recipe = target.appending(path: "recipe.yaml")
        let tokenizer = target.appending(path: "tokenizer.model")
        for file in [recipe, tokenizer] where !force && FileManager.default.fileExists(atPath: file.path) {
            throw CommandError.exists(file: file.path, fix: "choose another --output, or overwrite it with --force")
        }
        let survey = try FolderSurvey(text, conversations: conversations.map { UserPath.url($0) })
        try AtomicFolder.create(target)
        for (path, reason) in survey.ignored { talk("left out: \(path) (\(reason))") }

        let corpus = target.appending(path: ".corpus.txt")
        defer { try? FileManager.default.removeItem(at: corpus) }
        let counts = try read(survey.sources, into: corpus)
        let pieces = try trainTokenizer(corpus, tokenizer, textBytes: counts.reduce(0) { $0 + $1.bytes })
        talk("measuring how fast this machine trains")
        let plan = try InitPlan(
            survey: survey, counts: counts, bytesPerToken: try bytesPerToken(corpus, tokenizer),
            vocabulary: pieces, preset: preset, seconds: time.seconds, backend: try options.makeBackend())
        let config = plan.config(
            name: target.standardizedFileURL.lastPathComponent,
            sources: survey.configs(survey.sources, folder: text, base: target),
            validation: survey.configs(survey.validation, folder: text, base: target))
        try AtomicFile.write(Data(try CommentedRecipe.text(config, header: plan.header).utf8), to: recipe)
        // Read as `train` reads it: what is written here works there.
        try Recipe.load(TrainConfig.self, from: recipe).validate()
        try Output.line(plan.summary)
        try Output.line(
            """

            recipe     \(recipe.relativePath)
            tokenizer  \(tokenizer.relativePath)

            Next:  \(Self.program) train \(recipe.relativePath)
            """)
    }

    /// How this program was called, for the next command.
    static var program: String { CommandLine.arguments.first.map { $0.isEmpty ? "xmodel" : $0 } ?? "xmodel" }

    /// At most this much text trains the tokenizer: more changes next to nothing and takes minutes.
    private static let corpusBytes = 64 << 20

    private func read(_ sources: [SurveyedSource], into corpus: URL) throws -> [CorpusCount] {
        let stored = sources.flatMap(\.files).reduce(0) { $0 + $1.sizeBytes }
        let bar = ProgressBar("reading", total: max(stored >> 20, 1), startingAt: 0, unit: " MiB", on: .standardError)
        let counts = try CorpusLines.write(sources, to: corpus, maximumBytes: Self.corpusBytes) {
            bar.update(min($0 >> 20, max(stored >> 20, 1)))
        }
        bar.finish()
        for (source, count) in zip(sources, counts) {
            talk(
                "\(source.config.name): \(HumanText.counted(count.documents, source.isConversation ? "conversation" : "document")), "
                    + "\(HumanText.bytes(count.bytes)) in \(HumanText.counted(source.files.count, "file"))")
        }
        guard counts.contains(where: { $0.bytes > 0 }) else {
            throw CommandError.noText(folder: folder)
        }
        return counts
    }

    /// Trains the tokenizer and returns the size of its vocabulary.
    private func trainTokenizer(_ corpus: URL, _ tokenizer: URL, textBytes: Int) throws -> Int {
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = vocabulary ?? RunSizing.vocabulary(textBytes: textBytes)
        settings.hardVocabularyLimit = false
        if let threads = options.threading.threads { settings.threads = threads }
        talk("training a tokenizer of \(HumanText.grouped(settings.vocabularySize)) tokens")
        try UnigramTrainer.train(input: [corpus], prefix: tokenizer.deletingPathExtension(), settings: settings)
        return try SentencePieceTokenizer(contentsOf: tokenizer).vocabularySize
    }

    /// Bytes of text for each token, over the beginning of the corpus.
    private func bytesPerToken(_ corpus: URL, _ tokenizer: URL) throws -> Double {
        let file = try FileHandle(forReadingFrom: corpus)
        defer { try? file.close() }
        let sample = String(decoding: try file.read(upToCount: 1 << 20) ?? Data(), as: UTF8.self)
        let tokens = try SentencePieceTokenizer(contentsOf: tokenizer).encode(sample).count
        return Double(sample.utf8.count) / Double(max(tokens, 1))
    }
}

/// A length of time as an argument: "90s", "30m", "2h", "1d".
struct TrainingTime: ExpressibleByArgument, CustomStringConvertible {
    let seconds: Double

    init(seconds: Double) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let value = Double(argument.dropLast()),
            value > 0, value * unit <= 366 * 86_400
        else { return nil }
        seconds = value * unit
    }

    var description: String { defaultValueDescription }
    var defaultValueDescription: String {
        seconds.truncatingRemainder(dividingBy: 60) == 0 ? "\(Int(seconds / 60))m" : "\(seconds)s"
    }
}

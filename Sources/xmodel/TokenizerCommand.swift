// `xmodel tokenizer`: train a Unigram vocabulary; encode, decode and look with the tokenizer of any model.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMTokenizer

struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Train SentencePiece Unigram tokenizers, and use tokenizers.",
        subcommands: [Train.self, Encode.self, Decode.self, Template.self, Inspect.self])

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Train a vocabulary with the published settings: digits split, byte fallback, chat symbols.",
            discussion: "  xmodel tokenizer train --input corpus.txt --output tokenizer --vocabulary 8192")

        @Option(help: "Text file, one sentence a line. May be repeated.") var input: [String]
        @Option(help: "Prefix of the files: PREFIX.model and PREFIX.vocab.") var output: String
        @Option(help: "Pieces of the vocabulary.") var vocabulary = 65_280
        @Option(help: "Share of characters that get pieces of their own.") var characterCoverage = 0.9999
        @Option(help: "File with one user-defined symbol a line (default: the chat symbols).") var userSymbols: String?
        @Flag(help: "Accept fewer pieces where the text does not give as many.") var softLimit = false
        @Option(help: "Threads (default: all cores).") var threads: Int?

        func run() throws {
            var settings = UnigramTrainingSettings()
            settings.vocabularySize = vocabulary
            settings.characterCoverage = characterCoverage
            settings.hardVocabularyLimit = !softLimit
            if let threads { settings.threads = threads }
            if let userSymbols {
                guard let text = try? String(contentsOfFile: userSymbols, encoding: .utf8) else {
                    throw TokenizerError.unreadable(file: userSymbols, reason: "no such file")
                }
                settings.symbols = text.split(separator: "\n").map(String.init)
            }
            try UnigramTrainer.train(
                input: input.map { URL(filePath: $0) }, prefix: URL(filePath: output), settings: settings)
            let tokenizer = try SentencePieceTokenizer(contentsOf: URL(filePath: output + ".model"))
            talk("\(output).model: \(tokenizer.vocabularySize) pieces")
            if tokenizer.vocabularySize < vocabulary {
                talk("warning: \(vocabulary) pieces were asked for; the text gives no more than these")
            }
        }
    }

    struct ModelOption: ParsableArguments {
        @Option(help: "SentencePiece .model file, a GGUF file, a model folder, a checkpoint or a run.") var model:
            String

        func load() throws -> any Tokenizer {
            let url = URL(filePath: model)
            return url.pathExtension == "model"
                ? try SentencePieceTokenizer(contentsOf: url) : try ModelFile(model).tokenizer
        }
    }

    struct Encode: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the ids of a text, or of each line of standard input.",
            discussion: "  xmodel tokenizer encode --model tokenizer.model \"Hello world\"")

        @OptionGroup var tokenizer: ModelOption
        @Flag(help: "Print pieces instead of ids.") var pieces = false
        @Argument(help: "The text (default: lines of standard input).") var text: String?

        func run() throws {
            let tokenizer = try tokenizer.load()
            func show(_ text: String) throws {
                let parts = tokenizer.encode(text).map { pieces ? tokenizer.piece($0) : "\($0)" }
                try Output.line(parts.joined(separator: " "))
            }
            if let text { return try show(text) }
            while let line = readLine() { try show(line) }
        }
    }

    struct Decode: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the text of ids, from the command line or from lines of standard input.",
            discussion: "  xmodel tokenizer decode --model tokenizer.model 362 17445 759")

        @OptionGroup var tokenizer: ModelOption
        @Argument(help: "Ids (default: lines of standard input).") var ids: [Int32] = []

        func run() throws {
            let tokenizer = try tokenizer.load()
            if !ids.isEmpty { return try Output.line(tokenizer.decode(ids)) }
            while let line = readLine() {
                let words = line.split(separator: " ")
                let ids = words.compactMap { Int32($0) }
                guard ids.count == words.count else { throw ValidationError("'\(line)': not a list of ids") }
                try Output.line(tokenizer.decode(ids))
            }
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the vocabulary's size, special ids and first pieces.",
            discussion: "  xmodel tokenizer inspect --model tokenizer.model --count 20")

        @OptionGroup var tokenizer: ModelOption
        @Option(help: "Pieces to list.") var count = 12

        func run() throws {
            let tokenizer = try tokenizer.load()
            try Output.line("pieces   \(tokenizer.vocabularySize)")
            try Output.line(
                "unknown  \(tokenizer.unknownID)  BOS \(tokenizer.bosID.map(String.init) ?? "none")"
                    + "  EOS \(tokenizer.eosID.map(String.init) ?? "none")")
            try Output.line("SHA-256  \(tokenizer.fingerprint)")
            for id in 0..<Int32(min(max(count, 0), tokenizer.vocabularySize)) {
                try Output.line("\(id)\t\(tokenizer.piece(id))")
            }
        }
    }
}

// `xmodel tokenizer`: trains Unigram vocabularies; encodes, decodes and inspects with any model's tokenizer.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMSupport
import XMTokenizer

struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer",
        abstract: "Train SentencePiece Unigram tokenizers; encode, decode and inspect with any tokenizer.",
        discussion: """
            All subcommands but train accept the tokenizer of any model that this program reads.

              xmodel tokenizer encode --model model.gguf "Hello world"
              xmodel tokenizer inspect --model runs/nano
            """,
        subcommands: [Train.self, Encode.self, Decode.self, Template.self, Inspect.self])

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Train a Unigram vocabulary with Xmodel-2's settings: split digits, byte fallback, chat symbols.",
            discussion: """
                A text too small for the vocabulary is an error, unless --soft-limit accepts fewer pieces. Files must \
                be UTF-8; skipped lines are counted.

                  xmodel tokenizer train --input corpus.txt --output big --vocabulary 8192
                  xmodel tokenizer train --input a.txt --input b.txt --output small --soft-limit
                """)

        @Option(help: "Text file, one sentence per line. May be repeated.") var input: [String]
        @Option(help: "Prefix of the files: PREFIX.model and PREFIX.vocab.") var output: String
        @Option(help: "Vocabulary size.") var vocabulary = 65_280
        @Option(help: "Fraction of characters covered by the vocabulary; rarer ones fall back to bytes.")
        var characterCoverage = 0.9999
        @Option(help: "File with one user-defined symbol per line (default: the chat symbols).") var userSymbols:
            String?
        @Option(help: "Skip lines longer than this many bytes.") var maxLineBytes = 4192
        @Flag(help: "Accept a smaller vocabulary when the text is too small for the requested size.") var softLimit =
            false
        @OptionGroup var threading: ThreadOptions

        func validate() throws {
            try require(("vocabulary", vocabulary, 1...Most.size))
            guard 0.98...1 ~= characterCoverage else {
                throw ValidationError("--character-coverage is \(characterCoverage); it must be from 0.98 to 1")
            }
            guard 10...1 << 30 ~= maxLineBytes else {
                throw ValidationError("--max-line-bytes is \(maxLineBytes); it must be from 10 to \(1 << 30)")
            }
        }

        func run() throws {
            var settings = UnigramTrainingSettings()
            settings.vocabularySize = vocabulary
            settings.characterCoverage = characterCoverage
            settings.hardVocabularyLimit = !softLimit
            if let threads = threading.threads { settings.threads = threads }
            settings.maxSentenceLength = maxLineBytes
            if let userSymbols { settings.symbols = try UserSymbols.read(URL(filePath: userSymbols)) }
            let start = ContinuousClock.now
            // During training a signal ends the program at once, since nothing has been written yet; from then on the
            // files are written completely or not at all.
            let interrupt = InterruptFlag()
            try UnigramTrainer.train(
                input: input.map { URL(filePath: $0) }, prefix: URL(filePath: output), settings: settings,
                surveyed: Self.report, whenTrained: { interrupt.install() }
            ) {
                guard !interrupt.isRaised else { throw ExitCode(128 + SIGINT) }
            }
            let tokenizer = try SentencePieceTokenizer(contentsOf: URL(filePath: output + ".model"))
            let seconds = HumanText.duration((ContinuousClock.now - start).seconds)
            talk("\(output).model: \(HumanText.grouped(tokenizer.vocabularySize)) pieces, trained in \(seconds)")
            if tokenizer.vocabularySize < vocabulary {
                talk("warning: \(vocabulary) pieces were requested, but the text yields no more than these")
            }
        }

        /// Prints the size of the corpus, and which lines are skipped and how to avoid that; SentencePiece itself would
        /// only log it.
        private static func report(_ corpus: TrainingCorpus) {
            talk("training on \(HumanText.bytes(corpus.bytes)) of text")
            let left = corpus.leftOut
            func lines(_ count: Int) -> String { count == 1 ? "1 line" : "\(HumanText.grouped(count)) lines" }
            if left.tooLong > 0 {
                let share = 100 * Double(left.tooLongBytes) / Double(max(1, corpus.bytes))
                talk(
                    "warning: skipping \(lines(left.tooLong)) longer than --max-line-bytes, "
                        + String(format: "%.\(share < 10 ? 1 : 0)f", share)
                        + " % of the text; raise the limit, or break the lines, for example with 'fold -s -b -w 4000'")
            }
            if left.withNull > 0 {
                talk("warning: skipping \(lines(left.withNull)) containing U+0000; remove it from the text")
            }
            if left.withReserved > 0 {
                talk(
                    "warning: skipping \(lines(left.withReserved)) containing U+2585, which SentencePiece reserves; "
                        + "replace it in the text")
            }
        }
    }

    struct ModelOption: ParsableArguments {
        @Option(help: "SentencePiece .model file, a GGUF file, a model folder, a checkpoint or a run.") var model:
            String

        // The file name decides: a .model file is SentencePiece's, anything else a model with a tokenizer.
        func load() throws -> any Tokenizer {
            let url = URL(filePath: model)
            return url.pathExtension == "model"
                ? try SentencePieceTokenizer(contentsOf: url) : try ModelBundle(model).tokenizer
        }
    }

    struct Encode: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the token ids of a text, or of each line of standard input.",
            discussion: """
                Special tokens spelled out in the text are recognized; neither BOS nor EOS is added.

                  xmodel tokenizer encode --model tokenizer.model "Hello world"
                  xmodel tokenizer encode --model model.gguf --pieces < novel.txt
                """)

        @OptionGroup var tokenizer: ModelOption
        @Flag(help: "Print pieces instead of ids.") var pieces = false
        @Argument(help: "The text (default: lines of standard input).") var text: String?

        func run() throws {
            let tokenizer = try tokenizer.load()
            func show(_ text: String) throws {
                let tokens = tokenizer.encode(text).map { pieces ? tokenizer.piece($0) : "\($0)" }
                try Output.line(tokens.joined(separator: " "))
            }
            if let text { return try show(text) }
            let input = StandardInput()
            while let line = try input.line() { try show(line) }
        }
    }

    struct Decode: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the text of token ids, given as arguments or on lines of standard input.",
            discussion: """
                Without arguments, each line of standard input is a list of ids separated by spaces.

                  xmodel tokenizer decode --model tokenizer.model 362 17445 759
                  echo "362 17445" | xmodel tokenizer decode --model tokenizer.model
                """)

        @OptionGroup var tokenizer: ModelOption
        @Argument(help: "Ids (default: lines of standard input).") var ids: [Int32] = []

        func run() throws {
            let tokenizer = try tokenizer.load()
            if !ids.isEmpty { return try Output.line(tokenizer.decode(ids)) }
            let input = StandardInput()
            while let line = try input.line() {
                let words = line.split(separator: " ")
                let ids = words.compactMap { Int32($0) }
                guard ids.count == words.count else { throw CommandError.noIDs(line: line) }
                try Output.line(tokenizer.decode(ids))
            }
        }
    }

    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a tokenizer's vocabulary size, special ids and first pieces.",
            discussion: """
                The SHA-256 identifies the tokenizer: shards record it, and reject any other tokenizer.

                  xmodel tokenizer inspect --model tokenizer.model
                  xmodel tokenizer inspect --model SmolLM2-135M-Instruct.Q4_1.gguf --count 20
                """)

        @OptionGroup var tokenizer: ModelOption
        @Option(help: "Number of pieces to list.") var count = 12

        func validate() throws { try require(("count", count, 0...Most.count)) }

        func run() throws {
            let tokenizer = try tokenizer.load()
            try Output.line("pieces   \(tokenizer.vocabularySize)")
            try Output.line(
                "unknown  \(tokenizer.unknownID)  BOS \(tokenizer.bosID.map(String.init) ?? "none")"
                    + "  EOS \(tokenizer.eosID.map(String.init) ?? "none")")
            try Output.line("SHA-256  \(tokenizer.fingerprint)")
            for id in 0..<Int32(min(count, tokenizer.vocabularySize)) {
                try Output.line("\(id)\t\(tokenizer.piece(id))")
            }
        }
    }
}

// What a vocabulary cannot be made from is named before the library sees it, and its refusals are put in our words.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport
import XMTokenizer

@Suite("UnigramTrainerTests")
struct UnigramTrainerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func message(
        _ file: URL, prefix: String = "t", _ change: (inout UnigramTrainingSettings) -> Void = { _ in }
    ) -> String {
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = 5000
        settings.threads = 1
        change(&settings)
        do {
            try UnigramTrainer.train(input: [file], prefix: folder.url.appending(path: prefix), settings: settings)
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("files without a usable line, missing ones and folders that cannot be written to are named")
    func inputs() throws {
        let good = try folder.file("good.txt", "some words\n")
        #expect(message(try folder.file("empty.txt", "")).contains("empty.txt: contains no text"))
        #expect(message(try folder.file("blank.txt", " \n\n\t")).contains("blank.txt: contains no text"))
        #expect(
            message(try folder.file("long.txt", String(repeating: "a", count: 5000)))
                .contains("no line of at most 4192 bytes"))
        #expect(message(folder.url.appending(path: "none.txt")).contains("none.txt: cannot be read"))
        #expect(message(folder.url).contains("not a regular file"))
        let unwritable = message(good, prefix: "nowhere/t")
        #expect(unwritable.contains("nowhere/t.model: cannot be written (the folder "))
    }

    @Test("a good model stays until another one is whole; the list of pieces is that of the model")
    func replaced() throws {
        struct Stop: Error {}
        let words = ["the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "ran", "away"]
        let text = (0..<300).map { i in (0..<8).map { words[(i * 7 + $0 * 3) % words.count] }.joined(separator: " ") }
        let file = try folder.file("text.txt", text.joined(separator: "\n"))
        var settings = UnigramTrainingSettings()
        settings.hardVocabularyLimit = false
        settings.threads = 1
        for name in ["t.model", "t.vocab"] { _ = try folder.file(name, "good") }
        func content(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: folder.url.appending(path: name)), as: UTF8.self)
        }
        let prefix = folder.url.appending(path: "t")
        #expect(throws: Stop.self) {
            try UnigramTrainer.train(
                input: [file], prefix: prefix, settings: settings,
                whenTrained: { #expect((try? content("t.vocab")) == "good") }, check: { throw Stop() })
        }
        #expect(try content("t.model") == "good")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path).count == 3, "nothing is left behind")
        try UnigramTrainer.train(input: [file], prefix: prefix, settings: settings)
        let made = try SentencePieceTokenizer(contentsOf: folder.url.appending(path: "t.model"))
        let lines = try content("t.vocab").components(separatedBy: "\n")
        #expect(lines.prefix(4) == ["<unk>\t0", "<s>\t0", "</s>\t0", "<|im_start|>\t0"])
        #expect(lines[lines.count - 2].hasPrefix(made.piece(Int32(made.vocabularySize - 1)) + "\t-"))
    }

    @Test("a text that gives too few pieces is an error that says how many, unless fewer are accepted")
    func vocabularyLimit() throws {
        let words = ["the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "ran", "away"]
        let text = (0..<300).map { i in (0..<8).map { words[(i * 7 + $0 * 3) % words.count] }.joined(separator: " ") }
        let file = try folder.file("text.txt", text.joined(separator: "\n"))
        // More than the strings of the text is refused before training, a little less by the library after it.
        let early = message(file)
        #expect(early.contains("candidate strings") && early.contains("5000 pieces were requested"))
        #expect(early.contains("--vocabulary") && early.contains("--soft-limit"))
        let most = try #require(early.firstMatch(of: /only (\d+) candidate strings/).flatMap { Int($0.1) })
        let late = message(file) { $0.vocabularySize = most }
        #expect(late.contains("\(most) were requested") && late.contains("--soft-limit"))
        #expect(message(file) { $0.vocabularySize = 10 }.contains("from 268"))
        #expect(message(file) { $0.vocabularySize = 270 }.contains("request at least 28"))
        #expect(message(file) { $0.hardVocabularyLimit = false } == "no error")
        let made = try SentencePieceTokenizer(contentsOf: folder.url.appending(path: "t.model"))
        #expect((264..<5000).contains(made.vocabularySize))
    }

    // MARK: - What the text may hold

    /// The pieces of a vocabulary trained on `text`, and what of it was left out.
    private func pieces(
        _ text: String, symbols: [String]? = nil, size: Int = 330
    ) throws -> (pieces: [String], corpus: TrainingCorpus) {
        var settings = UnigramTrainingSettings()
        (settings.vocabularySize, settings.hardVocabularyLimit, settings.threads) = (size, false, 1)
        if let symbols { settings.symbols = symbols }
        var found: TrainingCorpus?
        try UnigramTrainer.train(
            input: [try folder.file("a, \"b\".txt", text)], prefix: folder.url.appending(path: "t"), settings: settings,
            surveyed: { found = $0 })
        let tokenizer = try SentencePieceTokenizer(contentsOf: folder.url.appending(path: "t.model"))
        return ((0..<Int32(tokenizer.vocabularySize)).map { tokenizer.piece($0) }, try #require(found))
    }

    private let text = "some words, and more words; some of them again\nwords that come twice come twice\n"

    @Test(
        "a file of symbols has one a line, whatever ends the lines and whatever is in them",
        arguments: [
            ("<|im_start|>\r\n<|im_end|>\r\n", ["<|im_start|>", "<|im_end|>"]), (",\n;\n", [",", ";"]),
            ("\u{FEFF}a,b\r\n\r\n\"q\"", ["a,b", "\"q\""]), (" x y \r<e\u{301}>\r", [" x y ", "<e\u{301}>"]),
            ("\"\"\n\"a,\"\n", ["\"\"", "\"a,\""]), ("", []),
        ])
    func symbolFiles(content: String, symbols: [String]) throws {
        let read = try UserSymbols.read(try folder.file("symbols.txt", content))
        #expect(read.map { Array($0.utf8) } == symbols.map { Array($0.utf8) })
        // As SentencePiece's own Python interface numbers a list of symbols: behind unknown, BOS and EOS.
        let found = try pieces(text, symbols: read).pieces
        #expect(Array(found[..<(4 + symbols.count)]) == ["<unk>", "<s>", "</s>"] + symbols + ["<0x00>"])
    }

    @Test(
        "symbols that cannot be pieces are refused",
        arguments: [
            ("a\nb\na\n", "'a' is a duplicate"), ("</s>\n", "'</s>' is predefined in every vocabulary"),
            ("<0x4F>", "'<0x4F>' is predefined"), ("a\0b", "U+0000"),
        ])
    func badSymbols(content: String, reason: String) throws {
        let file = try folder.file("symbols.txt", content)
        #expect { try UserSymbols.read(file) } throws: { "\($0)".contains("symbols.txt: ") && "\($0)".contains(reason) }
        try Data([0x61, 0x0A, 0xE9]).write(to: file)
        #expect { try UserSymbols.read(file) } throws: { "\($0)".contains("line 2 is not UTF-8") }
        let none = folder.url.appending(path: "none.txt")
        #expect { try UserSymbols.read(none) } throws: { "\($0)".contains("none.txt: cannot be read") }
    }

    @Test("lines that end in CRLF or CR and a byte order mark give the pieces of those that end in LF")
    func lineEnds() throws {
        let unix = try pieces(text).pieces
        for end in ["\r\n", "\r"] {
            #expect(try pieces("\u{FEFF}" + text.replacing("\n", with: end)).pieces == unix)
        }
        #expect(!unix.contains { $0.contains("\r") })
    }

    @Test("skipped lines are counted")
    func leftOut() throws {
        let long = String(repeating: "zzyzx ", count: 700)
        let (pieces, corpus) = try pieces(text + long + "\n\n" + long + "\nqqq\0qqq\nqqqqq \u{2585}\n")
        #expect(corpus.leftOut.tooLong == 2 && corpus.leftOut.tooLongBytes == 8400)
        #expect(corpus.leftOut.withNull == 1 && corpus.leftOut.withReserved == 1 && corpus.lines == 6)
        #expect(!pieces.contains { $0.contains("z") || $0.contains("q") })
        #expect(try self.pieces(text).corpus.leftOut.isNothing)
    }

    @Test(
        "text that is not UTF-8 is refused, never trained as U+FFFD",
        arguments: [
            (
                [0x61, 0x0A, 0x63, 0x61, 0x66, 0xE9],
                "line 2 is not UTF-8; convert the file first, for example from ISO-8859-1"
            ),
            ([0xFF, 0xFE, 0x61, 0x00], "from UTF-16"), ([0x61, 0x00, 0x62, 0x00], "U+0000 in every line"),
        ] as [([UInt8], String)])
    func encodings(bytes: [UInt8], reason: String) throws {
        let file = try folder.file("old.txt", "")
        try Data(bytes).write(to: file)
        #expect(message(file).contains("old.txt: ") && message(file).contains(reason))
    }

    @Test("settings that the library refuses are refused in our words")
    func settings() throws {
        let file = try folder.file("text.txt", text)
        let changes: [(inout UnigramTrainingSettings) -> Void] = [
            { $0.vocabularySize = 0 }, { $0.vocabularySize = -5 }, { $0.vocabularySize = 1 << 40 },
            { $0.characterCoverage = 0.5 }, { $0.characterCoverage = .nan }, { $0.maxPieceLength = 0 },
            { $0.maxSentenceLength = 9 }, { $0.threads = 0 }, { $0.symbols = ["a", "a"] }, { $0.symbols = [""] },
        ]
        for change in changes {
            let found = message(file, change)
            #expect(found.contains("must be from") || found.contains("remove"), "\(found)")
            #expect(!found.contains("INTERNAL") && !found.contains(".cc"), "\(found)")
        }
    }
}

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
        #expect(message(try folder.file("empty.txt", "")).contains("empty.txt: holds no text"))
        #expect(message(try folder.file("blank.txt", " \n\n\t")).contains("blank.txt: holds no text"))
        #expect(
            message(try folder.file("long.txt", String(repeating: "a", count: 5000)))
                .contains("no line of at most 4192 bytes"))
        #expect(message(folder.url.appending(path: "none.txt")).contains("none.txt: cannot be read"))
        #expect(message(folder.url).contains("not a regular file"))
        #expect(message(try folder.file("a,b.txt", "words")).contains("comma in its path"))
        let unwritable = message(good, prefix: "nowhere/t")
        #expect(unwritable.contains("nowhere/t.model: cannot be written (there is no folder"))
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
        #expect(early.contains("strings that could become pieces") && early.contains("5000 pieces are asked for"))
        #expect(early.contains("--vocabulary") && early.contains("--soft-limit"))
        let most = try #require(early.firstMatch(of: /only (\d+) strings/).flatMap { Int($0.1) })
        let late = message(file) { $0.vocabularySize = most }
        #expect(late.contains("\(most) are asked for") && late.contains("--soft-limit"))
        #expect(message(file) { $0.vocabularySize = 10 }.contains("10 pieces do not hold"))
        #expect(message(file) { $0.hardVocabularyLimit = false } == "no error")
        let made = try SentencePieceTokenizer(contentsOf: folder.url.appending(path: "t.model"))
        #expect((264..<5000).contains(made.vocabularySize))
    }
}

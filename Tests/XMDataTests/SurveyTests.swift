// A folder of someone's own text becomes sources: what a file holds is told from its records.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTestSupport

@Suite("SurveyTests")
struct SurveyTests {
    private let folder: TemporaryFolder
    private var texts: URL { folder.url.appending(path: "texts") }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: texts, withIntermediateDirectories: true)
    }

    private func survey() throws -> FolderSurvey { try FolderSurvey(texts) }

    @Test(
        "a file is what its records are",
        arguments: [
            ("a.txt", "Once upon a time.\n", "text", SourceConfig.Format.text, nil as String?),
            ("a.jsonl", #"{"text": "Once"}"#, "text", .text, nil),
            ("a.jsonl", #"{"id": 1, "content": "Once"}"#, "text", .text, "content"),
            ("a.json", #"[{"messages": [{"role": "user", "content": "Hi"}]}]"#, "chat", .messages, nil),
            ("a.jsonl", #"{"conversations": [{"from": "human", "value": "Hi"}]}"#, "chat", .sharegpt, nil),
            ("a.jsonl", #"{"instruction": "Add", "input": "", "output": "3"}"#, "chat", .instruction, nil),
            ("a.csv", "question,answer\n1+1,2\n", "chat", .qa, nil),
        ])
    func kinds(name: String, content: String, source: String, format: SourceConfig.Format, field: String?) throws {
        _ = try folder.file("texts/" + name, content)
        let sources = try survey().sources
        #expect(sources.map(\.config.name) == [source])
        #expect(sources[0].config.format == format && sources[0].config.field == field)
    }

    @Test("names of a question and its answer are mapped")
    func fields() throws {
        _ = try folder.file("texts/a.jsonl", #"{"prompt": "1+1", "response": "2"}"#)
        #expect(try survey().sources[0].config.fields == ["question": "prompt", "answer": "response"])
    }

    @Test("a whole folder is one source; mixed folders name patterns and files; validation stays apart")
    func patterns() throws {
        for name in ["a", "b", "c", "d"] { _ = try folder.file("texts/\(name).txt", "text\n") }
        var found = try survey()
        let base = folder.url.appending(path: "run")
        #expect(found.configs(found.sources, folder: texts, base: base).map(\.files) == [["../texts"]])

        _ = try folder.file("texts/chat.jsonl", #"{"messages": []}"#)
        _ = try folder.file("texts/other.jsonl", #"{"id": 1}"#)
        found = try survey()
        #expect(
            found.configs(found.sources, folder: texts, base: base).map(\.files)
                == [["../texts/**/*.txt"], ["../texts/chat.jsonl"]])
        #expect(found.ignored.map(\.reason) == ["its fields are id"])

        _ = try folder.file("texts/valid.txt", "measured\n")
        found = try survey()
        #expect(found.configs(found.validation, folder: texts, base: base).map(\.files) == [["../texts/valid.txt"]])
        #expect(found.configs(found.sources, folder: texts, base: base)[0].files.count == 4)  // no pattern fits now
    }

    @Test("a folder without text says what is read")
    func nothing() throws {
        _ = try folder.file("texts/a.jsonl", #"{"id": 1, "size": 3}"#)
        #expect {
            _ = try survey()
        } throws: {
            "\($0)".contains("its fields are id, size") && "\($0)".contains("text is read from .txt")
        }
    }

    @Test("lines for the tokenizer: all text once, long lines broken at a blank or between characters")
    func corpus() throws {
        let words = (0..<2000).map { "word\($0)" }.joined(separator: " ")
        let unbroken = String(repeating: "ж", count: 5000)
        _ = try folder.file("texts/a.txt", "one\r\n\r\ntwo\n\(words)\n\(unbroken)\n")
        _ = try folder.file("texts/b.jsonl", #"{"question": "1+1", "answer": "2"}"# + "\n")
        let file = folder.url.appending(path: "corpus.txt")
        let counts = try CorpusLines.write(try survey().sources, to: file, maximumBytes: 1 << 30) { _ in }
        #expect(counts.map(\.documents) == [1, 1])
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 4000 })
        #expect(lines.prefix(2) == ["one", "two"] && lines.suffix(2) == ["1+1", "2"])
        let joined = lines.dropFirst(2).dropLast(2).joined()
        #expect(joined == words + unbroken)
        // Beyond the limit, lines are chosen evenly.
        _ = try CorpusLines.write(try survey().sources, to: file, maximumBytes: 4000) { _ in }
        #expect(try Data(contentsOf: file).count < 20_000)
    }
}

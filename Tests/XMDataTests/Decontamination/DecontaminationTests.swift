// Phrases of evaluation sets are found in documents, and named.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMData

@Suite("DecontaminationTests")
struct DecontaminationTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try folder.file(
            "math.jsonl",
            #"{"question": "One two three four five six seven eight nine ten eleven twelve thirteen?", "answer": "a1 a2 a3 a4 <<1+1=2>>a5 a6 a7 a8 a9 a10 a11 a12 a13"}"#
        )
        _ = try folder.file(
            "quiz.csv", "b1 b2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 b13,short one here now,B\nx,\"我们今天去公园看花和树木玩耍吧\",C\n")
        _ = try folder.file(
            "tasks.json", #"{"canary": "c", "examples": [{"input": "d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 d13 d14"}]}"#
        )
    }

    private func decontaminator(words: Int = 13, minimumWords: Int? = nil) throws -> Decontaminator {
        let sets = [
            EvaluationSet(name: "math", files: ["math.jsonl"]),
            EvaluationSet(name: "quiz", files: ["quiz.csv", "tasks.json"]),
        ]
        return Decontaminator(
            try ContaminationIndex(
                DecontaminationConfig(sets: sets, words: words, minimumWords: minimumWords), root: folder.url))
    }

    private func document(_ text: String) -> Document {
        Document(text: text, origin: DocumentOrigin(file: "train.txt", record: 4))
    }

    @Test(
        "thirteen words in a row are found whatever the case and punctuation, and named as the document has them",
        arguments: [
            (
                "He asked: \"ONE, two; three four five six — seven eight nine ten eleven twelve thirteen\".", "math",
                "ONE, two; three four five six — seven eight nine ten eleven twelve thirteen"
            ),
            ("a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13", "math", "a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13"),
            ("a4 1+1=2 a5 a6 a7 a8 a9 a10 a11 a12 a13", "math", "a4 1+1=2 a5 a6 a7 a8 a9 a10 a11 a12 a13"),
            ("x b1\nb2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 b13", "quiz", "b1\nb2 b3 b4 b5 b6 b7 b8 b9 b10 b11 b12 b13"),
            ("是的，我们今天去公园，看花和树木玩耍！", "quiz", "我们今天去公园，看花和树木玩"),
            ("0 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 d13 d14", "quiz", "d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12 d13 d14"),
        ])
    func found(text: String, set: String, phrase: String) throws {
        var decontaminator = try decontaminator()
        let checked = decontaminator.check(document(text))
        let found = try #require(checked)
        #expect(found.set == set && found.phrase == phrase && found.origin.record == 4)
        #expect(decontaminator.report.removed == [found] && decontaminator.report.documents == 1)
    }

    @Test("twelve words, other words and single fields put together are clean")
    func clean() throws {
        var decontaminator = try decontaminator()
        for text in [
            "two three four five six seven eight nine ten eleven twelve thirteen", "", "!!",
            "one two three four five six x seven eight nine ten eleven twelve thirteen", "short one here now",
        ] {
            let found = decontaminator.check(document(text))
            #expect(found == nil, "\(text)")
        }
        #expect(decontaminator.report.documents == 5 && decontaminator.report.removed.isEmpty)
    }

    @Test("the number of words is configurable, and short texts can count as a whole")
    func lengths() throws {
        var five = try decontaminator(words: 5)
        let inside = five.check(document("x three four five six seven y"))
        #expect(inside?.phrase == "three four five six seven")
        var short = try decontaminator(minimumWords: 4)
        let whole = short.check(document("a SHORT one, here now b"))
        #expect(whole?.phrase == "SHORT one, here now")
        let part = short.check(document("one two three four five six"))
        #expect(part == nil)
    }

    private func index(
        _ content: String, name: String = "set.jsonl", minimumWords: Int? = nil
    ) throws -> ContaminationIndex {
        _ = try folder.file(name, content)
        let config = DecontaminationConfig(
            sets: [EvaluationSet(name: "asked", files: [name])], minimumWords: minimumWords)
        return try ContaminationIndex(config, root: folder.url)
    }

    private static let long = "the process by which a green plant turns light water and carbon dioxide into sugar"

    @Test("texts in lists and objects at any depth are searched for, and those that are too short are counted")
    func depth() throws {
        let made = try index(
            #"{"question": "What is it?", "choices": ["\#(Self.long)", "other", ""], "answer": 0}"# + "\n"
                + #"{"messages": [{"role": "user", "content": [{"text": "\#(Self.long.uppercased()) too"}]}]}"#)
        #expect(made.sets[0].searched == 2 && made.sets[0].tooShort == 3 && made.sets[0].longest == 16)
        #expect(made.sets[0].phrases == 4)  // 3 of the first, one more of the second
        var search = Decontaminator(made)
        let found = search.check(document("They say \(Self.long)."))
        #expect(found?.set == "asked" && found?.example.record == 0)
        #expect(
            DecontaminationSummary(config: DecontaminationConfig(sets: []), sets: made.sets).lines
                == ["evaluation set asked: searching for 2 texts; 3 skipped with fewer than 13 words"])
    }

    @Test(
        "a set of which nothing would be searched for is an error",
        arguments: [
            ("set.jsonl", "", "set.jsonl contains no text; fetch"), ("set.json", "[]", "set.json contains no text"),
            ("set.csv", "\n", "contains no text"), ("set.jsonl", "{\"a\": 1}\n", "contains no text"),
            ("set.jsonl", "{\"a\": \"tr", "(record set.jsonl:0 ("),
            ("set.parquet", "PAR1 and no more", "set.parquet"),
            (
                "set.jsonl", "{\"a\": \"How many apples are left?\"}",
                "its 1 texts have at most 5 words, but only texts of at least 13"
            ),
        ])
    func unusable(name: String, content: String, reason: String) {
        #expect { try index(content, name: name) } throws: {
            "\($0)".hasPrefix("evaluation set 'asked': ") && "\($0)".contains(reason)
        }
    }

    @Test("rows that cannot be read are counted, and the first is named")
    func unreadable() throws {
        let made = try index("{\"a\": \"\(Self.long)\"}\n{\"a\": \"b {\"a\n[\n")
        #expect(made.sets[0].searched == 1 && made.sets[0].unreadable == 2)
        let lines = DecontaminationSummary(config: DecontaminationConfig(sets: []), sets: made.sets).lines
        #expect(lines[0].contains("searching for 1 text; 2 skipped as unreadable, first set.jsonl:1 ("))
    }

    @Test("short texts are searched for as a whole when the recipe says so")
    func short() throws {
        let made = try index("{\"a\": \"How many apples are left?\"}", minimumWords: 5)
        #expect(made.sets[0].searched == 1 && made.sets[0].tooShort == 0)
        var search = Decontaminator(made)
        #expect(search.check(document("and how many apples are LEFT then"))?.phrase == "how many apples are LEFT")
    }

    @Test("a copy in another case, Unicode form or with invisible characters is found")
    func forms() throws {
        let text = "Żółta łódź Łukasza płynęła źle Ówczesną rzeką Ńeną ćwierć Ęgi Ąbc śnieżną Żabią łąką"
        let made = try index("{\"a\": \"\(text)\"}")
        for copy in [
            text.uppercased(), text.lowercased(), text.decomposedStringWithCanonicalMapping,
            text.replacing("ó", with: "ó\u{AD}"), text.replacing("a ", with: "a\u{200B}, "),
        ] {
            var search = Decontaminator(made)
            #expect(search.check(document("x " + copy + " y"))?.set == "asked", "\(copy)")
        }
    }

    @Test("another text of a set under a folder that was begun is refused")
    func changed() throws {
        let config = DecontaminationConfig(sets: [])
        try DecontaminationSummary(config: config, sets: try index("{\"a\": \"\(Self.long)\"}").sets).write(
            to: folder.url)
        let now = try index("{\"a\": \"x \(Self.long)\"}").sets
        #expect { try DecontaminationSummary(config: config, sets: now).write(to: folder.url) } throws: {
            "\($0)".contains("evaluation set 'asked' has changed")
        }
        #expect(try DecontaminationSummary.read(folder.url)?.sets[0].searched == 1)
    }

    @Test("a set without files is an error")
    func missing() {
        let config = DecontaminationConfig(sets: [EvaluationSet(name: "none", files: ["none/*.jsonl"])])
        #expect { try ContaminationIndex(config, root: folder.url) } throws: { "\($0)".contains("none/*.jsonl") }
    }

    @Test(
        "every example of the real sets that is long enough is found in itself; the novels hold none",
        .enabled(if: DataRoot.has("eval/gsm8k"), "no eval below XMODEL_DATA"))
    func realSets() throws {
        let names = ["gsm8k", "math", "humaneval", "mmlu", "bbh", "ceval", "icl"]
        let config = DecontaminationConfig(sets: names.map { EvaluationSet(name: $0, files: ["eval/\($0)"]) })
        let index = try ContaminationIndex(config, root: DataRoot.url)
        #expect(index.sets.allSatisfy { $0.phrases > 1000 }, "\(index.sets)")
        var own = Decontaminator(index)
        let files = try DocumentFiles(["eval/gsm8k/test.jsonl"], root: DataRoot.url).files
        for document in try Reading.all(files[0].open(ReaderOptions(field: "question"))) { _ = own.check(document) }
        #expect(own.report.removed.count == own.report.documents && own.report.removed.allSatisfy { $0.set == "gsm8k" })
        var books = Decontaminator(index)
        for file in try DocumentFiles(["text/books"], root: DataRoot.url).files {
            for document in try Reading.all(file.open(ReaderOptions())) { _ = books.check(document) }
        }
        #expect(books.report.removed.isEmpty && books.report.documents == 12)
    }
}

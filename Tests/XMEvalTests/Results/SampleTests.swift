// Sample lines in the harness's own words: read, written, hashed, and understood.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport

@Suite("SampleTests")
struct SampleTests {
    private static func lines(_ task: String) throws -> [JSONObject] {
        try JSONLines.lines(
            of: HarnessFixture.text("samples_\(task)_2026-01-02T03-04-05.678901.jsonl", of: "a")
        ).compactMap { try JSONValue.parse($0.text).object }
    }

    @Test("a line is written as it was read: the same members in the same order", arguments: HarnessFixture.tasks)
    func roundTrip(task: String) throws {
        let (lines, samples) = (try Self.lines(task), try HarnessFixture.results("a").samples(of: task))
        #expect(lines.count == samples.count && !lines.isEmpty)
        for (line, sample) in zip(lines, samples) {
            #expect(sample.json.keys == line.keys && JSONValue.object(sample.json) == .object(line))
        }
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "samples.jsonl")
        try SampleFile.write(samples, to: file)
        #expect(try SampleFile.read(file) == samples)
    }

    @Test("documents, prompts and targets have the harness's hashes", arguments: HarnessFixture.tasks)
    func hashes(task: String) throws {
        func hash(_ text: String) -> String { SHA256.hex(of: Data(text.utf8)) }
        for sample in try HarnessFixture.results("a").samples(of: task) {
            #expect(hash(JSONValue.object(sample.doc).pythonIndentedText) == sample.docHash)
            #expect(hash(sample.arguments[0][0].string ?? "") == sample.promptHash)
            #expect(hash(sample.target) == sample.targetHash)
        }
    }

    @Test("responses are Python's text for numbers and flags")
    func responses() {
        #expect(Sample.logLikelihood(-12.5, isGreedy: true).text == #"["-12.5","True"]"#)
        #expect(Sample.logLikelihood(-0.0, isGreedy: false).text == #"["-0.0","False"]"#)
        for (value, text) in [
            (-1e-5, "-1e-05"), (1e15, "1000000000000000.0"), (12_345_678_901_234_568, "1.2345678901234568e+16"),
            (1e16, "1e+16"), (-1e17, "-1e+17"), (0.1, "0.1"), (-.infinity, "-inf"), (.nan, "nan"), (3, "3.0"),
        ] {
            #expect(Sample.logProbability(value) == .string(text))
        }
        #expect(JSONValue.double(.infinity) == .null && JSONValue.double(0.25).text == "0.25")
    }

    @Test("choices, the right one and the chosen one are read from the harness's members")
    func choices() throws {
        for task in ["sums_small", "sums_large", "who"] {
            for sample in try HarnessFixture.results("a").samples(of: task) {
                // The document's own gold, which the harness's line has no member for.
                let gold = try #require(sample.doc[task == "who" ? "answer" : "gold"]?.integer)
                let question = try #require(sample.question)
                #expect(question.gold == [gold])
                #expect((question.top == gold) == (sample.metric("acc")?.double == 1))
                #expect(sample.isRight == (question.top == gold))
                #expect(sample.confidence.map { (0.25...1).contains($0) } == true)
            }
        }
        let who = try #require(try HarnessFixture.results("a").samples(of: "who").first)
        #expect(who.prompt == "Door 0 was too narrow for the crate because the …")
        #expect(who.expected == "Door 0 was too narrow for the crate because the door was too big.")
    }

    @Test("answers, what was found in them, and that nothing was found")
    func answers() throws {
        let samples = try HarnessFixture.results("a").samples(of: "sums_written")
        #expect(Set(samples.map(\.filter)) == ["strict-match", "flexible-extract"])
        #expect(samples.allSatisfy { $0.logLikelihoods == nil && $0.question == nil && $0.confidence == nil })
        let unanswered = samples.filter(\.isUnanswered)
        #expect(!unanswered.isEmpty && unanswered.allSatisfy { $0.isRight == false && $0.extracted == "[invalid]" })
        let page = try #require(try HarnessFixture.results("a").samples(of: "pages").first)
        #expect(page.isRight == nil && page.score == nil && page.question == nil)
    }

    @Test(
        "the gold is an index, a list, or a choice's text",
        arguments: [("1", [1]), ("[0, 2]", [0, 2]), ("b", [1]), (" c", [2]), ("7", []), ("z", []), ("", [])]
            as [(String, Set<Int>)])
    func gold(target: String, gold: Set<Int>) {
        var sample = Sample(
            docID: 0, doc: [:], target: target,
            arguments: ["a", "b", "c"].map { [.string("q"), .string(" " + $0)] }, responses: [],
            filteredResponses: [-1, -2, -3].map { Sample.logLikelihood($0, isGreedy: false) }, filter: "none",
            metrics: [.init("acc", 1)], docHash: "", promptHash: "", targetHash: "")
        #expect(sample.gold == gold)
        sample.filteredResponses.removeLast(2)
        #expect(sample.logLikelihoods == nil)
    }

    @Test("a broken file is an error that names its line")
    func broken() throws {
        let folder = try TemporaryFolder()
        let good = JSONValue.object(try #require(try Self.lines("who").first)).text
        func error(_ text: String) throws -> ResultsError? {
            let file = try folder.file("samples.jsonl", text)
            return #expect(throws: ResultsError.self) { try SampleFile.read(file) }
        }
        let path = folder.url.appending(path: "samples.jsonl").path
        #expect(try error(good + "\n[1]\n") == .malformed(path, line: 2, "not an object"))
        #expect(try error(good + "\n\n" + good.dropLast(9))?.description.contains("line 3: ") == true)
        let without = good.replacingOccurrences(of: "\"doc_id\"", with: "\"id\"")
        #expect(try error(without) == .malformed(path, line: 1, "no usable \"doc_id\""))
        #expect(throws: ResultsError.unreadable(path + "x")) {
            try SampleFile.read(URL(filePath: path + "x"))
        }
        #expect(try SampleFile.read(folder.file("empty.jsonl", "")).isEmpty)
    }
}

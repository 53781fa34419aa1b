// Stored answers: found again by what they depend on, and by nothing else.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMInference
import XMTestSupport
import XMTokenizer

@Suite("ResponseStoreTests")
struct ResponseStoreTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var file: URL { folder.url.appending(path: "responses.sqlite") }

    private func settings(until: [String] = [], maxTokens: Int = 256) throws -> GenerationSettings {
        var settings = try TaskFixture().task(TaskFixture.generationTask).definition.generation
        (settings.until, settings.maxTokens) = (until, maxTokens)
        return settings
    }

    @Test("what was committed is there for the next program")
    func survives() throws {
        let answers: [Response] = [
            .score(logprob: -1.25, isGreedy: true), .text("a\u{0}b\nc", tokens: 3, finish: .length),
        ]
        let keys = ["a", "b"].map { RequestKey(digest: $0) }
        do {
            let store = try ResponseStore(file)
            for (key, answer) in zip(keys, answers) { try store.add(answer, for: key) }
            try store.commit()
        }
        let store = try ResponseStore(file)
        #expect(try keys.map { try store.response($0) } == answers)
        #expect(try store.response(RequestKey(digest: "c")) == nil)
    }

    @Test("a file that is no store is an error that names it")
    func damaged() throws {
        try Data("this is no database, whatever its name says; long enough to be read as a page".utf8).write(to: file)
        do {
            _ = try ResponseStore(file)
            Issue.record("no error")
        } catch { #expect("\(error)".hasPrefix(file.path)) }
    }

    @Test("keys depend on weights, numerics, tokens and options, and on no task's name")
    func keys() throws {
        let model = try TaskFixture().model(slots: 1)
        func key(
            _ text: String, weights: String = "w", numerics: String = "n", until: [String] = []
        ) throws -> RequestKey {
            let encoder = RequestEncoder(
                model.tokenizer, contextLength: 64, withBOS: false, stopIDs: [], weightsDigest: weights,
                numerics: numerics)
            let settings = try self.settings(until: until)
            let instance = Instance(
                documentID: 0, question: .generate(context: text, settings: settings), repetition: 0)
            return try encoder.key(encoder.requests(instance)[0])
        }
        let base = try key("abc")
        #expect(try key("abc") == base)
        let others = try [
            key("abd"), key("abc", weights: "v"), key("abc", numerics: "m"), key("abc", until: ["x"]),
        ]
        #expect(Set(others + [base]).count == 5)
    }

    @Test("sampled answers belong to their seed and repetition, greedy ones to neither")
    func seeds() throws {
        let model = try TaskFixture().model(slots: 1)
        func keys(isSampled: Bool) throws -> Set<RequestKey> {
            var settings = try settings()
            settings.isSampled = isSampled
            var keys: Set<RequestKey> = []
            for seed in [1, 2] as [UInt64] {
                let encoder = RequestEncoder(
                    model.tokenizer, contextLength: 300, withBOS: false, stopIDs: [], weightsDigest: "", numerics: "",
                    seed: seed)
                for repetition in 0..<2 {
                    let instance = Instance(
                        documentID: 0, question: .generate(context: "abc", settings: settings),
                        repetition: repetition)
                    keys.insert(try encoder.key(encoder.requests(instance)[0]))
                }
            }
            return keys
        }
        #expect(try keys(isSampled: true).count == 4)
        #expect(try keys(isSampled: false).count == 1)
    }

    @Test("prompts beyond the context lose their beginning: room is left for the answer")
    func truncation() throws {
        let model = try TaskFixture().model(slots: 1)
        let encoder = RequestEncoder(
            model.tokenizer, contextLength: 16, withBOS: false, stopIDs: [], weightsDigest: "", numerics: "")
        let settings = try self.settings(maxTokens: 6)
        let text = "once upon a time there was a king who had three daughters and a garden"
        let ids = model.tokenizer.encode(text)
        let request = try encoder.requests(
            Instance(documentID: 0, question: .generate(context: text, settings: settings), repetition: 0))[0]
        #expect(request.ids == ids.suffix(10) && request.truncated == ids.count - 10)
        let scored = try encoder.requests(
            Instance(
                documentID: 0, question: .loglikelihood(context: text, continuation: " now"), repetition: 0))[0]
        #expect(scored.ids.count == 17 && scored.truncated > 0)
    }
}

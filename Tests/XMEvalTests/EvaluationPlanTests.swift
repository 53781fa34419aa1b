// Whole evaluations of a small model: the same bytes whatever runs beside what, and answers that are stored.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMInference
import XMSupport
import XMTestSupport

@Suite("EvaluationPlanTests")
struct EvaluationPlanTests {
    private let fixture: TaskFixture

    init() throws { fixture = try TaskFixture() }

    private func outcomes(
        _ tasks: [EvalTask], slots: Int, store: ResponseStore? = nil,
        onProgress: (RequestRunner.Progress) throws -> Void = { _ in }
    ) async throws -> [TaskOutcome] {
        let model = try fixture.model(slots: slots)
        let plan = try EvaluationPlan(tasks, limit: nil, style: .plain, encoder: RequestEncoder(model))
        return try await plan.run(model, store ?? .inMemory(), onProgress: onProgress)
    }

    private func bytes(_ outcomes: [TaskOutcome]) throws -> [String: String] {
        try Dictionary(
            uniqueKeysWithValues: outcomes.map { outcome in
                let lines = try outcome.samples().map { JSONValue.object($0.json).text }
                return (outcome.task.definition.task, lines.joined(separator: "\n"))
            })
    }

    @Test("batches of 1, 8 and 32 and tasks in another order: the same samples to the byte")
    func sameBytes() async throws {
        let rows = (0..<40).map {
            #"{"question": "Is \#($0 * 7919 % 101) more than \#($0)", "choices": ["no", "yes", "maybe so"], "answer": \#($0 % 2)}"#
        }.joined(separator: "\n")
        let choice = try fixture.task(TaskFixture.choiceTask, rows: rows)
        let generation = try fixture.task(TaskFixture.generationTask, rows: rows)
        let alone = try bytes(await outcomes([choice, generation], slots: 1))
        #expect(alone.count == 2 && alone.values.allSatisfy { $0.utf8.count > 1000 })
        for slots in [8, 32] {
            #expect(try bytes(await outcomes([generation, choice], slots: slots)) == alone)
        }
    }

    @Test("stored answers are not asked again, by another task either; an interrupted run goes on")
    func stored() async throws {
        let task = try fixture.task(TaskFixture.choiceTask)
        let store = try ResponseStore.inMemory()
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await outcomes([task], slots: 1, store: store) { if $0.answered == 3 { throw Stop() } }
        }
        var stored: [Int] = []
        let outcome = try await outcomes([task], slots: 1, store: store) { stored.append($0.stored) }
        #expect(stored.first == 3 && outcome[0].scores[0].count == 4)
        let twin = try fixture.task(TaskFixture.choiceTask.replacing("task: pairs", with: "task: twin"))
        var asked = -1
        _ = try await outcomes([twin], slots: 1, store: store) { asked = $0.answered - $0.stored }
        #expect(asked == 0)
    }

    @Test("scores are those of the reply: a scripted model that knows the answers gets all of them right")
    func scripted() async throws {
        let task = try fixture.task(TaskFixture.generationTask)
        let tokenizer = try fixture.model(slots: 1).tokenizer
        let model = ScriptedModel(tokenizer) { prompt in
            prompt.contains("ice") || prompt.contains("odd") ? " Yes\nmore" : " no\nmore"
        }
        let plan = try EvaluationPlan(task: task, model)
        let outcome = try await plan.run(model, .inMemory())[0]
        // Nothing strips the blank in front, so nothing is right without a filter.
        #expect(try TaskResult(outcome).score("exact_match")?.value == 0)
        let filtered = try fixture.task(
            TaskFixture.generationTask + """
                filter_list:
                  - name: clean
                    filter: [{function: remove_whitespace}, {function: take_first}]

                """)
        let clean = try await EvaluationPlan(task: filtered, model).run(model, .inMemory())[0]
        let score = try TaskResult(clean).score("exact_match", "clean")
        #expect(score?.value == 1)
        #expect(score?.interval?.lowerBound ?? 0 > 0.5)
    }

    @Test("a model to which all tokens are equally likely scores as many choices right as are first or shortest")
    func uniform() async throws {
        let task = try fixture.task(TaskFixture.choiceTask)
        let folder = fixture.folder.url.appending(path: "model")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try TinyModelFolder.write(to: folder, seed: nil)
        let outcome = try await outcomes([task], slots: 4)[0]
        for (row, responses) in outcome.responses.enumerated() {
            let logprobs = responses.map { $0.logprob! }
            // log(1/V) times tokens: the ratio of two choices is that of their tokens.
            #expect(logprobs.allSatisfy { $0 < 0 })
            let gold = try task.gold(of: row)[0]
            let first = logprobs[1] > logprobs[0] ? 1 : 0
            #expect(outcome.scores[0][row].metrics[0].value.value == (first == gold ? 1 : 0))
        }
    }
}

extension EvaluationPlan {
    fileprivate init(task: EvalTask, _ model: any LanguageModel) throws {
        try self.init([task], limit: nil, style: .plain, encoder: RequestEncoder(model))
    }
}

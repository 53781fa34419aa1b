// The published solutions of HumanEval and MBPP pass their tests as the tasks of both protocols put them together, and
// an answer that returns nothing does not.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport

@Suite("Reference solutions", .serialized, .enabled(if: TestSandbox.isThere, TestSandbox.report))
struct ReferenceSolutionTests {
    static let humanEvalFile = "eval/humaneval/HumanEval.jsonl"
    static let mbppFile = "eval/commonsense/mbpp/mbpp.jsonl"

    private func documents(_ dataset: String, _ splits: [String]) throws -> [JSONObject] {
        let table = try DatasetTable(TaskLibrary.bundledFolder().appending(path: "datasets"))
        return try splits.flatMap {
            try table.documents(of: dataset, subset: nil, split: $0, in: DataRoots([DataRoot.url])).documents
        }
    }

    /// Names and outcomes of the programs that do not pass, `answer` being what a model would have written.
    private func failures(
        _ name: String, _ documents: [JSONObject], _ answer: (CodeTask, JSONObject) throws -> String
    ) async throws -> [String] {
        let task = try CodeTask(name, documents)
        let programs = try documents.indices.map { try task.program($0, answer(task, documents[$0])) }
        let outcomes = try await TestSandbox.found.get().run(programs, timeoutSeconds: 3, workers: 2)
        return zip(documents, outcomes).filter { $1 != .passed }.map { "\($0["task_id"]?.text ?? ""): \($1.text)" }
    }

    private func text(_ document: JSONObject, _ field: String) throws -> String {
        try #require(document[field]?.string)
    }

    @Test(
        "HumanEval", .enabled(if: DataRoot.has(humanEvalFile), "no \(humanEvalFile) below XMODEL_DATA"),
        arguments: ["humaneval", "humaneval_bigcode"])
    func humanEval(name: String) async throws {
        let documents = try documents("humaneval", ["test"])
        #expect(documents.count > 0)
        // bigcode's prompt is stripped, so a model begins its answer with the end of the line.
        let start = name == "humaneval" ? "" : "\n"
        let failed = try await failures(name, documents) { task, document in
            task.cut(start + (try text(document, "canonical_solution")) + "\nprint(1)")
        }
        #expect(failed == [])
    }

    @Test(
        "MBPP", .enabled(if: DataRoot.has(mbppFile), "no \(mbppFile) below XMODEL_DATA"),
        arguments: ["mbpp", "mbpp_bigcode"])
    func mbpp(name: String) async throws {
        let documents = try documents("mbpp", ["prompt", "test"])
        #expect(documents.count > 0)
        let failed = try await failures(name, documents) { _, document in
            CodeTask.cut(try text(document, "code") + "\n[DONE]", at: ["\n[DONE]"])
        }
        #expect(failed == [])
    }

    @Test(
        "an answer that returns nothing fails every problem",
        .enabled(if: DataRoot.has(humanEvalFile), "no \(humanEvalFile) below XMODEL_DATA"))
    func nothing() async throws {
        let documents = try documents("humaneval", ["test"])
        let failed = try await failures("humaneval", documents) { _, _ in "    return None\n" }
        #expect(failed.count == documents.count)
    }
}

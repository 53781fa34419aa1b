// The published solutions of HumanEval and MBPP pass their tests under both protocols, and a damaged one does not.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMTestSupport

@Suite("Reference solutions", .serialized, .enabled(if: TestSandbox.isThere, TestSandbox.report))
struct ReferenceSolutionTests {
    static let humanEvalFile = "eval/humaneval/HumanEval.jsonl"
    static let mbppFile = "eval/commonsense/mbpp/mbpp.jsonl"

    private struct HumanEval: Decodable {
        let task_id: String
        let prompt: String
        let entry_point: String
        let canonical_solution: String
        let test: String
    }

    private struct MBPP: Decodable {
        let task_id: Int
        let text: String
        let code: String
        let test_list: [String]
    }

    private func rows<Row: Decodable>(_ path: String) throws -> [Row] {
        try Data(contentsOf: DataRoot.url.appending(path: path)).split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Row.self, from: $0)
        }
    }

    private func failures(_ programs: [(name: String, text: String)]) async throws -> [String] {
        let outcomes = try await TestSandbox.found.get().run(programs.map(\.text), timeoutSeconds: 3, workers: 2)
        return zip(programs, outcomes).filter { $1 != .passed }.map { "\($0.name): \($1.text)" }
    }

    @Test(
        "HumanEval", .enabled(if: DataRoot.has(humanEvalFile), "no \(humanEvalFile) below XMODEL_DATA"),
        arguments: CodeProgram.Style.allCases)
    func humanEval(style: CodeProgram.Style) async throws {
        let stops = ["\nclass", "\ndef", "\n#", "\nif", "\nprint"]
        let programs = try rows(Self.humanEvalFile).map { (row: HumanEval) in
            // bigcode's prompt is stripped, so a model begins its answer with the end of the line.
            let isStripped = style == .bigcode
            let prompt = isStripped ? row.prompt.trimmingCharacters(in: .whitespacesAndNewlines) : row.prompt
            let answer = CodeProgram.cut((isStripped ? "\n" : "") + row.canonical_solution + "\nprint(1)", at: stops)
            return (
                name: row.task_id,
                text: CodeProgram.humanEval(
                    prompt: prompt, completion: answer, test: row.test, entryPoint: row.entry_point, style: style)
            )
        }
        #expect(programs.count > 0)
        #expect(try await failures(programs) == [])
    }

    @Test(
        "MBPP", .enabled(if: DataRoot.has(mbppFile), "no \(mbppFile) below XMODEL_DATA"),
        arguments: CodeProgram.Style.allCases)
    func mbpp(style: CodeProgram.Style) async throws {
        let programs = try rows(Self.mbppFile).map { (row: MBPP) in
            let prompt = "\"\"\"\n\(row.text)\n\(row.test_list[0])\n\"\"\"\n"
            let answer = CodeProgram.cut(row.code + "\n[DONE]", at: ["\n[DONE]"])
            return (
                name: "\(row.task_id)",
                text: CodeProgram.mbpp(prompt: prompt, completion: answer, tests: row.test_list, style: style)
            )
        }
        #expect(programs.count > 0)
        #expect(try await failures(programs) == [])
    }

    @Test(
        "an answer that returns nothing fails every problem",
        .enabled(if: DataRoot.has(humanEvalFile), "no \(humanEvalFile) below XMODEL_DATA"))
    func nothing() async throws {
        let programs = try rows(Self.humanEvalFile).map { (row: HumanEval) in
            (
                name: row.task_id,
                text: CodeProgram.humanEval(
                    prompt: row.prompt, completion: "    return None\n", test: row.test, entryPoint: row.entry_point,
                    style: .harness)
            )
        }
        #expect(try await failures(programs).count == programs.count)
    }
}

// The prompts of every task against lm-evaluation-harness's, by hashes (tools/oracles/check_eval_prompts.py --goldens):
// documents, prompts and targets of the first twenty documents of each. They are of parts of the published data, so
// that other files than those are left out.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMEval

@Suite struct PromptTests {
    private static let documentsOfGolden = 20
    private static let resources = GoldenModel.packageRoot.appending(path: "Sources/XMEval/Resources")

    @Test(
        "the first documents of every task have the harness's hashes",
        .enabled(if: DataRoot.has("eval/commonsense"), "no eval/commonsense below XMODEL_DATA"))
    func goldens() throws {
        let file = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/eval/prompts.json")
        let goldens = try #require(JSONValue.parse(Data(contentsOf: file))["tasks"]?.object)
        let library = try TaskLibrary(Self.resources.appending(path: "tasks"))
        let loader = TaskLoader(try DatasetTable(Self.resources.appending(path: "datasets")), roots: [DataRoot.url])
        var compared = 0
        for definition in library.tasks {
            guard let golden = goldens[definition.task]?.array else { continue }
            let task: EvalTask
            do {
                task = try loader.load(definition)
            } catch DatasetError.missing { continue }
            guard task.files.allSatisfy({ $0.version != nil }) else { continue }
            let documents = try task.instances(limit: Self.documentsOfGolden, style: .plain)
            let lines = try documents.enumerated().map { row, instances in
                let sample = try task.promptSample(row, instances)
                return "\(sample.docHash) \(sample.promptHash) \(sample.targetHash)\n"
            }
            #expect(golden[0].integer == task.documents.count, "\(definition.task)")
            #expect(golden[1].string == SHA256.hex(of: Data(lines.joined().utf8)), "\(definition.task)")
            compared += 1
        }
        #expect(compared >= 100)
    }

    @Test("every task names a dataset, a split and functions that there are")
    func names() throws {
        let library = try TaskLibrary(Self.resources.appending(path: "tasks"))
        let table = try DatasetTable(Self.resources.appending(path: "datasets"))
        #expect(library.tasks.count == 260)
        for task in library.tasks {
            let dataset = try #require(table.datasets[task.dataset], "\(task.task)")
            let split = try #require(task.evaluatedSplit)
            #expect(dataset.splits[split] != nil, "\(task.task)")
            if task.numFewshot > 0 { #expect(dataset.splits[task.examplesSplit ?? ""] != nil, "\(task.task)") }
            if let name = task.processDocs { _ = try TaskFunctions.preparation(name) }
        }
        var resolving = library
        for group in library.groups { #expect(try !resolving.resolve([group.group]).tasks.isEmpty, "\(group.group)") }
        #expect(try resolving.resolve(["mmlu"]).tasks.count == 57)
        #expect(try resolving.resolve(["bbh_paper"]).tasks.count == 27)
        #expect(try resolving.resolve(["xmodel2"]).tasks.count == 8 + 1 + 7 + 27 + 57 + 2)
    }
}

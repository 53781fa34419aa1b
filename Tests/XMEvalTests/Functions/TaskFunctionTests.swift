// The functions of tasks against lm-evaluation-harness's own on awkward texts
// (tools/oracles/make_eval_function_goldens.py).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMSupport
import XMTestSupport

@testable import XMEval

@Suite struct TaskFunctionTests {
    private static func goldens(_ name: String) throws -> [(input: String, wanted: String)] {
        let file = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/eval/functions.json")
        let pairs = try JSONValue.parse(Data(contentsOf: file))[name]?.array ?? []
        try #require(pairs.count > 5)
        return pairs.compactMap { pair in
            guard let texts = pair.array, let input = texts[0].string, let wanted = texts[1].string else { return nil }
            return (input, wanted)
        }
    }

    private static func expectSame(_ name: String, _ function: (String) throws -> String) throws {
        for (input, wanted) in try goldens(name) {
            let found = try function(input)
            #expect(found.utf8.elementsEqual(wanted.utf8), "\(input.debugDescription): \(found) instead of \(wanted)")
        }
    }

    @Test("HellaSwag's texts lose their marks")
    func hellaSwag() throws { try Self.expectSame("hellaswag", HellaSwag.cleaned) }

    @Test("HellaSwag's second sentence is capitalised as Python does it")
    func capitalized() throws {
        for (input, wanted) in try Self.goldens("capitalized") {
            let document: JSONObject = [
                "activity_label": .string("a"), "ctx_a": .string("b"), "ctx_b": .string(input),
                "endings": .array([.string("c")]), "label": .string("0"),
            ]
            let query = try TaskFunctions.preparation("hellaswag")(document)["query"]?.string
            #expect(query == HellaSwag.cleaned("a: b \(wanted)"))
        }
    }

    @Test("a page of WikiText is detokenised")
    func wikitext() throws {
        let function = try TaskFunctions.text("wikitext_detokenizer")
        try Self.expectSame("wikitext") { try function(["page": .string($0)]) }
    }

    @Test("an answer to MATH in both normal forms", arguments: ["minerva_math", "minerva_math_paper"])
    func minervaMath(name: String) throws {
        let function = try TaskFunctions.preparation(name)
        for (input, wanted) in try Self.goldens(name) where !Scalars(input).has("\\boxed") {
            let document: JSONObject = ["problem": .string("p"), "solution": .string("so \\boxed{\(input)}.")]
            let found = try function(document)
            #expect(found.keys == ["problem", "solution", "answer"])
            #expect(found["answer"] == .string(wanted), "\(input)")
        }
    }

    @Test("a normal form is defined for every text")
    func normalForms() throws {
        try Self.expectSame("minerva_math", MathAnswer.currentNormalized)
        try Self.expectSame("minerva_math_paper", MathAnswer.normalized)
    }

    @Test("an unknown function names the nearest; a document without its field says so")
    func errors() throws {
        #expect(throws: TaskFunctionError.self) { try TaskFunctions.preparation("helaswag") }
        #expect { try TaskFunctions.preparation("helaswag") } throws: { "\($0)".contains("did you mean 'hellaswag'?") }
        #expect { try TaskFunctions.text("x") } throws: { "\($0)".contains("there are wikitext_detokenizer") }
        let wikitext = try TaskFunctions.text("wikitext_detokenizer")
        #expect { try wikitext([:]) } throws: { "\($0)".contains("no text 'page'") }
        let math = try TaskFunctions.preparation("minerva_math")
        #expect { try math(["solution": .string("none")]) } throws: { "\($0)".contains("no \\boxed answer") }
    }
}

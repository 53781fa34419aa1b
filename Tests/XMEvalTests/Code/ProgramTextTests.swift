// The text of the programs that judge an answer, as the code tasks put them together, and where an answer is cut.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMInference
import XMSupport
import XMTestSupport

/// One of the code tasks that come with the program, over documents of a test.
struct CodeTask {
    let task: EvalTask

    init(_ name: String, _ documents: [JSONObject]) throws {
        var library = try TaskLibrary(TaskLibrary.bundledFolder().appending(path: "tasks"))
        task = try EvalTask(library.resolve([name]).tasks[0], documents: documents, examples: [], shots: 0)
    }

    /// The program for an answer, which has been cut at the stop strings.
    func program(_ row: Int, _ answer: String) throws -> String {
        try DocumentScorer(task).scores(of: row, [[.text(answer, tokens: 1, finish: .stop)]])[0].programs[0]
    }

    /// A model's answer as generation ends it.
    func cut(_ answer: String) -> String { Self.cut(answer, at: task.definition.generation.until) }

    static func cut(_ text: String, at stops: [String]) -> String {
        var matcher = StopMatcher(stops)
        let certain = matcher.append(text)
        return certain + matcher.finish()
    }
}

@Suite("ProgramText")
struct ProgramTextTests {
    @Test(
        "an answer ends at the earliest stop string, by bytes",
        arguments: [
            ("return 1\nclass A:", ["\ndef", "\nclass"], "return 1"),
            ("a\nprint(1)\nclass", ["\nclass", "\nprint"], "a"),
            ("a\r\nclass", ["\nclass"], "a\r"), ("nothing here", ["\nclass"], "nothing here"), ("", ["x"], ""),
            ("abc", [], "abc"), ("abc", [""], "abc"), ("\ndef f():", ["\ndef"], ""),
            ("e\u{301}#", ["\u{301}"], "e"), ("日本\n#", ["\n#"], "日本"),
        ])
    func cut(text: String, stops: [String], expected: String) {
        #expect(Array(CodeTask.cut(text, at: stops).utf8) == Array(expected.utf8))
    }

    @Test("HumanEval")
    func humanEval() throws {
        let document: JSONObject = [
            "prompt": .string("def f(x):\n"), "test": .string("def check(c):\n    assert c(1) == 1\n"),
            "entry_point": .string("f"),
        ]
        #expect(
            try CodeTask("humaneval", [document]).program(0, "    return x")
                == "def f(x):\n    return x\ndef check(c):\n    assert c(1) == 1\n\ncheck(f)")
        // bigcode's prompt is stripped, so the answer begins with the end of the line.
        #expect(
            try CodeTask("humaneval_bigcode", [document]).program(0, "\n    return x")
                == "def f(x):\n    return x\n\ndef check(c):\n    assert c(1) == 1\n\ncheck(f)")
    }

    @Test("MBPP")
    func mbpp() throws {
        func document(_ tests: [String]) -> JSONObject {
            ["text": .string("One."), "test_list": .array(tests.map { .string($0) })]
        }
        // The harness's prompt names three tests; bigcode's takes any number.
        let three = ["assert f()", "assert f() > 0", "assert f() < 2"]
        #expect(
            try CodeTask("mbpp", [document(three)]).program(0, "def f(): return 1")
                == "def f(): return 1\nassert f()\nassert f() > 0\nassert f() < 2")
        #expect(
            try CodeTask("mbpp_bigcode", [document(Array(three.prefix(2)))]).program(0, "def f(): return 1")
                == "\"\"\"\nOne.\nassert f()\n\"\"\"\ndef f(): return 1\nassert f()\nassert f() > 0")
    }
}

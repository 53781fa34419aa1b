// The text of the programs, and where an answer is cut.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMEval

@Suite("CodeProgram")
struct CodeProgramTests {
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
        #expect(Array(CodeProgram.cut(text, at: stops).utf8) == Array(expected.utf8))
    }

    @Test("HumanEval")
    func humanEval() {
        let program = { (style: CodeProgram.Style) in
            CodeProgram.humanEval(
                prompt: "def f(x):\n", completion: "    return x", test: "def check(c):\n    assert c(1) == 1\n",
                entryPoint: "f", style: style)
        }
        #expect(
            program(.harness) == "def f(x):\n    return x\ndef check(c):\n    assert c(1) == 1\n\ncheck(f)")
        #expect(
            program(.bigcode) == "def f(x):\n    return x\n\ndef check(c):\n    assert c(1) == 1\n\ncheck(f)")
    }

    @Test("MBPP")
    func mbpp() {
        let program = { (style: CodeProgram.Style) in
            CodeProgram.mbpp(
                prompt: "\"\"\"\nOne.\n\"\"\"\n", completion: "def f(): return 1",
                tests: ["assert f()", "assert f() > 0"],
                style: style)
        }
        #expect(program(.harness) == "def f(): return 1\nassert f()\nassert f() > 0")
        #expect(program(.bigcode) == "\"\"\"\nOne.\n\"\"\"\ndef f(): return 1\nassert f()\nassert f() > 0")
    }
}

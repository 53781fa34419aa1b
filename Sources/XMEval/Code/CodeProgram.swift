// From a model's answer to a program that judges it: the answer is cut at its stop strings, and the tests follow.
// The two protocols differ in what of the prompt belongs to the program; their prompts are in the tasks.
// SPDX-License-Identifier: Apache-2.0

package enum CodeProgram {
    /// Whose tasks the program is built for.
    package enum Style: String, Codable, Sendable, CaseIterable {
        /// bigcode-evaluation-harness.
        case bigcode
        /// lm-evaluation-harness.
        case harness
    }

    /// A HumanEval program: the prompt as it was asked, which is the head of a function, the completion, the tests.
    package static func humanEval(
        prompt: String, completion: String, test: String, entryPoint: String, style: Style
    ) -> String {
        let tests = "\(test)\ncheck(\(entryPoint))"
        return program(prompt + completion, tests: style == .bigcode ? "\n" + tests : tests)
    }

    /// An MBPP program. bigcode's prompt is a docstring and stays in front; the harness asks in prose.
    package static func mbpp(prompt: String, completion: String, tests: [String], style: Style) -> String {
        program(style == .bigcode ? prompt + completion : completion, tests: tests.joined(separator: "\n"))
    }

    private static func program(_ candidate: String, tests: String) -> String { candidate + "\n" + tests }

    /// The text up to the earliest occurrence of any stop string. By bytes: "\r\n" contains "\n" here, as in Python.
    package static func cut(_ text: String, at stops: [String]) -> String {
        let bytes = Array(text.utf8)
        let ends = stops.filter { !$0.isEmpty }.compactMap { bytes.firstRange(of: Array($0.utf8))?.lowerBound }
        return ends.min().map { String(decoding: bytes[..<$0], as: UTF8.self) } ?? text
    }
}

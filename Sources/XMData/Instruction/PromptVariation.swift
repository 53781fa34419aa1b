// Rephrases prompts by rules and a seed (Xmodel-2 report, section 2.4; its own rules are not published). Only the
// phrases around a question change, never the question or its answer, and no phrase asks for something that the answer
// may not do.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
package import XMTokenizer

package struct PromptVariation: Sendable {
    private let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    /// The conversation with other phrases around its question; conversations of several exchanges or with a system
    /// message stay unchanged. A pure function of the seed and the question.
    package func varied(_ messages: [ChatMessage], category: InstructionCategory?) -> [ChatMessage] {
        guard messages.count == 2, messages[0].role == "user" else { return messages }
        let question = messages[0].content
        var random = RandomStream(seed: seed, "prompt/" + question)
        let frames = Self.isChinese(question) ? Self.chinese(category) : Self.english(category)
        // A third of the questions stay unchanged.
        guard random.uniform() >= 1.0 / 3, let frame = frames.randomElement(using: &random) else { return messages }
        var result = messages
        result[0].content = frame.before + question + frame.after
        return result
    }

    private typealias Frame = (before: String, after: String)

    private static func english(_ category: InstructionCategory?) -> [Frame] {
        let general: [Frame] = [
            ("Question: ", ""), ("Please answer: ", ""), ("Q: ", "\nA:"), ("", "\n\nAnswer:"),
            ("Here is a question for you.\n\n", ""),
        ]
        let own: [Frame] =
            switch category {
            case .math:
                [
                    ("Solve this problem.\n", ""), ("", " Work it out."), ("Problem: ", "\nSolution:"),
                    ("Find the answer: ", ""),
                ]
            case .code: [("Task: ", ""), ("A programming task:\n", ""), ("Please help with this task. ", "")]
            case .logic: [("Think about this. ", ""), ("Consider the following.\n", ""), ("", "\nWhat follows?")]
            case .knowledge: [("I would like to know this: ", ""), ("Tell me: ", "")]
            case .commonsense, nil: [("", "\n\nYour answer:")]
            }
        return general + own
    }

    private static func chinese(_ category: InstructionCategory?) -> [Frame] {
        let general: [Frame] = [("问题：", ""), ("请回答：", ""), ("", "\n回答：")]
        return category == .math ? general + [("请解这道题：", "")] : general
    }

    /// Whether more than a third of the characters are Han.
    private static func isChinese(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return 3 * scalars.count { (0x4E00...0x9FFF).contains($0.value) } > scalars.count
    }
}

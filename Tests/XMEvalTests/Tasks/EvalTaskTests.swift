// Prompts: what stands in front of a question, how choices and contexts become requests, and what is said of documents
// that a task cannot be asked about.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMEval
import XMSupport
import XMTestSupport
import XMTokenizer

@Suite("EvalTaskTests")
struct EvalTaskTests {
    private let fixture: TaskFixture

    init() throws { fixture = try TaskFixture() }

    private func questions(_ task: EvalTask, _ row: Int = 0, style: EvalTask.PromptStyle = .plain) throws -> [Question]
    {
        try task.instances(limit: nil, style: style)[row].map(\.question)
    }

    @Test("each choice is a continuation behind one prompt")
    func choices() throws {
        let task = try fixture.task(TaskFixture.choiceTask)
        #expect(
            try questions(task) == [
                .loglikelihood(context: "Question: Is ice cold?\nAnswer:", continuation: " no"),
                .loglikelihood(context: "Question: Is ice cold?\nAnswer:", continuation: " yes"),
            ])
        #expect(try task.gold(of: 0) == [1] && task.goldTexts(of: 0) == ["yes"])
    }

    @Test("description, examples and question are joined by the task's delimiters")
    func examples() throws {
        let yaml =
            TaskFixture.choiceTask + """
                description: "Answer.\\n\\n"
                fewshot_split: train
                fewshot_config: {sampler: first_n}

                """
        let task = try fixture.task(yaml, shots: 2)
        #expect(
            try questions(task, 3)[0].prompt == """
                Answer.

                Question: Is ice cold?
                Answer: yes

                Question: Do stones swim?
                Answer: no

                Question: Does rain burn?
                Answer:
                """)
    }

    @Test("a document is not its own example")
    func excludesItself() throws {
        let yaml = TaskFixture.choiceTask + "fewshot_split: test\nfewshot_config: {sampler: first_n}\n"
        let prompt = try questions(fixture.task(yaml, shots: 1), 0)[0].prompt
        #expect(prompt.hasPrefix("Question: Do stones swim?"))
    }

    @Test("where doc_to_text is a number, choices are contexts and the target continues them")
    func severalContexts() throws {
        let yaml = """
            task: blanks
            dataset: pairs.jsonl
            output_type: multiple_choice
            test_split: test
            doc_to_text: "{{answer}}"
            doc_to_choice: "{{[question ~ ' now', question ~ ' then']}}"
            doc_to_target: "again"
            metric_list: [{metric: acc}]
            """
        let task = try fixture.task(yaml)
        #expect(
            try questions(task) == [
                .loglikelihood(context: "Is ice cold now", continuation: " again"),
                .loglikelihood(context: "Is ice cold then", continuation: " again"),
            ])
        #expect(try task.gold(of: 0) == [1])
    }

    @Test("a chat template turns examples into turns, or into one message")
    func chat() throws {
        let task = try fixture.task(
            TaskFixture.choiceTask + "fewshot_split: train\nfewshot_config: {sampler: first_n}\n", shots: 1)
        let turns = try questions(task, 3, style: .chat(.xmodel2(), multiturn: true))[0]
        guard case .loglikelihood(let context, let continuation) = turns else { return }
        #expect(context.contains("<|im_start|>assistant\nyes<|im_end|>"))
        #expect(context.hasSuffix("<|im_start|>assistant\n") && continuation == "no")
        let single = try questions(task, 3, style: .chat(.xmodel2(), multiturn: false))[0].prompt
        #expect(single.contains("Answer: yes\n\nQuestion: Does rain burn?\nAnswer:<|im_end|>"))
    }

    @Test("a template that fails names the task and the document")
    func failingTemplate() throws {
        let rows = TaskFixture.rows.replacing(#""question": "Is 7 odd", "#, with: "")
        let task = try fixture.task(TaskFixture.choiceTask, rows: rows)
        do {
            _ = try questions(task)
            Issue.record("no error")
        } catch {
            #expect("\(error)".hasPrefix("pairs, document 2: "), "\(error)")
            #expect("\(error)".contains("'question' is undefined"))
        }
    }

    @Test("a gold answer that is no choice names the document")
    func wrongGold() throws {
        let rows = TaskFixture.rows.replacing(#""answer": 0"#, with: #""answer": 7"#)
        let task = try fixture.task(TaskFixture.choiceTask, rows: rows)
        #expect(throws: EvalTaskError.noGold(task: "pairs", row: 1, found: "7", choices: 2)) { try task.gold(of: 1) }
    }

    @Test("more shots than examples is an error that says how many there are")
    func tooManyShots() throws {
        let task = try fixture.task(TaskFixture.choiceTask + "fewshot_split: train\n", shots: 9)
        #expect(throws: EvalTaskError.self) { try task.instances(limit: nil, style: .plain) }
    }

    @Test("digits become the number of a choice only where there are choices")
    func digits() throws {
        let template = try TaskTemplate("{{answer}}", key: "doc_to_target")
        let document = try TemplateDocument(["answer": .integer(7)])
        #expect(try template.literal(document, readsDigits: true) == .int(7))
        #expect(try template.literal(document, readsDigits: false) == .string("7"))
        let list = try TaskTemplate("['a', 'b']", key: "doc_to_choice")
        #expect(try list.literal(document, readsDigits: false) == .list([.string("a"), .string("b")]))
        let text = try TaskTemplate("[a, b]", key: "doc_to_target")
        #expect(try text.literal(document, readsDigits: false) == .string("[a, b]"))
    }
}

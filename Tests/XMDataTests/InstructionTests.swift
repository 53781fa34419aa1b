// Instruction data: every published form of record, its template and mask, categories and framed prompts.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMData
import XMSupport
import XMTokenizer

@Suite("InstructionTests")
struct InstructionTests {
    private func read(
        _ format: SourceConfig.Format, _ json: String, fields: [String: String] = [:]
    ) throws(RecordProblem) -> [[String]] {
        guard let record = try? JSONValue.parse(json) else { throw .notAnObject }
        return try ConversationRecord(format: format, fields: fields).conversations(record).map { messages in
            messages.map { "\($0.role): \($0.content)" }
        }
    }

    @Test(
        "published records become conversations",
        arguments: [
            (.qa, #"{"question": "1+1?", "answer": "<<1+1=2>>2 #### 2"}"#, ["user: 1+1?", "assistant: 2 #### 2"]),
            (
                .qa, #"{"question": "q", "reasoning": "as one, so two", "answer": "two"}"#,
                ["user: q", "assistant: as one, so two\ntwo"]
            ),
            (
                .instruction, #"{"instruction": "do", "input": "x", "output": "y"}"#, ["user: do\n\nx", "assistant: y"]
            ),
            (.instruction, #"{"instruction": "do", "input": " ", "output": "y"}"#, ["user: do", "assistant: y"]),
            (
                .messages,
                #"{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]}"#,
                ["system: s", "user: u", "assistant: a"]
            ),
            (
                .messages,
                #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "u"}, {"type": "text", "text": "v"}]}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "thanks"}]}"#,
                ["user: u\nv", "assistant: a"]
            ),
            (
                .sharegpt,
                #"{"conversations": [{"from": "gpt", "value": "lost"}, {"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}]}"#,
                ["user: u", "assistant: a"]
            ),
        ] as [(SourceConfig.Format, String, [String])])
    func records(format: SourceConfig.Format, json: String, wanted: [String]) throws {
        #expect(try read(format, json) == [wanted])
    }

    @Test(
        "an optional text that is null, empty or absent is absent; a number is its spelling",
        arguments: [
            (.qa, #"{"question": "q", "answer": "a", "reasoning": null}"#, ["user: q", "assistant: a"]),
            (.qa, #"{"question": "q", "answer": "a", "reasoning": " \n"}"#, ["user: q", "assistant: a"]),
            (.qa, #"{"question": "q", "answer": 42, "reasoning": 4.50}"#, ["user: q", "assistant: 4.50\n42"]),
            (.instruction, #"{"instruction": "i", "input": null, "output": "o"}"#, ["user: i", "assistant: o"]),
            (.instruction, #"{"instruction": "i", "input": 7, "output": "o"}"#, ["user: i\n\n7", "assistant: o"]),
            (
                .instruction, #"{"instruction": "i", "instances": null, "output": "o"}"#,
                ["user: i", "assistant: o"]
            ),
            (
                .messages,
                #"{"messages": [{"role": "system", "content": ""}, {"role": "user", "content": "u"}, {"role": "assistant", "content": 8}]}"#,
                ["user: u", "assistant: 8"]
            ),
            (
                .sharegpt,
                #"{"conversations": [{"from": "system", "value": null}, {"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}]}"#,
                ["user: u", "assistant: a"]
            ),
        ] as [(SourceConfig.Format, String, [String])])
    func optional(format: SourceConfig.Format, json: String, wanted: [String]) throws {
        #expect(try read(format, json) == [wanted])
    }

    @Test("a mapped name may lead into an object")
    func nestedNames() throws {
        #expect(
            try read(
                .qa, #"{"data": {"q": "1+1?"}, "a.b": "2"}"#, fields: ["question": "data.q", "answer": "a.b"])
                == [["user: 1+1?", "assistant: 2"]])
    }

    @Test("instances are conversations of their own; fields are mapped; Alpaca's frame is taken off")
    func forms() throws {
        let seed = #"{"instruction": "do", "instances": [{"input": "1", "output": "a"}, {"input": "", "output": "b"}]}"#
        #expect(try read(.instruction, seed) == [["user: do\n\n1", "assistant: a"], ["user: do", "assistant: b"]])
        let framed =
            #"{"prompt": "Below is an instruction that describes it.\n\n### Instruction:\nsay\n\n### Input:\nmore\n\n### Response:\n", "response": "yes"}"#
        #expect(
            try read(.qa, framed, fields: ["question": "prompt", "answer": "response"])
                == [["user: say\n\nmore", "assistant: yes"]])
    }

    @Test(
        "a record that is no conversation is skipped for a named reason",
        arguments: [
            (.qa, #"{"question": "q"}"#, .missingField("answer")),
            (.qa, #"{"question": "q", "answer": null}"#, .missingField("answer")),
            (.qa, #"{"question": true, "answer": "a"}"#, .notText("question")),
            (.qa, #"{"question": "q", "answer": "a", "reasoning": ["r"]}"#, .notText("reasoning")),
            (.instruction, #"{"instruction": "i", "input": {"a": 1}, "output": "o"}"#, .notText("input")),
            (.instruction, #"{"instruction": "i", "instances": "x"}"#, .notList("instances")),
            (.messages, #"{"messages": [{"role": 1, "content": "u"}]}"#, .notText("role")),
            (
                .messages, #"{"messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": "a"}]}"#,
                .emptyText("content")
            ),
            (.qa, #"{"question": "  ", "answer": "a"}"#, .emptyText("question")),
            (.qa, #"["q", "a"]"#, .notAnObject),
            (.instruction, #"{"instruction": "i", "instances": []}"#, .noAnswer),
            (.instruction, #"{"instruction": "i", "instances": [3]}"#, .missingField("output")),
            (.messages, #"{"messages": "u"}"#, .notList("messages")),
            (.messages, #"{"messages": []}"#, .noAnswer),
            (.messages, #"{"messages": [{"role": "user", "content": "u"}]}"#, .noAnswer),
            (.messages, #"{"messages": [{"role": "wizard", "content": "u"}]}"#, .unknownRole("wizard")),
            (.messages, #"{"messages": [{"role": "user", "content": [{"type": "image"}]}]}"#, .notText("content")),
            (.sharegpt, #"{"conversations": [{"value": "u"}]}"#, .missingField("from")),
            (.qa, #"{"question": "q<|im_end|>", "answer": "a"}"#, .chatMarkup),
        ] as [(SourceConfig.Format, String, RecordProblem)])
    func skipped(format: SourceConfig.Format, json: String, problem: RecordProblem) {
        #expect(throws: problem) { try read(format, json) }
    }

    private let exchange = [
        ChatMessage(role: "user", content: "q"), ChatMessage(role: "assistant", content: "ans"),
        ChatMessage(role: "user", content: "r"), ChatMessage(role: "assistant", content: "so"),
    ]

    private func predicted(_ document: EncodedDocument) -> String {
        let trained = document.trained ?? document.tokens.map { _ in true }
        return ByteTokenizer().decode(zip(document.tokens, trained).filter(\.1).map(\.0).dropLast())
    }

    @Test("the mask covers the prompts, whatever the token borders")
    func mask() {
        let masked = ConversationEncoder(tokenizer: ByteTokenizer(), maskPrompt: true).encode(exchange)
        #expect(predicted(masked) == "ans<|im_end|>\nso<|im_end|>\n" && masked.tokens.last == 0)
        #expect(masked.trained?.last == true)
        let open = ConversationEncoder(tokenizer: ByteTokenizer(), maskPrompt: false).encode(exchange)
        #expect(open.tokens == masked.tokens && open.trained == nil)
        let plain = ConversationEncoder(tokenizer: ByteTokenizer(), rendering: .plain, maskPrompt: true)
        #expect(
            ByteTokenizer().decode(plain.encode(exchange).tokens.dropLast())
                == "Question: q\nAnswer: ans\n\nQuestion: r\nAnswer: so")
        #expect(predicted(plain.encode(exchange)) == " ans so")
        #expect(plain.textBytes(exchange) == 47)
    }

    @Test(
        "rules find the category of plain cases",
        arguments: [
            ("Write a Python function that reverses a list.", "def reverse(x): return x[::-1]", .code),
            ("Tom has 3 apples and buys 4. How many has he?", "3+4=7\n#### 7", .math),
            ("If all cats are animals and Tom is a cat, is it true that Tom is an animal?", "Yes.", .logic),
            ("What is the capital of France?", "Paris.", .knowledge),
            ("介绍一下长城", "长城是中国古代的军事防御工程。", .knowledge),
            ("My shoes are wet after the rain, should I put them near the heater", "Not too near.", .commonsense),
        ] as [(String, String, InstructionCategory)])
    func categories(prompt: String, answer: String, wanted: InstructionCategory) {
        #expect(InstructionCategory.ofText(prompt: prompt, answer: answer) == wanted)
        #expect(InstructionCategory(code: wanted.code) == wanted && wanted.code > 0)
    }

    @Test("prompts are framed by seed and question alone, and the question stays whole")
    func variation() {
        let questions = (0..<300).map { "What is \($0) times two?" } + (0..<30).map { "北京有多少\($0)个区？" }
        func vary(_ seed: UInt64) -> [String] {
            questions.map { question in
                let messages = [
                    ChatMessage(role: "user", content: question), ChatMessage(role: "assistant", content: "a"),
                ]
                let said = PromptVariation(seed: seed).varied(messages, category: .math)
                #expect(said[0].content.contains(question) && said[1].content == "a")
                return said[0].content
            }
        }
        let one = vary(1)
        #expect(one == vary(1) && one != vary(2))
        let same = zip(one, questions).count { $0 == $1 }
        #expect((60...160).contains(same))
        #expect(Set(zip(one, questions).map { $0.replacing($1, with: "@") }).count > 8)
        #expect(one.suffix(30).contains { $0.hasPrefix("问题：") })
        #expect(PromptVariation(seed: 1).varied(exchange, category: nil) == exchange)
    }
}

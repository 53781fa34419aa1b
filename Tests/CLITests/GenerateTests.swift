// `xmodel generate` as people and scripts use it, on a tiny random model: one prompt, files, many as JSON lines.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@Suite("GenerateTests")
struct GenerateTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
    }

    private func generate(_ arguments: String..., input: String = "") throws -> ProgramRun {
        try Program.run(
            ["generate", "--model", folder.url.path, "--threads", "1", "--max-tokens", "8"] + arguments, input: input)
    }

    private static let questions = [
        "What is 3 + 4?", "It was", "Tom has 5 apples and buys 6 more. How many", "a", "漢字?",
    ]

    private static func line(_ members: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self) + "\n"
    }

    // MARK: One prompt

    @Test("a text goes on behind itself; what is said about it is not in the output")
    func text() throws {
        let result = try generate("--prompt", "It was")
        #expect(result.status == 0 && result.output.hasPrefix("It was") && result.output.count > 8)
        #expect(result.talk.contains("8 tokens at ") && result.talk.contains("ended by length"))
        let file = try folder.file("text.txt", "It was")
        #expect(try generate("--file", file.path).output == result.output)
        #expect(try generate("--file", "-", input: "It was").output == result.output)
        #expect(try generate("--prompt", "It was", "--max-tokens", "1").talk.contains("1 token, ended by length"))
    }

    @Test("a question gets its answer alone, as a conversation with the same messages does")
    func question() throws {
        let answer = try generate("--chat", "--prompt", "What is 3 + 4?", "--system", "Be brief.")
        #expect(answer.status == 0 && !answer.output.contains("3 + 4"))
        let messages = [
            ["role": "system", "content": "Be brief."], ["role": "user", "content": "What is 3 + 4?"],
        ]
        let whole = try generate("--prompts", "-", input: Self.line(["messages": messages]))
        #expect(whole.lines.first?["text"] as? String == String(answer.output.dropLast()))
        // --system goes in front of a conversation without one, and of no other.
        for messages in [messages, [messages[1]]] {
            let line = try Self.line(["messages": messages])
            let result = try generate("--prompts", "-", "--chat", "--system", "Be brief.", input: line)
            #expect(result.output == whole.output)
        }
    }

    @Test("prompts are told apart by LF, CRLF and CR, and a byte order mark is no part of the first")
    func lineEnds() throws {
        let prompt = #"{"prompt": "It was"}"#
        let plain = try generate("--prompts", "-", "--max-tokens", "2", input: prompt + "\n")
        let lines =
            "\u{FEFF}" + prompt + "\r\n" + prompt + "\r" + #"{"prompt":"# + "\r" + #""It was"}"# + "\n\r\n" + prompt
        let mixed = try generate("--prompts", "-", "--max-tokens", "2", input: lines)
        #expect(plain.status == 0 && mixed.status == 0)
        #expect(mixed.output == String(repeating: plain.output, count: 4))
    }

    @Test("a template and its options from the command line are what the model reads")
    func ownTemplate() throws {
        let source =
            "{% if enable_thinking %}{{ messages[0].content * 3 }}{% else %}{{ messages[0].content }}{% endif %}"
        let file = try folder.file("own.jinja", source)
        func tokens(_ options: String...) throws -> Int {
            let result = try Program.run(
                ["generate", "--model", folder.url.path, "--max-tokens", "1", "--json", "--chat", "--prompt", "a b c "]
                    + ["--chat-template", file.path] + options, input: "")
            return try #require(result.lines.first?["prompt_tokens"] as? Int)
        }
        let short = try tokens()
        #expect(try tokens("--template-options", #"{"enable_thinking": false}"#) == short)
        #expect(try tokens("--template-options", #"{"enable_thinking": true}"#) > 2 * short)

        let notJSON = try generate("--chat", "--prompt", "a", "--template-options", "thinking")
        #expect(notJSON.status == 64 && notJSON.talk.contains("--template-options is thinking; give a JSON object"))
        let unused = try generate("--prompt", "a", "--chat-template", file.path)
        #expect(unused.status == 64 && unused.talk.contains("need --chat, or conversations in --prompts"))
        let missing = try generate("--chat", "--prompt", "a", "--chat-template", "nowhere.jinja")
        #expect(missing.status == 1 && missing.talk.contains("nowhere.jinja: "))
    }

    @Test("drawn text is the same for the same seed and another for another")
    func seed() throws {
        func draw(_ seed: String) throws -> String {
            try generate("--prompt", "It was", "--temperature", "1.5", "--top-p", "0.95", "--seed", seed).output
        }
        #expect(try draw("3") == draw("3"))
        #expect(try draw("3") != draw("4"))
    }

    @Test("a stop string ends the text before itself, wherever tokens cut it")
    func stop() throws {
        let whole = String(try generate("--prompt", "It was").output.dropFirst(6).dropLast())
        let stop = String(whole.dropFirst(3).prefix(4))
        let place = try #require(whole.firstRange(of: stop))
        let result = try generate("--prompt", "It was", "--stop", "never to be seen", "--stop", stop)
        #expect(result.output == "It was" + whole[..<place.lowerBound] + "\n" && result.talk.contains("ended by stop"))
    }

    @Test("a logit bias excludes tokens and forces others; what it cannot be is said")
    func logitBias() throws {
        func ids(_ more: String...) throws -> [Int] {
            let result = try Program.run(
                ["generate", "--model", folder.url.path, "--threads", "1", "--max-tokens", "4", "--json"]
                    + ["--prompt", "It was", "--logprobs", "1"] + more, input: "")
            let positions = try #require(result.lines.first?["logprobs"] as? [[String: Any]], "\(result.talk)")
            return positions.compactMap { $0["id"] as? Int }
        }
        let first = try #require(try ids().first)
        #expect(try ids("--logit-bias", "\(first)=-inf").contains(first) == false)
        #expect(try ids("--logit-bias", "77=1000", "--logit-bias", "78=-5") == [77, 77, 77, 77])
        for (bias, status, sentence) in [
            ("5", 64, "--logit-bias is '5'; give ID=VALUE"), ("5=much", 64, "--logit-bias is '5=much'"),
            ("5=inf", 64, "--logit-bias is '5=inf'"), ("-5=1", 64, "--logit-bias is '-5=1'"),
            ("999999=1", 1, "the logit bias names token 999999"),
        ] as [(String, Int32, String)] {
            let result = try generate("--prompt", "It was", "--logit-bias", bias)
            #expect(result.status == status && result.talk.contains(sentence), "\(result.talk)")
        }
        #expect(try generate("--prompt", "a", "--logit-bias", "5=1", "--logit-bias", "5=2").status == 64)
    }

    @Test("Ctrl-C ends one prompt and many with status 130, and with what there is", arguments: [false, true])
    func interrupted(lines: Bool) throws {
        let process = Process()
        process.executableURL = Program.url
        let input = try folder.file(
            "prompts.jsonl", String(repeating: #"{"prompt": "It was"}"# + "\n", count: 8))
        // What an answer has said it says again, until the context is full.
        process.arguments =
            ["generate", "--model", folder.url.path, "--threads", "1", "--max-tokens", "1000000", "--batch", "1"]
            + ["--presence-penalty", "-1000"] + (lines ? ["--prompts", input.path] : ["--prompt", "It was"])
        let (output, talk) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        (process.standardOutput, process.standardError) = (output, talk)
        try process.run()
        // The text begins once the prompt has run; of lines nothing shows before the end but that the model is ready.
        let shown = (lines ? talk : output).fileHandleForReading
        #expect(!shown.availableData.isEmpty)
        if lines { Thread.sleep(forTimeInterval: 0.1) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        let rest = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        #expect(rest.hasSuffix("\n"))
        if lines { #expect(rest.contains(#""finish":"cancelled""#)) }
    }

    // MARK: Many

    @Test("answers come in order with their ids, and do not depend on how many run together")
    func batch() throws {
        let input = try Self.questions.enumerated().map { try Self.line(["prompt": $1, "id": "q\($0)"]) }
        let text = input.joined(separator: "\n")
        let sampled = ["--temperature", "1.2", "--seed", "5"]
        for more in [[], sampled] {
            func answers(_ batch: String) throws -> ProgramRun {
                try Program.run(
                    ["generate", "--model", folder.url.path, "--max-tokens", "9", "--prompts", "-", "--batch", batch]
                        + more, input: text)
            }
            let (alone, together) = (try answers("1"), try answers("3"))
            #expect(alone.status == 0 && alone.output == together.output)
            #expect(alone.lines.compactMap { $0["id"] as? String } == ["q0", "q1", "q2", "q3", "q4"])
            #expect(alone.lines.allSatisfy { $0["tokens"] as? Int ?? 0 > 0 && $0["finish"] is String })
        }
    }

    @Test("one prompt with --json is the first line of many")
    func single() throws {
        let alone = try generate("--prompt", "It was", "--json", "--temperature", "1", "--logprobs", "3")
        let lines = #"{"prompt": "It was"}"# + "\n" + #"{"prompt": "a", "id": 7}"#
        let many = try generate("--prompts", "-", "--temperature", "1", "--logprobs", "3", input: lines)
        #expect(alone.status == 0 && many.output.hasPrefix(alone.output))
        #expect(many.output.split(separator: "\n").last?.hasPrefix(#"{"id":7,"#) == true)
        let places = try #require(alone.lines.first?["logprobs"] as? [[String: Any]])
        #expect(places.count == alone.lines.first?["tokens"] as? Int)
        for place in places {
            let top = (place["top"] as? [[String: Any]] ?? []).compactMap { $0["logprob"] as? Double }
            #expect(top.count == 3 && top == top.sorted(by: >) && top.map(exp).reduce(0, +) <= 1)
        }
    }

    @Test(
        "an id comes back as it was written",
        arguments: [
            "7", #""7""#, "null", "1.0", "-0", "1e400", "12345678901234567890123", #""""#, #""a\u00e9\n""#, #""é\"漢""#,
        ])
    func ids(id: String) throws {
        let result = try generate(
            "--prompts", "-", input: #"{"prompt": "a", "id": \#(id)}"# + "\n" + #"{"prompt": "a"}"#)
        let lines = result.output.split(separator: "\n")
        #expect(result.status == 0 && lines.count == 2, "\(result.talk)")
        #expect(lines[0] == "{\"id\":\(id)," + lines[1].dropFirst())
    }

    @Test("where a chat model ends a text at once, status names --chat")
    func endsAtOnce() throws {
        // Without layers' weights every token predicts the longest row of the embedding, here the end token.
        try TinyModelFolder.write(to: folder.url, seed: nil)
        try TinyModelFolder.rewriteWeights(of: folder.url) { tensors in
            let (embedding, norm) = ("model.embed_tokens.weight", "model.norm.weight")
            let shape = try #require(tensors[embedding]?.shape)
            for row in 0..<shape[0] { tensors[embedding]?.values[row * shape[1]] = row == 2 ? 2 : 1 }
            tensors[norm]?.values = Array(repeating: 1, count: shape[1])
        }
        let hint = ": it has a chat template, and texts were given to it as they are; --chat asks them as questions\n"
        let plain = try generate("--prompt", "It was")
        #expect(plain.status == 0 && plain.output == "It was\n" && plain.talk.contains("0 tokens, ended by stop"))
        #expect(plain.talk.hasSuffix("the model ended at once" + hint), "\(plain.talk)")
        #expect(try !generate("--prompt", "It was", "--chat").talk.contains(hint))
        let messages = #"{"messages": [{"role": "user", "content": "a"}]}"#
        let lines = try generate("--prompts", "-", input: #"{"prompt": "a"}"# + "\n" + messages)
        #expect(
            lines.lines.count == 2 && lines.talk.hasSuffix("the model ended 1 answer at once" + hint), "\(lines.talk)")
    }

    @Test("a template may ask for the date")
    func clock() throws {
        let fixture = RepositoryFiles.root.appending(path: "Tests/Fixtures/tokenizers/smollm.tokenizer.json")
        // Its bytes alone, for a model with so few pieces.
        var tokenizer = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: fixture)) as? [String: Any])
        var model = try #require(tokenizer["model"] as? [String: Any])
        model["vocab"] = (model["vocab"] as? [String: Int])?.filter { $0.value < 300 }
        model["merges"] = [String]()
        tokenizer["model"] = model
        tokenizer["added_tokens"] = (tokenizer["added_tokens"] as? [[String: Any]])?.filter {
            $0["id"] as? Int ?? 0 < 300
        }
        try JSONSerialization.data(withJSONObject: tokenizer).write(to: folder.url.appending(path: "tokenizer.json"))
        try FileManager.default.removeItem(at: folder.url.appending(path: "tokenizer.model"))
        let template = "{{ strftime_now('%Y') }} {{ messages[0].content }}"
        _ = try folder.file(
            "tokenizer_config.json",
            #"{"bos_token": "<|begin|>", "eos_token": "<|end|>", "chat_template": "\#(template)"}"#)
        let result = try generate("--chat", "--prompt", "What year?")
        #expect(result.status == 0, "\(result.talk)")
    }

    // MARK: Errors

    @Test(
        "a line that is not understood is named, with its number",
        arguments: [
            (#"{"promt": "a"}"#, "line 2: unknown key 'promt'; did you mean 'prompt'?"),
            (#"{"prompt": "a", "temperature": 1}"#, "unknown key 'temperature'; there are 'id', 'prompt', 'messages'"),
            (#"{"messages": [{"role": "user", "contents": "a"}]}"#, "unknown key 'contents'; did you mean 'content'?"),
            (#"{"messages": [{"role": "user"}]}"#, "'messages.content' must be a text"),
            (#"{"messages": []}"#, "'messages' must be a list of messages"),
            (#"{"messages": ["a"]}"#, "not a JSON object with \"role\", \"content\""),
            (#"{"prompt": 3}"#, "'prompt' must be a text"),
            (#"{"prompt": "a", "id": []}"#, "'id' must be a text, a number or null"),
            (#"{"prompt": "a", "messages": []}"#, "give either"), ("{}", "give either"), ("[1]", "not a JSON object"),
            (#"{"prompt": "a""#, "line 2: not JSON"), ("hello", "line 2: not JSON"),
        ])
    func badLine(line: String, message: String) throws {
        let result = try generate("--prompts", "-", input: #"{"prompt": "a"}"# + "\n" + line + "\n")
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.talk.hasPrefix("Error: -, line 2: ") && result.talk.contains(message), "\(result.talk)")
    }

    @Test(
        "what cannot be done is said before anything is written",
        arguments: [
            (["--prompt", "a", "--file", "b"], "give one of --prompt, --file and --prompts"),
            (["--prompt", "a", "--stop", ""], "--stop is empty"),
            (["--prompt", "a", "--logprobs", "3"], "give --json as well"),
            (["--prompt", "a", "--system", "b"], "--system needs --chat"),
            (["--prompt", "a", "--top-k", "3"], "give a --temperature as well"),
            (["--prompt", "a", "--temperature", "1", "--top-k", "0"], "--top-k is 0; it must be at least 1"),
            (["--prompt", "a", "--max-tokens", "0"], "--max-tokens is 0"),
            (["--prompt", "a", "--context", "100000"], "--context is 100000, and the model was made for at most"),
            (["--prompt", "many words of a text", "--context", "4"], "the context holds 4"),
            (["--file", "/nowhere/at-all"], "/nowhere/at-all: cannot be read"),
            (["--prompts", "/nowhere/at-all"], "/nowhere/at-all: cannot be read"),
        ])
    func refused(arguments: [String], message: String) throws {
        let result = try Program.run(["generate", "--model", folder.url.path] + arguments, input: "")
        #expect(result.status != 0 && result.output.isEmpty && result.talk.contains(message), "\(result.talk)")
    }

    @Test("of many prompts, one that is too long is named by its line")
    func longLine() throws {
        let long = try Self.line(["prompt": String(repeating: "many words ", count: 50)])
        let result = try generate("--prompts", "-", "--context", "20", input: #"{"prompt": "a"}"# + "\n\n" + long)
        #expect(result.status == 1 && result.output.isEmpty && result.talk.contains("Error: -, line 3: the prompt has"))
    }

    @Test("no prompts are no answers and no error")
    func empty() throws {
        let result = try generate("--prompts", "-", input: "\n \n")
        #expect(result.status == 0 && result.output.isEmpty)
    }
}

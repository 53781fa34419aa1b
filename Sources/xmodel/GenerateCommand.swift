// `xmodel generate`: continue texts, or answer questions, one or many.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMSupport
import XMTensor
import XMTokenizer

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Continue prompts with a model.",
        discussion: """
            One prompt streams to standard output. Many come as JSON lines, {"prompt": "…"} or {"messages": [{"role": \
            "user", "content": "…"}]}, with an optional "id"; they run side by side, and one JSON line an answer is \
            written in their order. The answers do not depend on how many run together.

              xmodel generate --model model.gguf --chat --prompt "What is gravity?"
              xmodel generate --model runs/nano --prompt "It was a" --temperature 0.8 --top-p 0.95
              xmodel generate --model model.gguf --prompts questions.jsonl > answers.jsonl
              cat letter.txt | xmodel generate --model model.gguf --file - --max-tokens 200
            """)

    @OptionGroup var modelOptions: ModelOptions

    @Option(help: ArgumentHelp("The text to continue, or with --chat the question.", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("A file with the text to continue; - is standard input.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("JSON lines with prompts; - is standard input.", valueName: "file"))
    var prompts: String?

    @Flag(help: "Put the prompt into the model's chat template.")
    var chat = false

    @Option(help: "System message in front of the question, with --chat.")
    var system: String?

    @Option(help: "Tokens to generate at most.")
    var maxTokens = 128

    @Option(help: "A text that ends the answer; may be given several times.")
    var stop: [String] = []

    @Option(help: "Prompts that run side by side.")
    var batch = 8

    @Option(help: "With JSON lines: report the probabilities of this many of the likeliest tokens at each place.")
    var logprobs: Int?

    @Flag(help: "Write JSON lines for a single prompt too.")
    var json = false

    @OptionGroup var sampling: SamplingArguments

    func validate() throws {
        try sampling.requireTemperature()
        guard maxTokens > 0 else { throw ValidationError("--max-tokens is \(maxTokens); it must be at least 1") }
        guard batch > 0 else { throw ValidationError("--batch is \(batch); it must be at least 1") }
        guard [prompt, file, prompts].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --prompt, --file and --prompts")
        }
        guard system == nil || chat else { throw ValidationError("--system needs --chat") }
        if let logprobs, !(0...100).contains(logprobs) {
            throw ValidationError("--logprobs is \(logprobs); it must be 0 to 100")
        }
    }

    func run() throws {
        let file = try ModelFile(modelOptions.model)
        let prompts = try readPrompts()
        guard !prompts.isEmpty else { return }
        let ids = try prompts.map { try encode($0, file) }
        let needed = ids.map(\.count).max()! + maxTokens
        let loaded = try modelOptions.load(file, slots: min(batch, prompts.count), context: needed)
        let requests = zip(prompts, ids).enumerated().map { index, pair in
            let (prompt, ids) = pair
            return TextRequest(
                prompt: ids,
                options: GenerationOptions(
                    maxTokens: maxTokens, sampling: sampling.options, stopIDs: file.stopIDs, topLogprobs: logprobs ?? 0,
                    stream: index),
                stopStrings: stop, continuesText: prompt.messages == nil)
        }
        let interrupt = InterruptFlag()
        interrupt.install()
        if prompts.count == 1, self.prompts == nil, !json {
            try stream(requests[0], prompts[0], loaded, interrupt)
        } else {
            try answerLines(requests, prompts, loaded, interrupt)
        }
    }

    // MARK: Prompts

    /// A line of the prompts file.
    private struct Prompt: Decodable {
        var id: String?
        var prompt: String?
        var messages: [ChatMessage]?

        enum CodingKeys: CodingKey { case id, prompt, messages }

        init(prompt: String?, messages: [ChatMessage]?) { (self.prompt, self.messages) = (prompt, messages) }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            id =
                try (try? values.decodeIfPresent(String.self, forKey: .id))
                ?? values.decodeIfPresent(Int.self, forKey: .id).map(String.init)
            prompt = try values.decodeIfPresent(String.self, forKey: .prompt)
            messages = try values.decodeIfPresent([ChatMessage].self, forKey: .messages)
        }
    }

    private func readPrompts() throws -> [Prompt] {
        if let prompt { return [chatted(Prompt(prompt: prompt, messages: nil))] }
        if let file { return [chatted(Prompt(prompt: try InputFile.text(file), messages: nil))] }
        let lines = try InputFile.text(prompts!).split(separator: "\n", omittingEmptySubsequences: false)
        return try lines.enumerated().compactMap { number, line in
            guard !line.allSatisfy(\.isWhitespace) else { return nil }
            guard let prompt = try? JSONDecoder().decode(Prompt.self, from: Data(line.utf8)),
                (prompt.prompt == nil) != (prompt.messages == nil)
            else {
                throw ValidationError(
                    "\(prompts!), line \(number + 1): not a JSON object with either \"prompt\" or \"messages\"")
            }
            return chatted(prompt)
        }
    }

    /// With --chat a prompt becomes a question.
    private func chatted(_ prompt: Prompt) -> Prompt {
        guard chat, let question = prompt.prompt else { return prompt }
        var result = prompt
        result.prompt = nil
        result.messages =
            (system.map { [ChatMessage(role: "system", content: $0)] } ?? [])
            + [ChatMessage(role: "user", content: question)]
        return result
    }

    private func encode(_ prompt: Prompt, _ file: ModelFile) throws -> [Int32] {
        guard let messages = prompt.messages else { return file.encode(prompt.prompt ?? "") }
        guard let template = file.chatTemplate else {
            throw ValidationError(
                "\(modelOptions.model): brings no chat template; leave out --chat and give a text to continue")
        }
        return try template.encode(messages, addGenerationPrompt: true, tokenizer: file.tokenizer)
    }

    // MARK: Answers

    private func stream(
        _ request: TextRequest, _ prompt: Prompt, _ loaded: LoadedModel, _ interrupt: InterruptFlag
    ) throws {
        if let text = prompt.prompt { FileHandle.standardOutput.write(Data(text.utf8)) }
        let start = ContinuousClock.now
        var firstToken: Duration?
        let answer = try loaded.generateText(
            [request],
            onText: { _, part in
                firstToken = firstToken ?? ContinuousClock.now - start
                FileHandle.standardOutput.write(Data(part.utf8))
                return true
            }, shouldContinue: { !interrupt.isRaised })[0]
        print()
        let total = (ContinuousClock.now - start).seconds
        let first = firstToken?.seconds ?? total
        talk(
            String(
                format: "%d prompt tokens in %.2f s, %d tokens at %.1f tokens/s, ended by %@", answer.promptTokens,
                first,
                answer.tokens.count, Double(max(answer.tokens.count - 1, 0)) / max(total - first, 1e-9),
                answer.finish.rawValue.replacingOccurrences(of: "_", with: " ")))
    }

    private struct AnswerLine: Encodable {
        let id: String?
        let text: String
        let finish: FinishReason
        let prompt_tokens: Int
        let tokens: Int
        let logprobs: [Place]?

        struct Place: Encodable {
            let token: String
            let id: Int32
            let logprob: Float
            let top: [TokenLogprob]
        }
    }

    private func answerLines(
        _ requests: [TextRequest], _ prompts: [Prompt], _ loaded: LoadedModel, _ interrupt: InterruptFlag
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let start = ContinuousClock.now
        var (tokens, answered) = (0, 0)
        // A group at a time, so that answers are on disk soon and an interruption loses little.
        for first in stride(from: 0, to: requests.count, by: 8 * batch) where !interrupt.isRaised {
            let group = first..<min(first + 8 * batch, requests.count)
            let answers = try loaded.generateText(Array(requests[group]), shouldContinue: { !interrupt.isRaised })
            for (answer, prompt) in zip(answers, prompts[group]) {
                tokens += answer.tokens.count
                answered += 1
                let places = answer.tokens.map {
                    AnswerLine.Place(
                        token: loaded.tokenizer.piece($0.id), id: $0.id, logprob: $0.logprob, top: $0.top)
                }
                let line = AnswerLine(
                    id: prompt.id, text: answer.text, finish: answer.finish, prompt_tokens: answer.promptTokens,
                    tokens: answer.tokens.count, logprobs: logprobs == nil ? nil : places)
                try FileHandle.standardOutput.write(contentsOf: encoder.encode(line) + Data("\n".utf8))
            }
        }
        let seconds = (ContinuousClock.now - start).seconds
        talk(String(format: "%d answers, %d tokens, %.1f tokens/s", answered, tokens, Double(tokens) / seconds))
        if interrupt.isRaised { throw ExitCode(130) }
    }
}

/// A text that a command is given by name.
enum InputFile {
    /// The whole of a file, or of standard input for "-".
    static func text(_ path: String) throws -> String {
        let data: Data
        if path == "-" {
            data = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            guard let content = FileManager.default.contents(atPath: path) else {
                throw FileError.unreadable(path, "no such readable file")
            }
            data = content
        }
        return String(decoding: data, as: UTF8.self)
    }
}

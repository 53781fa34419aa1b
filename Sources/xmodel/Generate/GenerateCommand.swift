// `xmodel generate`: continues texts or answers questions, one or many. GeneratePrompt.swift reads the prompts and
// GenerateOutput.swift writes the answers.
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
            One prompt streams to standard output, and status goes to standard error. Many prompts come as JSON lines, \
            {"prompt": "…"} or {"messages": [{"role": "user", "content": "…"}]}, with an optional "id" that is returned \
            unchanged. They run side by side, and answers are written in order, one JSON line each. An answer does not \
            depend on how many run together. Ctrl-C ends with what there is, and with status 130.

              xmodel generate --model runs/nano --prompt "It was a" --temperature 0.8
              xmodel generate --model model.gguf --prompts questions.jsonl > answers.jsonl
            """)

    @OptionGroup var modelOptions: ModelOptions

    @Option(help: ArgumentHelp("The text to continue, or with --chat the question.", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("A file with the text to continue; - is standard input.", valueName: "file"))
    var file: String?

    @Option(help: ArgumentHelp("JSON lines with prompts; - is standard input.", valueName: "file"))
    var prompts: String?

    @Flag(help: "Apply the model's chat template: prompts become user messages.")
    var chat = false

    @Option(help: "System message in front of the question, with --chat; a conversation that has one keeps it.")
    var system: String?

    @OptionGroup var templateOptions: ChatTemplateOptions

    @Option(help: "Maximum number of tokens to generate.")
    var maxTokens = 128

    @Option(help: "A text that ends the answer. May be repeated.")
    var stop: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Add VALUE to the logit of token ID before sampling; -inf excludes the token. May be repeated.",
            valueName: "id=value"))
    var logitBias: [String] = []

    @Option(help: "Number of prompts to run side by side.")
    var batch = 8

    @Option(
        help:
            "In JSON lines: log probabilities of the top N tokens at each position, and of the sampled one."
    )
    var logprobs: Int?

    @Flag(help: "Write JSON lines for a single prompt too.")
    var json = false

    @OptionGroup var sampling: SamplingArguments

    func validate() throws {
        try sampling.requireTemperature()
        try require(("max-tokens", maxTokens, 1...Most.count), ("batch", batch, 1...Most.batch))
        guard [prompt, file, prompts].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --prompt, --file and --prompts")
        }
        guard system == nil || chat else { throw ValidationError("--system needs --chat") }
        guard templateOptions.isEmpty || chat || prompts != nil else {
            throw ValidationError("--chat-template and --template-options need --chat, or conversations in --prompts")
        }
        _ = try LogitBias(arguments: logitBias)
        guard !stop.contains("") else { throw ValidationError("--stop is empty; give the text that ends an answer") }
        if let logprobs {
            guard (0...100).contains(logprobs) else {
                throw ValidationError("--logprobs is \(logprobs); it must be 0 to 100")
            }
            guard json || prompts != nil else {
                throw ValidationError("--logprobs are written in JSON lines; give --json as well")
            }
        }
    }

    func run() throws {
        let file = try ModelBundle.open(modelOptions.model)
        let prompts = try readPrompts()
        guard !prompts.isEmpty else { return }
        let clock = ChatTemplate.clock(.now)
        let template = Result { try templateOptions.template(of: file) }
        let ids = try prompts.map { try $0.encode(file, template, clock) }
        let needed = ids.map(\.count).max()! + maxTokens
        let capacity = try modelOptions.capacity(file, needed: needed)
        for (prompt, ids) in zip(prompts, ids) where ids.count >= capacity {
            throw PromptError.tooLong(prompt.place, tokens: ids.count, context: capacity)
        }
        let model = try modelOptions.load(file, slots: min(batch, prompts.count), context: needed)
        let masks = logitBias.isEmpty ? [] : [try LogitBias(arguments: logitBias)]
        let requests = zip(prompts, ids).enumerated().map { index, pair in
            // Numbered by its place in the list, each prompt has random numbers of its own.
            TextRequest(
                prompt: pair.1,
                options: GenerationOptions(
                    maxTokens: maxTokens, sampling: sampling.options, stopIDs: model.stopIDs,
                    topLogprobs: logprobs ?? 0, choice: index, masks: masks),
                stopStrings: stop, continuesText: pair.0.text != nil)
        }
        let interrupt = InterruptFlag()
        interrupt.install()
        let output = GenerateOutput(model, interrupt: interrupt)
        if self.prompts == nil, !json {
            try output.stream(requests[0], after: prompts[0].text ?? "")
        } else {
            try output.lines(requests, prompts.map(\.id), logprobs: logprobs != nil)
        }
        if interrupt.isRaised { throw ExitCode(128 + SIGINT) }
    }

    private func readPrompts() throws -> [GeneratePrompt] {
        let all: [GeneratePrompt] =
            if let prompt {
                [GeneratePrompt(text: prompt)]
            } else if let file {
                [GeneratePrompt(text: try InputFile.text(file), place: file)]
            } else {
                try GeneratePrompt.lines(InputFile.text(prompts!), of: prompts!)
            }
        return chat ? all.map { $0.asked(system: system) } : all
    }
}

// `xmodel generate`: continue a text, or answer a chat turn, with a trained model.
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import XMInference
import XMTensor
import XMTokenizer

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Continue a prompt with a trained model.",
        discussion: """
            The text streams to standard output. Greedy unless a temperature is given.

              xmodel generate --model runs/nano --prompt "It was a"
              xmodel generate --model runs/quickstart/sft-64 --chat --prompt "What is 3 + 4?"
            """)

    @Option(help: "A checkpoint folder, or a run folder (its newest checkpoint).")
    var model: String

    @Option(help: "The text to continue.")
    var prompt: String

    @Flag(help: "Put the prompt into the chat template and stop at the end of the answer.")
    var chat = false

    @Option(help: "Tokens to generate at most.")
    var maxTokens = 128

    @Option(help: "Sample with this temperature instead of taking the likeliest token.")
    var temperature: Double?

    @Option(help: "Sample among the k likeliest tokens.")
    var topK: Int?

    @Option(help: "Sample among the likeliest tokens that hold this share of the probability.")
    var topP = 1.0

    @Option(help: "Seed of the sampling.")
    var seed: UInt64 = 1

    @OptionGroup var compute: ComputeOptions

    func validate() throws {
        guard maxTokens > 0 else { throw ValidationError("--max-tokens is \(maxTokens); it must be at least 1") }
        if let temperature, temperature <= 0 {
            throw ValidationError("--temperature is \(temperature); it must be above 0 (leave it out for greedy)")
        }
    }

    func run() throws {
        let backend = try compute.makeBackend()
        let folder = try LoadedModel.folder(URL(filePath: model))
        let tokenizer = try SentencePieceTokenizer(contentsOf: folder.appending(path: "tokenizer.model"))
        let ids: [Int32]
        if chat {
            ids = tokenizer.encode(
                ChatTemplate.render([ChatMessage(role: "user", content: prompt)], addGenerationPrompt: true))
        } else {
            ids = tokenizer.encode(prompt)
        }
        let loaded = try LoadedModel(model, backend: backend, positions: ids.count + maxTokens)
        let generator = try Generator(model: loaded.model, slots: 1, capacity: ids.count + maxTokens)
        let sampling =
            temperature.map {
                Sampling.random(temperature: $0, topK: topK, topP: topP, seed: seed)
            } ?? .greedy
        let stops = [tokenizer.eosID, tokenizer.id(of: ChatTemplate.turnEnd)].compactMap { $0 }
        if !chat { FileHandle.standardOutput.write(Data(prompt.utf8)) }
        // A continuation keeps its leading space; an answer begins a text of its own.
        var decoder = StreamingDecoder(tokenizer, continuing: !chat)
        let start = ContinuousClock.now
        let tokens = try generator.generate(
            [ids], options: GenerationOptions(maxTokens: maxTokens, sampling: sampling, stopIDs: Set(stops))
        ) { _, id in
            FileHandle.standardOutput.write(Data(decoder.append(id).utf8))
            return true
        }[0]
        print(decoder.finish())
        let seconds = (ContinuousClock.now - start).seconds
        talk(String(format: "%d tokens, %.1f tokens/s", tokens.count, Double(tokens.count) / seconds))
    }
}

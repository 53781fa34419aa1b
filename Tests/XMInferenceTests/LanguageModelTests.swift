// What every language model promises, on each of the conformances: a model file, weights in memory, and a script.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMInference
import XMModel
import XMTensor
import XMTestSupport
import XMTokenizer

@Suite("LanguageModelTests")
struct LanguageModelTests {
    enum Kind: String, CaseIterable, Sendable { case file, weights, script }

    private let folder: TemporaryFolder
    /// Keeps the weights of `.weights`.
    private let training: TinyTraining
    private let bundle: ModelBundle

    init() throws {
        folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
        bundle = try ModelBundle(folder.url.path)
        training = try TinyTraining(bundle.config, B: 1, T: 64, threads: 1)
        training.model.initialize(seed: 1)
    }

    private func model(_ kind: Kind) throws -> any LanguageModel {
        let shape = EngineShape(slots: 2, capacity: 64)
        switch kind {
        case .file:
            let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
            return EngineModel(try LoadedModel(bundle, backend: backend, shape: shape))
        case .weights:
            return try EngineModel(
                training.model, identity: ModelIdentity(name: "step 7", weightsDigest: "7"),
                tokenizer: bundle.tokenizer,
                chatTemplate: bundle.chatTemplate, stopIDs: bundle.stopIDs, shape: shape)
        case .script:
            // Any function of the tokens so far; few of them, so that characters are whole now and then.
            return ScriptedModel(bundle.tokenizer, contextLength: 64) { prompt, answer in
                40 + ((prompt + answer).reduce(0) { ($0 * 31 + $1) % 997 }) % 200
            }
        }
    }

    private static func prompt(_ count: Int) -> [Int32] { (0..<Int32(count)).map { 30 + $0 * 7 % 200 } }

    @Test("weights in memory answer as the same weights from a file")
    func sameWeights() async throws {
        let request = TextRequest(prompt: Self.prompt(9), options: GenerationOptions(maxTokens: 20))
        let (file, weights) = (try model(.file), try model(.weights))
        let (fromFile, fromWeights) = (try await file.answers(to: [request]), try await weights.answers(to: [request]))
        #expect(fromFile[0].tokens.map(\.id) == fromWeights[0].tokens.map(\.id))
        #expect(file.identity.weightsDigest != weights.identity.weightsDigest && weights.identity.name == "step 7")
    }

    @Test("an answer is the sum of its parts, and a stop string ends it before itself", arguments: Kind.allCases)
    func generation(kind: Kind) async throws {
        let model = try model(kind)
        #expect(model.contextLength == 64 && model.tokenizer.vocabularySize == bundle.tokenizer.vocabularySize)
        var request = TextRequest(
            prompt: Self.prompt(9),
            options: GenerationOptions(maxTokens: 40, sampling: .random(temperature: 1), topLogprobs: 2))
        var parts: [String] = []
        var whole: TextAnswer?
        for try await event in model.text(request) {
            switch event {
            case .text(let part): parts.append(part)
            case .ended(let answer): whole = answer
            }
        }
        let answer = try #require(whole)
        #expect(answer.text == parts.joined() && answer.promptTokens == 9 && answer.tokens.count == 40)
        #expect(answer.tokens.allSatisfy { $0.top.count == 2 && $0.top[0].logprob >= $0.logprob })
        #expect(answer.finish == .length && model.tokenizer.decode(answer.tokens.map(\.id)) == answer.text)

        let bytes = Array(answer.text.unicodeScalars)
        let stop = String(String.UnicodeScalarView(bytes[bytes.count / 2..<bytes.count / 2 + 3]))
        request.stopStrings = ["never in this text", stop]
        let stopped = try await model.answers(to: [request])[0]
        let end = try #require(answer.text.range(of: stop, options: .literal))
        #expect(stopped.finish == .stop && stopped.text == String(answer.text[..<end.lowerBound]))
        #expect(stopped.tokens.count < 40 && stopped.tokens == Array(answer.tokens.prefix(stopped.tokens.count)))
    }

    @Test(
        "a greedy answer is scored as greedy, with the same log probabilities and alternatives",
        arguments: Kind.allCases)
    func scoring(kind: Kind) async throws {
        let model = try model(kind)
        let prompt = Self.prompt(5)
        let answer = try await model.answers(
            to: [TextRequest(prompt: prompt, options: GenerationOptions(maxTokens: 12, topLogprobs: 3))])[0]
        let ids = answer.tokens.map(\.id)
        var progress: [Int] = []
        let scores = try await model.loglikelihood([(prompt, ids), (prompt, ids.reversed())], top: 3) { done, all in
            #expect(all == 2)
            progress.append(done)
        }
        #expect(progress == [1, 2] && scores[0].isGreedy && !scores[1].isGreedy)
        #expect(scores[0].tokenLogprobs == answer.tokens.map(\.logprob))
        #expect(scores[0].tokens.map(\.top) == answer.tokens.map(\.top))
        // A text of 100 tokens in windows of 64.
        let text = Self.prompt(100)
        #expect(try await model.rollingLoglikelihood([text])[0].tokens.count == 100)
        let perplexity = try await Perplexity.measure(model, tokens: text, windows: .init(length: 20))
        #expect(perplexity.windows == 5 && perplexity.scoredTokens == 5 * 9)
    }

    @Test("a bad request fails alone, and a list ends with its error", arguments: Kind.allCases)
    func badRequest(kind: Kind) async throws {
        let model = try model(kind)
        let options = GenerationOptions(maxTokens: 3)
        let (good, long) = (Self.prompt(5), Self.prompt(65))
        let streams = [good, long, good].map { model.stream(EngineRequest(prompt: $0, generation: options)) }
        var ended = 0
        for (number, stream) in streams.enumerated() {
            do {
                for try await event in stream { if case .ended = event { ended += 1 } }
                #expect(number != 1)
            } catch {
                #expect(number == 1 && error as? EngineError == .promptTooLong(tokens: 65, capacity: 64))
            }
        }
        #expect(ended == 2)
        await #expect(throws: EngineError.promptTooLong(tokens: 65, capacity: 64)) {
            try await model.answers(to: [good, long].map { TextRequest(prompt: $0, options: options) })
        }
        await #expect(throws: ScoringError.emptyContext) { try await model.loglikelihood([([], [1])]) }
    }

    @Test("a mask restricts the answer, and one that leaves nothing is an error", arguments: Kind.allCases)
    func masks(kind: Kind) async throws {
        let model = try model(kind)
        func ids(_ bias: [Int32: Float]) async throws -> [Int32] {
            let options = GenerationOptions(maxTokens: 4, masks: [LogitBias(bias)])
            return try await model.answers(to: [TextRequest(prompt: Self.prompt(5), options: options)])[0].tokens.map(
                \.id)
        }
        let free = try await ids([:])
        #expect(try await ids([free[0]: -.infinity]).first != free[0])
        #expect(try await ids([77: 1e6]) == [77, 77, 77, 77])
        let all = (0..<Int32(model.tokenizer.vocabularySize)).map { ($0, -Float.infinity) }
        await #expect(throws: EngineError.noTokenLeft) { try await ids(Dictionary(uniqueKeysWithValues: all)) }
    }

    @Test("a cancelled task gets the answer so far, and scoring ends with CancellationError", arguments: Kind.allCases)
    func cancellation(kind: Kind) async throws {
        let model = try model(kind)
        let prompt = Self.prompt(5)
        let answers = try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await model.answers(
                to: (0..<3).map { _ in TextRequest(prompt: prompt, options: GenerationOptions(maxTokens: 40)) })
        }.value
        #expect(answers.allSatisfy { $0.finish == .cancelled || $0.tokens.count == 40 })
        await #expect(throws: CancellationError.self) {
            try await Task {
                _ = try await model.loglikelihood((0..<40).map { _ in (prompt, prompt) }) { done, _ in
                    if done == 2 { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }.value
        }
    }
}

// The one way in which evaluation, agents and the server see a model: log probabilities of continuations, log
// probabilities of whole texts, and generation. In token ids; texts are turned into them by the callers, who know
// their templates. Read next: LoadedModel.swift (the conformance here), TextGeneration.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

/// How likely a continuation is after its context.
package struct ContinuationScore: Sendable, Equatable {
    /// Sum over the continuation's tokens, natural logarithm.
    package let logprob: Double
    package let tokenLogprobs: [Float]
    /// Greedy decoding would have said the same.
    package let isGreedy: Bool
}

package protocol LanguageModel {
    var tokenizer: any Tokenizer { get }
    /// Most positions of one sequence.
    var contextLength: Int { get }

    /// Scores `continuation` behind `context`, which has at least one token. What is longer than the context length
    /// loses tokens at its beginning.
    func loglikelihood(_ requests: [(context: [Int32], continuation: [Int32])]) throws -> [ContinuationScore]

    /// Log probability of all tokens of texts of any length: in windows of the context length that do not overlap but
    /// for one token, the first behind the start token.
    func rollingLoglikelihood(_ texts: [[Int32]]) throws -> [ContinuationScore]

    /// Continues prompts; `onToken` ends a request by returning false, `shouldContinue` ends all.
    func generate(
        _ requests: [(prompt: [Int32], options: GenerationOptions)], onToken: (Int, GeneratedToken) -> Bool,
        shouldContinue: () -> Bool
    ) throws -> [EngineResult]
}

extension LoadedModel: LanguageModel {
    package func loglikelihood(
        _ requests: [(context: [Int32], continuation: [Int32])]
    ) throws -> [ContinuationScore] {
        let all = try run(
            requests.map { request in
                // The last token predicts nothing and need not run, but it counts as scored.
                let tokens = (request.context + request.continuation).suffix(contextLength)
                let scored = min(request.continuation.count, tokens.count - 1)
                return EngineRequest(prompt: Array(tokens), scoredFrom: tokens.count - scored)
            })
        return all.map { ContinuationScore($0.scores) }
    }

    package func rollingLoglikelihood(_ texts: [[Int32]]) throws -> [ContinuationScore] {
        var windows: [EngineRequest] = []
        var owner: [Int] = []
        for (number, text) in texts.enumerated() {
            let tokens = [tokenizer.startID] + text
            for first in stride(from: 0, to: text.count, by: contextLength - 1) {
                let window = tokens[first..<min(first + contextLength, tokens.count)]
                windows.append(EngineRequest(prompt: Array(window), scoredFrom: 1))
                owner.append(number)
            }
        }
        var scores = [[TokenScore]](repeating: [], count: texts.count)
        for (number, result) in zip(owner, try run(windows)) { scores[number] += result.scores }
        return scores.map(ContinuationScore.init)
    }

    package func generate(
        _ requests: [(prompt: [Int32], options: GenerationOptions)],
        onToken: (Int, GeneratedToken) -> Bool = { _, _ in true }, shouldContinue: () -> Bool = { true }
    ) throws -> [EngineResult] {
        try run(
            requests.map { EngineRequest(prompt: $0.prompt, generation: $0.options) }, onToken: onToken,
            shouldContinue: shouldContinue)
    }
}

extension ContinuationScore {
    init(_ scores: [TokenScore]) {
        self.init(
            logprob: scores.reduce(0) { $0 + Double($1.logprob) }, tokenLogprobs: scores.map(\.logprob),
            isGreedy: scores.allSatisfy(\.isGreedy))
    }
}

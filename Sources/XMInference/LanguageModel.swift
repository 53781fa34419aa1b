// The one way in which evaluation, agents and the server see a model: log probabilities of continuations, log
// probabilities of whole texts, and generation. In token ids; the methods for texts below are made of those.
// Read next: ScoredText.swift (how texts are cut), TextGeneration.swift, LoadedModel.swift (the conformance here).
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

    /// Scores `continuation` behind `context`, which has at least one token. The model reads all but the last token;
    /// what does not fit its context length is cut off at the beginning. Throws `ScoringError`.
    func loglikelihood(_ requests: [(context: [Int32], continuation: [Int32])]) throws -> [ContinuationScore]

    /// Log probability of every token of texts of any length, the first behind the start token, in `RollingWindows`.
    func rollingLoglikelihood(_ texts: [[Int32]]) throws -> [ContinuationScore]

    /// Continues prompts; `onToken` ends a request by returning false, `shouldContinue` ends all.
    func generate(
        _ requests: [(prompt: [Int32], options: GenerationOptions)], onToken: (Int, GeneratedToken) -> Bool,
        shouldContinue: () -> Bool
    ) throws -> [EngineResult]
}

extension LanguageModel {
    /// Of texts, as lm-evaluation-harness scores them. `withBOS` is for models that were trained with BOS in front; the
    /// harness's published numbers are mostly without.
    package func loglikelihood(
        texts: [(context: String, continuation: String)], withBOS: Bool = false
    ) throws -> [ContinuationScore] {
        try loglikelihood(
            texts.map { try tokenizer.encode(context: $0.context, continuation: $0.continuation, withBOS: withBOS) })
    }

    /// Of texts, as lm-evaluation-harness scores them; an empty one has no score but 0.
    package func rollingLoglikelihood(texts: [String]) throws -> [ContinuationScore] {
        try rollingLoglikelihood(texts.map { tokenizer.encode($0) })
    }
}

extension LoadedModel: LanguageModel {
    package func loglikelihood(
        _ requests: [(context: [Int32], continuation: [Int32])]
    ) throws -> [ContinuationScore] {
        let all = try run(
            requests.map { context, continuation in
                guard !context.isEmpty else { throw ScoringError.emptyContext }
                guard continuation.count <= contextLength else {
                    throw ScoringError.continuationTooLong(tokens: continuation.count, contextLength: contextLength)
                }
                let tokens = (context + continuation).suffix(contextLength + 1)
                return EngineRequest(prompt: Array(tokens), scoredFrom: tokens.count - continuation.count)
            })
        return all.map { ContinuationScore($0.scores) }
    }

    package func rollingLoglikelihood(_ texts: [[Int32]]) throws -> [ContinuationScore] {
        var requests: [EngineRequest] = []
        var owner: [Int] = []
        for (number, text) in texts.enumerated() {
            let tokens = [tokenizer.startID] + text
            for window in RollingWindows.windows(count: text.count, length: contextLength) {
                let prompt = Array(tokens[window.tokens])
                requests.append(EngineRequest(prompt: prompt, scoredFrom: prompt.count - window.scored))
                owner.append(number)
            }
        }
        var scores = [[TokenScore]](repeating: [], count: texts.count)
        for (number, result) in zip(owner, try run(requests)) { scores[number] += result.scores }
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

// Log probabilities of continuations and of whole texts, by the rules of lm-evaluation-harness (docs/scoring.md).
// How text is split into tokens is in ScoredText.swift.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

/// How likely a continuation is after its context.
package struct ContinuationScore: Sendable, Equatable {
    /// Sum over the continuation's tokens, in nats.
    package let logprob: Double
    /// One score for each token of the continuation.
    package let tokens: [TokenScore]

    package init(_ tokens: [TokenScore]) {
        self.tokens = tokens
        logprob = tokens.reduce(0) { $0 + Double($1.logprob) }
    }

    package var tokenLogprobs: [Float] { tokens.map(\.logprob) }
    /// Greedy decoding would have produced the same continuation.
    package var isGreedy: Bool { tokens.allSatisfy(\.isGreedy) }
}

/// Called as requests finish: how many of all.
package typealias ScoringProgress = (_ finished: Int, _ total: Int) throws -> Void

extension LanguageModel {
    /// Scores each `continuation` given its `context`, which has at least one token. The model reads all tokens but the
    /// last; what exceeds the context length is cut off at the front. `top` is the number of alternatives to report
    /// beside each token. Throws `ScoringError`, and `CancellationError` if the task is cancelled.
    package func loglikelihood(
        _ requests: [(context: [Int32], continuation: [Int32])], top: Int = 0,
        onProgress: ScoringProgress = { _, _ in }
    ) async throws -> [ContinuationScore] {
        let scored = try requests.map { context, continuation in
            guard !context.isEmpty else { throw ScoringError.emptyContext }
            guard continuation.count <= contextLength else {
                throw ScoringError.continuationTooLong(tokens: continuation.count, contextLength: contextLength)
            }
            let tokens = (context + continuation).suffix(contextLength + 1)
            return EngineRequest(
                prompt: Array(tokens), scoredFrom: tokens.count - continuation.count, scoredTop: top)
        }
        return try await results(of: scored) { try onProgress($0, scored.count) }.map { ContinuationScore($0.scores) }
    }

    /// The same for text. `withBOS` is for models trained with BOS in front; the harness's published numbers are mostly
    /// without.
    package func loglikelihood(
        texts: [(context: String, continuation: String)], withBOS: Bool = false,
        onProgress: ScoringProgress = { _, _ in }
    ) async throws -> [ContinuationScore] {
        try await loglikelihood(
            texts.map { try tokenizer.encode(context: $0.context, continuation: $0.continuation, withBOS: withBOS) },
            onProgress: onProgress)
    }

    /// Log probability of every token of texts of any length, the first one given the start token; windows are those of
    /// `RollingWindows`. An empty text scores 0.
    package func rollingLoglikelihood(
        _ texts: [[Int32]], onProgress: ScoringProgress = { _, _ in }
    ) async throws -> [ContinuationScore] {
        var requests: [EngineRequest] = []
        var owners: [Int] = []  // the text of each window
        for (number, text) in texts.enumerated() {
            let tokens = [tokenizer.startID] + text
            for window in RollingWindows.windows(count: text.count, length: contextLength) {
                let prompt = Array(tokens[window.tokens])
                requests.append(EngineRequest(prompt: prompt, scoredFrom: prompt.count - window.scored))
                owners.append(number)
            }
        }
        var scores = [[TokenScore]](repeating: [], count: texts.count)
        let results = try await results(of: requests) { try onProgress($0, requests.count) }
        for (number, result) in zip(owners, results) { scores[number] += result.scores }
        return scores.map { ContinuationScore($0) }
    }

    /// The same for text.
    package func rollingLoglikelihood(
        texts: [String], onProgress: ScoringProgress = { _, _ in }
    ) async throws -> [ContinuationScore] {
        try await rollingLoglikelihood(texts.map { tokenizer.encode($0) }, onProgress: onProgress)
    }
}

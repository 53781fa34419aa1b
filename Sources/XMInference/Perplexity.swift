// Perplexity of a text in windows that do not overlap. Only the second part of each is scored, so that every scored
// token has at least that much context. The windows are those of llama.cpp's perplexity tool, and so are the numbers.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMTokenizer

package struct Perplexity: Sendable, Equatable, Codable {
    /// exp of the mean negative log probability of a scored token.
    package let perplexity: Double
    /// Standard error of the perplexity.
    package let standardError: Double
    /// Mean negative log probability in nats per token.
    package let meanLoss: Double
    package let scoredTokens: Int
    package let windows: Int

    /// From the negative log probabilities of all scored tokens.
    init(losses: [Double], windows: Int) {
        let n = Double(losses.count)
        let mean = losses.reduce(0, +) / n
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(n - 1, 1)
        meanLoss = mean
        perplexity = exp(mean)
        // First-order propagation of the mean's standard error through exp.
        standardError = exp(mean) * (variance / n).squareRoot()
        scoredTokens = losses.count
        self.windows = windows
    }

    /// How a text is divided.
    package struct Windows: Sendable, Equatable {
        package var length: Int
        /// Index of the first scored token in a window.
        package var scoredFrom: Int

        /// By default the second half of each window is scored.
        package init(length: Int, scoredFrom: Int? = nil) {
            self.length = length
            self.scoredFrom = scoredFrom ?? length / 2 + 1
        }

        /// Number of whole windows in a text. Throws `PerplexityError.textTooShort` if there is none.
        package func count(in tokens: [Int32]) throws -> Int {
            guard tokens.count >= length else {
                throw PerplexityError.textTooShort(tokens: tokens.count, window: length)
            }
            return tokens.count / length
        }
    }

    /// A final partial window is dropped. `onProgress(windows, all)` is called after every window. Throws
    /// `CancellationError` if the task is cancelled.
    package static func measure(
        _ model: any LanguageModel, tokens: [Int32], windows: Windows,
        onProgress: ScoringProgress = { _, _ in }
    ) async throws -> Perplexity {
        let count = try windows.count(in: tokens)
        let bos = model.tokenizer.addsBOS ? model.tokenizer.bosID : nil
        let requests = (0..<count).lazy.map { number in
            var window = Array(tokens[number * windows.length..<(number + 1) * windows.length])
            // As in llama.cpp: BOS takes the place of a window's first token.
            if let bos { window[0] = bos }
            return EngineRequest(prompt: window, scoredFrom: windows.scoredFrom)
        }
        let results = try await model.results(of: requests) { try onProgress($0, count) }
        return Perplexity(
            losses: results.flatMap { $0.scores.map { -Double($0.logprob) } }, windows: count)
    }
}

package enum PerplexityError: Error, CustomStringConvertible {
    case textTooShort(tokens: Int, window: Int)

    package var description: String {
        switch self {
        case .textTooShort(let tokens, let window):
            "the text has \(tokens) tokens and one window needs \(window); give a longer text or choose a smaller --window"
        }
    }
}

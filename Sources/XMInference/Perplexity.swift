// Perplexity of a text in windows that do not overlap, of which only the second part is scored: every scored token has
// at least that much context. The windows are those of llama.cpp's perplexity tool, so that numbers can be compared.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMTokenizer

package struct Perplexity: Sendable, Equatable, Codable {
    /// exp of the mean negative log probability of a scored token.
    package let perplexity: Double
    /// Standard error of the perplexity.
    package let standardError: Double
    /// Mean negative log probability, in nats a token.
    package let meanLoss: Double
    package let scoredTokens: Int
    package let windows: Int

    /// From the negative log probabilities of scored tokens.
    init(losses: [Double], windows: Int) {
        let n = Double(losses.count)
        let mean = losses.reduce(0, +) / n
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(n - 1, 1)
        meanLoss = mean
        perplexity = exp(mean)
        standardError = exp(mean) * (variance / n).squareRoot()
        scoredTokens = losses.count
        self.windows = windows
    }

    /// How a text is cut.
    package struct Windows: Sendable, Equatable {
        package var length: Int
        /// Index of the first scored token of a window.
        package var scoredFrom: Int

        /// Half of each window is scored unless told otherwise.
        package init(length: Int, scoredFrom: Int? = nil) {
            self.length = length
            self.scoredFrom = scoredFrom ?? length / 2 + 1
        }

        /// Whole windows of a text. Throws `PerplexityError.textTooShort` where there is none.
        package func count(in tokens: [Int32]) throws -> Int {
            guard tokens.count >= length else {
                throw PerplexityError.textTooShort(tokens: tokens.count, window: length)
            }
            return tokens.count / length
        }
    }

    /// `onWindow(done, all, so far)` is called after every group of windows. A rest shorter than a window is left out.
    package static func measure(
        _ model: LoadedModel, tokens: [Int32], windows: Windows, onWindow: (Int, Int, Double) -> Void = { _, _, _ in }
    ) throws -> Perplexity {
        let count = try windows.count(in: tokens)
        let bos = model.tokenizer.addsBOS ? model.tokenizer.bosID : nil
        var losses: [Double] = []
        for first in stride(from: 0, to: count, by: model.engine.shape.slots) {
            let group = first..<min(first + model.engine.shape.slots, count)
            let requests = group.map { number in
                var window = Array(tokens[number * windows.length..<(number + 1) * windows.length])
                if let bos { window[0] = bos }
                return EngineRequest(prompt: window, scoredFrom: windows.scoredFrom)
            }
            for result in try model.run(requests) { losses += result.scores.map { -Double($0.logprob) } }
            onWindow(group.upperBound, count, exp(losses.reduce(0, +) / Double(losses.count)))
        }
        return Perplexity(losses: losses, windows: count)
    }
}

package enum PerplexityError: Error, CustomStringConvertible {
    case textTooShort(tokens: Int, window: Int)

    package var description: String {
        switch self {
        case .textTooShort(let tokens, let window):
            "the text has \(tokens) tokens and one window needs \(window); give a longer text or take smaller windows"
        }
    }
}

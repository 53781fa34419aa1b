// The cost of quantisation: two models with one vocabulary read the same text and their predictions are compared token
// by token. Windows and scored tokens are those of Perplexity.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMModel
package import XMTensor
import XMTokenizer

package struct ModelComparison: Sendable, Equatable, Codable {
    /// Of the original and of the other model, on the scored tokens.
    package let originalPerplexity: Double
    package let perplexity: Double
    /// Mean over the scored tokens of sum p log(p / q), in nats; p is the original's distribution.
    package let klDivergence: Double
    /// Share of scored tokens at which both models have the same most likely token.
    package let top1Agreement: Double
    package let scoredTokens: Int

    /// `onWindow(done, all)` is called after every window; an error that it throws ends the comparison. Throws
    /// `PerplexityError.textTooShort`, and `ComparisonError` for models of different vocabularies.
    package static func measure(
        original: ModelBundle, other: ModelBundle, tokens: [Int32], windows: Perplexity.Windows, backend: any Backend,
        onWindow: (Int, Int) throws -> Void = { _, _ in }
    ) throws -> ModelComparison {
        let count = try windows.count(in: tokens)
        guard original.config.vocabularySize == other.config.vocabularySize else {
            throw ComparisonError.vocabularies(original.config.vocabularySize, other.config.vocabularySize)
        }
        let arena = Arena(on: backend)
        let first = try Reader(original, length: windows.length, backend: backend, in: arena)
        let second = try Reader(other, length: windows.length, backend: backend, in: arena)
        let bos = original.tokenizer.addsBOS ? original.tokenizer.bosID : nil
        var (losses, otherLosses, divergence, agreeing, scored) = (0.0, 0.0, 0.0, 0, 0)
        for number in 0..<count {
            var window = Array(tokens[number * windows.length..<(number + 1) * windows.length])
            if let bos { window[0] = bos }
            first.read(window) { original in
                second.read(window) { other in
                    for index in windows.scoredFrom..<windows.length {
                        // The row of a position predicts the next one.
                        let (p, q) = (original[index - 1], other[index - 1])
                        losses -= Double(p.logprob(window[index]))
                        otherLosses -= Double(q.logprob(window[index]))
                        divergence += p.klDivergence(from: q)
                        agreeing += p.argmax == q.argmax ? 1 : 0
                        scored += 1
                    }
                }
            }
            try onWindow(number + 1, count)
        }
        let n = Double(scored)
        return ModelComparison(
            originalPerplexity: exp(losses / n), perplexity: exp(otherLosses / n), klDivergence: divergence / n,
            top1Agreement: Double(agreeing) / n, scoredTokens: scored)
    }

    /// A model with room for the logits of one window.
    private struct Reader {
        private let model: Xmodel2Model
        private let workspace: Workspace
        private let logits: Tensor  // f32 [length, V]
        private let largest: Tensor  // f32 [length]
        private let logSumExp: Tensor  // f32 [length]

        init(_ file: ModelBundle, length: Int, backend: any Backend, in arena: Arena) throws {
            let config = file.config
            model = try Xmodel2Model(running: file.weights, backend: backend, positions: length, in: arena)
            workspace = try Workspace(
                config, WorkspaceShape(B: 1, T: length, training: false), in: arena)
            logits = try arena.tensor("logits", "logits", .f32, [length, config.vocabularySize])
            largest = try arena.tensor("logits", "largest", .f32, [length])
            logSumExp = try arena.tensor("logits", "log sum", .f32, [length])
        }

        /// What the model predicts after each token of a window.
        func read(_ tokens: [Int32], _ body: ([LogitRow]) -> Void) {
            let none = [Int32](repeating: TokenBatch.noTarget, count: tokens.count)
            model.logits(TokenBatch(batchSize: 1, ids: tokens, targets: none), workspace: workspace, into: logits)
            LogitRow.read(
                logits, count: tokens.count, largest: largest, logSumExp: logSumExp, on: model.backend, body)
        }
    }
}

package enum ComparisonError: Error, CustomStringConvertible, Equatable {
    case vocabularies(Int, Int)

    package var description: String {
        switch self {
        case .vocabularies(let first, let second):
            "the models have vocabularies of \(first) and \(second) tokens; only models with the same vocabulary can be compared"
        }
    }
}

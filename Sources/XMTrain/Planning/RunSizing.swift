// Sizes of a first run on someone's own text: the model, the batch and the length that a machine can train in the time
// asked for and that the text can teach. `xmodel init` prints them with their reasons; each is a key of the recipe.
// SPDX-License-Identifier: Apache-2.0

package import XMModel

/// The numbers of a recipe that depend on the text, the machine and the time.
package struct RunSizing: Sendable, Equatable {
    package var preset: Preset
    package var sequenceLength: Int
    /// Sequences of a step.
    package var batchSize: Int
    package var steps: Int
    package var warmupSteps: Int
    package var decaySteps: Int
    package var learningRate: Double

    package var tokensPerStep: Int { batchSize * sequenceLength }
    package var tokens: Int { steps * tokensPerStep }

    /// Fewer tokens than this per parameter leave a model undertrained (Hoffmann et al. 2022, arXiv 2203.15556).
    static let tokensPerParameter = 20.0
    /// More passes over the same text than this teach next to nothing (Muennighoff et al. 2023, arXiv 2305.16264).
    package static let mostPasses = 16.0
    static let fewestSteps = 20

    /// Vocabulary size for a text of that many bytes: each token should occur a few hundred times.
    package static func vocabulary(textBytes: Int) -> Int {
        switch textBytes {
        case ..<2_000_000: 1024
        case ..<10_000_000: 4096
        case ..<200_000_000: 8192
        case ..<2_000_000_000: 16_384
        default: 32_768
        }
    }

    /// The largest preset that sees enough tokens in the time, within the passes that still teach; nano where none
    /// does.
    ///
    /// - Parameters:
    ///   - flops: model FLOPs per second that training reaches on this machine.
    ///   - textTokens: tokens of the text.
    package static func preset(seconds: Double, flops: Double, textTokens: Double, vocabulary: Int) -> Preset {
        Preset.allCases.last { preset in
            let config = preset.config(vocabularySize: vocabulary)
            let perToken = FlopCount(config, sequenceLength: sequenceLength(textTokens)).training
            let tokens = min(seconds * flops / perToken, mostPasses * textTokens)
            return tokens >= tokensPerParameter * Double(ParameterLayout(config).count)
        } ?? .nano
    }

    /// Sequence length: short for texts that would fill only a few hundred long sequences.
    package static func sequenceLength(_ textTokens: Double) -> Int { textTokens < 500_000 ? 256 : 512 }

    /// Plans the run of a preset that trains at `tokensPerSecond`.
    package init(
        _ preset: Preset, seconds: Double, tokensPerSecond: Double, textTokens: Double, hasConversations: Bool
    ) {
        self.preset = preset
        sequenceLength = Self.sequenceLength(textTokens)
        let budget = max(min(seconds * tokensPerSecond, Self.mostPasses * textTokens), 1)
        // From 1,024 tokens a step on, doubled while more than 2,000 steps remain.
        batchSize = max(1, 1024 / sequenceLength)
        while budget / Double(batchSize * sequenceLength) > 2000, batchSize * sequenceLength < 1 << 17 {
            batchSize *= 2
        }
        let most = budget / Double(batchSize * sequenceLength)
        steps = max(Self.fewestSteps, Int(min(most, 1e9)))
        warmupSteps = max(1, min(2000, steps / 20))
        // Conversations are seen in the decay alone, so it is longer with them.
        decaySteps = max(1, steps * (hasConversations ? 2 : 1) / 5)
        // 0.003 at 4,096 tokens a step (docs/LOG.md), by the root of the batch up to the paper's 0.01.
        learningRate = min(0.01, 0.003 * (Double(batchSize * sequenceLength) / 4096).squareRoot())
        learningRate = (learningRate * 1e4).rounded() / 1e4
    }
}

// What the engine is asked and what it answers, in token ids. LanguageModel.swift has the same for texts.
// SPDX-License-Identifier: Apache-2.0

/// One sequence: a prompt, tokens of it to be scored, and what to add to it.
package struct EngineRequest: Sendable, Equatable {
    package var prompt: [Int32]
    /// Index of the first prompt token whose log probability is wanted, at least 1; nil: none.
    package var scoredFrom: Int?
    /// nil: the prompt is only read.
    package var generation: GenerationOptions?

    package init(prompt: [Int32], scoredFrom: Int? = nil, generation: GenerationOptions? = nil) {
        (self.prompt, self.scoredFrom, self.generation) = (prompt, scoredFrom, generation)
    }

    /// Nothing is added, so the last token is looked at but does not run.
    var isScoredOnly: Bool { generation == nil && scoredFrom != nil }
}

/// What a generation may do.
package struct GenerationOptions: Sendable, Equatable {
    /// Tokens to generate at most.
    package var maxTokens: Int
    package var sampling: SamplingOptions
    /// Generation ends when one of these is produced; it is not part of the result.
    package var stopIDs: Set<Int32>
    /// How many of the likeliest tokens are reported beside each chosen one.
    package var topLogprobs: Int
    /// Number of the random stream under the seed; nil takes the request's place among those that run together. Who
    /// runs a long list in groups gives the place in the list.
    package var stream: Int?

    package init(
        maxTokens: Int, sampling: SamplingOptions = .greedy, stopIDs: Set<Int32> = [], topLogprobs: Int = 0,
        stream: Int? = nil
    ) {
        (self.maxTokens, self.sampling, self.stopIDs) = (maxTokens, sampling, stopIDs)
        (self.topLogprobs, self.stream) = (topLogprobs, stream)
    }
}

/// A token and the natural logarithm of its probability, before any filter of the sampling.
package struct TokenLogprob: Sendable, Equatable, Codable {
    package let id: Int32
    package let logprob: Float
}

package struct GeneratedToken: Sendable, Equatable {
    package let id: Int32
    package let logprob: Float
    /// The likeliest tokens, likeliest first.
    package let top: [TokenLogprob]
}

/// A prompt token as the model expected it.
package struct TokenScore: Sendable, Equatable {
    package let logprob: Float
    /// Greedy decoding would have taken it.
    package let isGreedy: Bool
}

package enum FinishReason: String, Sendable, Codable {
    /// A stop token, or a stop string.
    case stop
    /// As many tokens as were allowed.
    case length
    /// The context holds no more.
    case contextFull = "context_full"
    /// The caller ended it.
    case cancelled
}

package struct EngineResult: Sendable, Equatable {
    /// One for each prompt token from `scoredFrom` on.
    package var scores: [TokenScore] = []
    package var tokens: [GeneratedToken] = []
    package var finish = FinishReason.length
    /// Prompt positions that an earlier sequence had left in the cache.
    package var reusedPositions = 0
}

package enum EngineError: Error, CustomStringConvertible, Equatable {
    case promptTooLong(tokens: Int, capacity: Int)
    case emptyPrompt
    case wrongToken(id: Int32, vocabulary: Int)
    case notANumber

    package var description: String {
        switch self {
        case .promptTooLong(let tokens, let capacity):
            "the prompt has \(tokens) tokens and the context holds \(capacity), the answer included; shorten the prompt or "
                + "ask for a larger context"
        case .emptyPrompt: "the prompt is empty; give at least one token"
        case .wrongToken(let id, let vocabulary):
            "token \(id) is not in the model's vocabulary of \(vocabulary); the tokenizer belongs to another model"
        case .notANumber: "the model's output is not a number; its weights are damaged"
        }
    }
}

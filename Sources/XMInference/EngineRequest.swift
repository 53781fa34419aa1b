// What an engine is asked and what it answers, in token ids: requests, events, results and errors.
// TextGeneration.swift has the same for text; Engine.swift runs it.
// SPDX-License-Identifier: Apache-2.0

/// One sequence: a prompt, which of its tokens to score, and how to continue it.
package struct EngineRequest: Sendable {
    package var prompt: [Int32]
    /// Index of the first prompt token to score, at least 1; nil scores none.
    package var scoredFrom: Int?
    /// How many of the most likely tokens to report beside each scored one.
    package var scoredTop: Int
    /// nil: the prompt is only read.
    package var generation: GenerationOptions?

    package init(
        prompt: [Int32], scoredFrom: Int? = nil, scoredTop: Int = 0, generation: GenerationOptions? = nil
    ) {
        (self.prompt, self.scoredFrom, self.scoredTop) = (prompt, scoredFrom, scoredTop)
        self.generation = generation
    }

    /// Nothing follows the prompt, so its last token is scored but never runs.
    var isScoredOnly: Bool { generation == nil && scoredFrom != nil }

    /// Throws what is wrong with the request, `EngineError` or `SamplingError`, for a context of `capacity` positions.
    package func validate(capacity: Int, vocabularySize: Int) throws {
        guard !prompt.isEmpty else { throw EngineError.emptyPrompt }
        // An answer needs a position of its own; a token that is only scored needs none.
        let room = capacity + (isScoredOnly ? 1 : generation == nil ? 0 : -1)
        guard prompt.count <= room else {
            throw EngineError.promptTooLong(tokens: prompt.count, capacity: capacity)
        }
        guard scoredFrom ?? 1 >= 1 else { throw EngineError.firstTokenScored }
        if let id = prompt.first(where: { $0 < 0 || $0 >= vocabularySize }) {
            throw EngineError.unknownToken(id: id, vocabulary: vocabularySize)
        }
        guard let generation else { return }
        try generation.sampling.validate()
        for mask in generation.masks { try mask.validate(vocabularySize: vocabularySize) }
    }

    /// The part of the prompt whose keys and values may come from the cache. The last token has to run, because its
    /// logits are wanted, and so does the one before the first scored token.
    var reusablePrompt: ArraySlice<Int32> {
        prompt.prefix(max(0, min(prompt.count - 1, (scoredFrom ?? .max) - 1)))
    }
}

/// How a prompt is continued.
package struct GenerationOptions: Sendable {
    /// Maximum number of tokens to generate.
    package var maxTokens: Int
    package var sampling: SamplingOptions
    /// Generation ends when one of these is sampled; it is not part of the result.
    package var stopIDs: Set<Int32>
    /// How many of the most likely tokens to report beside each generated one.
    package var topLogprobs: Int
    /// Which of several answers under one seed this is: random numbers depend on (seed, choice) and on nothing else,
    /// such as the requests that happen to run at the same time. Requests of a list that should differ are numbered by
    /// their place in the list.
    package var choice: Int
    /// Restrictions on the next token, applied to the logits in this order.
    package var masks: [any TokenMask]

    package init(
        maxTokens: Int, sampling: SamplingOptions = .greedy, stopIDs: Set<Int32> = [], topLogprobs: Int = 0,
        choice: Int = 0, masks: [any TokenMask] = []
    ) {
        (self.maxTokens, self.sampling, self.stopIDs) = (maxTokens, sampling, stopIDs)
        (self.topLogprobs, self.choice, self.masks) = (topLogprobs, choice, masks)
    }
}

/// A token and its natural log probability under the model itself: before masks, penalties, temperature and filters.
package struct TokenLogprob: Sendable, Equatable, Codable {
    package let id: Int32
    package let logprob: Float

    package init(id: Int32, logprob: Float) { (self.id, self.logprob) = (id, logprob) }
}

package struct GeneratedToken: Sendable, Equatable {
    package let id: Int32
    package let logprob: Float
    /// The most likely tokens, in descending order.
    package let top: [TokenLogprob]

    package init(id: Int32, logprob: Float, top: [TokenLogprob] = []) {
        (self.id, self.logprob, self.top) = (id, logprob, top)
    }
}

/// How likely a prompt token was, given the tokens before it.
package struct TokenScore: Sendable, Equatable {
    package let logprob: Float
    /// Greedy decoding would have chosen this token: the lowest id among the most likely.
    package let isGreedy: Bool
    /// The most likely tokens at this position, in descending order; their log probabilities and `logprob` come from
    /// the same logits and the same normaliser, so equal tokens have equal values.
    package let top: [TokenLogprob]

    package init(logprob: Float, isGreedy: Bool, top: [TokenLogprob] = []) {
        (self.logprob, self.isGreedy, self.top) = (logprob, isGreedy, top)
    }
}

package enum FinishReason: String, Sendable, Codable {
    /// A stop token or a stop string.
    case stop
    /// The maximum number of tokens.
    case length
    /// The context is full.
    case contextFull = "context_full"
    /// The caller ended it.
    case cancelled
}

package struct EngineResult: Sendable, Equatable {
    /// One for each prompt token from `scoredFrom` on.
    package var scores: [TokenScore] = []
    package var tokens: [GeneratedToken] = []
    package var finish = FinishReason.length
    /// Prompt positions taken from the cache instead of computed.
    package var reusedPositions = 0

    package init() {}

    var cancelled: EngineResult {
        var result = self
        result.finish = .cancelled
        return result
    }
}

// MARK: - Events

/// Names a submitted request. Ids are never used twice by one engine.
package struct RequestID: Hashable, Sendable {
    let number: Int
}

/// What happens to a sequence, in order: `started` once, `token` for each generated token, `ended` once.
package enum SequenceEvent: Sendable {
    /// The request has left the queue and has a slot of the cache.
    case started(reusedPositions: Int)
    case token(GeneratedToken)
    case ended(EngineResult)
}

package struct EngineEvent: Sendable {
    package let id: RequestID
    /// A failure is the last event of its request and concerns no other.
    package let outcome: Result<SequenceEvent, EngineError>
}

package enum EngineError: Error, CustomStringConvertible, Equatable {
    case promptTooLong(tokens: Int, capacity: Int)
    case emptyPrompt
    case unknownToken(id: Int32, vocabulary: Int)
    case firstTokenScored
    case unknownBiasToken(id: Int32, vocabulary: Int)
    case invalidBias(id: Int32, value: Float)
    case noTokenLeft
    case notANumber

    package var description: String {
        switch self {
        case .promptTooLong(let tokens, let capacity):
            "the prompt has \(tokens) tokens and the context holds \(capacity), the answer included; shorten the prompt or "
                + "ask for a larger context"
        case .emptyPrompt: "the prompt is empty; give at least one token"
        case .unknownToken(let id, let vocabulary):
            "token \(id) is not in the model's vocabulary of \(vocabulary); the tokenizer belongs to another model"
        case .firstTokenScored:
            "the first token of a prompt has no probability, since nothing precedes it; score from the second token on"
        case .unknownBiasToken(let id, let vocabulary):
            "the logit bias names token \(id) and the model's vocabulary has the ids 0 to \(vocabulary - 1); remove it"
        case .invalidBias(let id, let value):
            "the logit bias of token \(id) is \(value); give a finite number, or -inf to exclude the token"
        case .noTokenLeft:
            "the request's restrictions exclude every token of the vocabulary; relax its logit bias or other masks"
        case .notANumber: "the model's output is not a number; its weights are damaged"
        }
    }
}

// A sequence inside the engine: which of its tokens are in the cache, which run next, and the result so far.
// SPDX-License-Identifier: Apache-2.0

struct EngineSequence {
    let id: RequestID
    let slot: Int
    /// Prompt and answer.
    private var tokens: [Int32]
    private let promptCount: Int
    /// Prompt tokens that run: all, or all but the last where nothing follows that its logits could predict.
    private let promptRows: Int
    private let scoredFrom: Int?
    let scoredTop: Int
    private let generation: GenerationOptions?
    var sampler: Sampler
    /// Positions in the cache.
    var stored: Int
    private(set) var result = EngineResult()
    private(set) var isEnded = false
    /// Set together with `isEnded` when the sequence ends without a result.
    private(set) var failure: EngineError?

    init(_ request: EngineRequest, id: RequestID, slot: Int, reused: Int) {
        (self.id, self.slot) = (id, slot)
        tokens = request.prompt
        promptCount = request.prompt.count
        (scoredFrom, scoredTop) = (request.scoredFrom, request.scoredTop)
        generation = request.generation.flatMap { $0.maxTokens > 0 ? $0 : nil }
        promptRows = promptCount - (request.isScoredOnly ? 1 : 0)
        sampler = Sampler(
            request.generation?.sampling ?? .greedy, prompt: request.prompt,
            choice: request.generation?.choice ?? 0, masks: request.generation?.masks ?? [])
        stored = reused
        result.reusedPositions = reused
    }

    /// Tokens that have not run yet.
    var pending: ArraySlice<Int32> { tokens[stored..<(generation == nil ? promptRows : tokens.count)] }
    var prompt: ArraySlice<Int32> { tokens[..<promptCount] }
    /// The prompt has not run to its end yet.
    var isReading: Bool { stored < promptRows }
    /// The prompt has run and nothing is to be generated, or the answer has ended.
    var isFinished: Bool { isEnded || generation == nil && !isReading }
    var topLogprobs: Int { generation?.topLogprobs ?? 0 }

    /// Which of the next `count` rows need logits: those before a scored token, and the last one before an answer.
    func wantedRows(_ count: Int) -> Range<Int> {
        // The row of position p gives the logits of token p + 1.
        let first = max((scoredFrom ?? promptCount) - 1, stored)
        let end = min(stored + count, generation == nil ? promptCount - 1 : .max)
        return first < end ? first - stored..<end - stored : 0..<0
    }

    /// The prompt token that the next row of logits predicts, while there are tokens left to score.
    var nextScored: Int32? {
        guard let scoredFrom else { return nil }
        let index = scoredFrom + result.scores.count
        return index < promptCount ? tokens[index] : nil
    }

    mutating func append(_ score: TokenScore) { result.scores.append(score) }

    /// Takes a sampled token and ends the sequence if it is the last. False: it is a stop token, not part of the
    /// answer.
    mutating func append(_ token: GeneratedToken, capacity: Int) -> Bool {
        guard let generation else { return false }
        guard !generation.stopIDs.contains(token.id) else {
            end(.stop)
            return false
        }
        result.tokens.append(token)
        tokens.append(token.id)
        if result.tokens.count == generation.maxTokens {
            end(.length)
        } else if tokens.count > capacity {
            end(.contextFull)
        }
        return true
    }

    mutating func fail(_ error: EngineError) {
        failure = error
        isEnded = true
    }

    private mutating func end(_ reason: FinishReason) {
        result.finish = reason
        isEnded = true
    }
}

// A sequence inside the engine: which of its tokens are stored, which come next, and what it has given so far.
// SPDX-License-Identifier: Apache-2.0

struct EngineSequence {
    let request: Int
    let slot: Int
    /// Prompt and answer.
    private var tokens: [Int32]
    private let promptCount: Int
    /// Prompt tokens that must run: where nothing is added, the last one predicts nothing that anybody asked for.
    private let promptRows: Int
    private let scoredFrom: Int?
    private let generation: GenerationOptions?
    var sampler: Sampler
    /// Positions in the cache.
    var stored: Int
    private(set) var result = EngineResult()
    private(set) var isEnded = false

    init(_ request: EngineRequest, number: Int, slot: Int, reused: Int) {
        self.request = number
        self.slot = slot
        tokens = request.prompt
        promptCount = request.prompt.count
        scoredFrom = request.scoredFrom
        generation = request.generation.flatMap { $0.maxTokens > 0 ? $0 : nil }
        promptRows = promptCount - (request.isScoredOnly ? 1 : 0)
        // A request has the same random stream whatever runs beside it.
        sampler = Sampler(
            request.generation?.sampling ?? .greedy, prompt: request.prompt,
            sequence: UInt64(request.generation?.stream ?? number))
        stored = reused
        result.reusedPositions = reused
    }

    /// Tokens that have not run yet.
    var pending: ArraySlice<Int32> { tokens[stored..<(generation == nil ? promptRows : tokens.count)] }
    var prompt: ArraySlice<Int32> { tokens[..<promptCount] }
    /// The prompt has not run to its end yet.
    var isPrompt: Bool { stored < promptRows }
    /// The prompt has run and nothing is to be added, or the answer has ended.
    var isFinished: Bool { isEnded || generation == nil && !isPrompt }
    var topLogprobs: Int { generation?.topLogprobs ?? 0 }

    /// Which of the next `count` rows need logits: those before a scored token, and the last one before an answer.
    func wantedRows(_ count: Int) -> Range<Int> {
        // The row of position p gives the logits of token p + 1.
        let first = max((scoredFrom ?? promptCount) - 1, stored)
        let end = min(stored + count, generation == nil ? promptCount - 1 : .max)
        return first < end ? first - stored..<end - stored : 0..<0
    }

    /// The prompt token that the next row of logits is about.
    var nextScored: Int32? {
        guard let scoredFrom else { return nil }
        let index = scoredFrom + result.scores.count
        return index < promptCount ? tokens[index] : nil
    }

    mutating func append(_ score: TokenScore) { result.scores.append(score) }

    /// Takes a chosen token; ends the sequence where it is a stop, the last one allowed, or the caller says so.
    mutating func append(_ token: GeneratedToken, capacity: Int, onToken: (Int, GeneratedToken) -> Bool) {
        guard let generation else { return }
        guard !generation.stopIDs.contains(token.id) else { return end(.stop) }
        result.tokens.append(token)
        tokens.append(token.id)
        if !onToken(request, token) {
            end(.cancelled)
        } else if result.tokens.count == generation.maxTokens {
            end(.length)
        } else if tokens.count > capacity {
            end(.contextFull)
        }
    }

    private mutating func end(_ reason: FinishReason) {
        result.finish = reason
        isEnded = true
    }
}

extension EngineResult {
    var cancelled: EngineResult {
        var result = self
        result.finish = .cancelled
        return result
    }
}

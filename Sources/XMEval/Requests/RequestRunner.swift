// Asks a model everything that the store has no answer to, many requests at once, and stores each answer as it comes.
// Requests run in the order of their tokens, so that those with a long common beginning follow each other and the
// engine computes it once. Neither the order nor the company changes an answer.
// SPDX-License-Identifier: Apache-2.0

package import XMInference

package struct RequestRunner: Sendable {
    private let model: any LanguageModel
    private let encoder: RequestEncoder
    private let store: ResponseStore

    package init(_ model: any LanguageModel, _ encoder: RequestEncoder, _ store: ResponseStore) {
        (self.model, self.encoder, self.store) = (model, encoder, store)
    }

    package struct Progress: Sendable {
        /// Requests with different keys, how many of them the store had, and how many have been answered in all.
        package var total = 0
        package var stored = 0
        package var answered = 0
        /// Tokens of the answered requests that this run asked: read (some of them from the cache) and generated.
        package var tokensRead = 0
        package var tokensGenerated = 0
        package var reusedTokens = 0

        package init(total: Int = 0, stored: Int = 0, answered: Int = 0) {
            (self.total, self.stored, self.answered) = (total, stored, answered)
        }
    }

    /// Answers in the order of `requests`. Cancelling the task ends it with `CancellationError`; what was answered by
    /// then is stored.
    package func responses(
        to requests: [EvalRequest], onProgress: (Progress) throws -> Void
    ) async throws -> [Response] {
        let keys = try requests.map { try encoder.key($0) }
        var responses: [RequestKey: Response] = [:]
        var missing: [(key: RequestKey, request: EvalRequest)] = []
        var seen: Set<RequestKey> = []
        for (key, request) in zip(keys, requests) where seen.insert(key).inserted {
            if let stored = try store.response(key) {
                responses[key] = stored
            } else {
                missing.append((key, request))
            }
        }
        var progress = Progress(total: seen.count, stored: responses.count, answered: responses.count)
        try onProgress(progress)
        missing.sort { $0.request.ids.lexicographicallyPrecedes($1.request.ids) }
        defer { try? store.commit() }
        try await withThrowingTaskGroup(of: Answer.self) { group in
            var waiting = missing.makeIterator()
            func start() {
                guard let (key, request) = waiting.next() else { return }
                group.addTask { try await answer(to: request, key) }
            }
            for _ in 0..<8 * model.parallelRequests { start() }
            while let answer = try await group.next() {
                try store.add(answer.response, for: answer.key)
                responses[answer.key] = answer.response
                progress.answered += 1
                progress.tokensRead += answer.read
                progress.tokensGenerated += answer.generated
                progress.reusedTokens += answer.reused
                try onProgress(progress)
                start()
            }
        }
        try Task.checkCancellation()
        try store.commit()
        return keys.map { responses[$0]! }
    }

    private struct Answer: Sendable {
        let key: RequestKey
        let response: Response
        let read: Int
        let generated: Int
        let reused: Int
    }

    private func answer(to request: EvalRequest, _ key: RequestKey) async throws -> Answer {
        switch request.kind {
        case .score(let scored), .scoreEach(let scored):
            let asked = EngineRequest(prompt: request.ids, scoredFrom: request.ids.count - scored)
            let result = try await model.result(of: asked)
            let score = ContinuationScore(result.scores)
            return Answer(
                key: key,
                response: request.kind == .scoreEach(scored: scored)
                    ? .tokens(score.tokenLogprobs) : .score(logprob: score.logprob, isGreedy: score.isGreedy),
                read: request.ids.count - 1, generated: 0, reused: result.reusedPositions)
        case .generate(let settings, let maxTokens, let repetition):
            var sampling = SamplingOptions.greedy
            if settings.isSampled {
                sampling.temperature = settings.temperature ?? 1
                sampling.topP = settings.topP
                sampling.topK = settings.topK
                sampling.seed = encoder.seed
            }
            let asked = TextRequest(
                prompt: request.ids,
                options: GenerationOptions(
                    maxTokens: maxTokens, sampling: sampling, stopIDs: model.stopIDs, choice: repetition),
                stopStrings: settings.until, continuesText: true)
            let answer = try await model.answer(to: asked)
            guard answer.finish != .cancelled else { throw CancellationError() }
            return Answer(
                key: key, response: .text(answer.text, tokens: answer.tokens.count, finish: answer.finish),
                read: request.ids.count, generated: answer.tokens.count, reused: answer.reusedPositions)
        }
    }
}

// Generation as text: whole characters as they come, ended by stop strings wherever token boundaries cut them. Decoding
// and matching happen in the reader's task, not on the engine's thread.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

package struct TextRequest: Sendable {
    package var prompt: [Int32]
    package var options: GenerationOptions
    /// The answer ends before the first of these; it is not part of the text.
    package var stopStrings: [String]
    /// The answer continues the prompt's text, so a leading space is kept.
    package var continuesText: Bool

    package init(
        prompt: [Int32], options: GenerationOptions, stopStrings: [String] = [], continuesText: Bool = false
    ) {
        (self.prompt, self.options, self.stopStrings) = (prompt, options, stopStrings)
        self.continuesText = continuesText
    }
}

package struct TextAnswer: Sendable, Equatable {
    /// Without the stop string.
    package let text: String
    package let tokens: [GeneratedToken]
    package let finish: FinishReason
    package let promptTokens: Int
    /// Prompt tokens taken from the cache instead of computed.
    package let reusedPositions: Int
}

package enum TextEvent: Sendable {
    /// Some whole characters of the answer.
    case text(String)
    /// Once, at the end. If the reading task was cancelled, this is the answer so far, with `finish` `.cancelled`.
    case ended(TextAnswer)
}

/// An answer as it comes. The request is submitted when an iterator is made, and ends when the iterator goes away.
package struct TextStream: AsyncSequence, Sendable {
    private let model: any LanguageModel
    private let request: TextRequest

    init(_ model: any LanguageModel, _ request: TextRequest) { (self.model, self.request) = (model, request) }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(model, request) }

    package struct AsyncIterator: AsyncIteratorProtocol {
        /// Keeps the model while it is being read.
        private let model: any LanguageModel
        private let request: TextRequest
        /// nil once the answer has ended; letting go of it cancels the request.
        private var events: TokenStream.AsyncIterator?
        private var decoder: StreamingDecoder
        private var stops: StopMatcher
        private var text = ""
        private var tokens: [GeneratedToken] = []
        private var reusedPositions = 0
        /// Set at the end, until `ended` is delivered.
        private var finish: FinishReason?

        init(_ model: any LanguageModel, _ request: TextRequest) {
            (self.model, self.request) = (model, request)
            events = model.stream(
                EngineRequest(prompt: request.prompt, generation: request.options)
            ).makeAsyncIterator()
            decoder = StreamingDecoder(model.tokenizer, continuing: request.continuesText)
            stops = StopMatcher(request.stopStrings)
        }

        package mutating func next() async throws -> TextEvent? {
            while events != nil {
                var part = ""
                switch try await events?.next() {
                case .started(let reused)?: reusedPositions = reused
                case .token(let token)?:
                    tokens.append(token)
                    part = stops.append(decoder.append(token.id))
                    if stops.matched != nil { end(.stop) }
                case .ended(let result)?: part = end(result.finish)
                case nil: part = end(.cancelled)
                }
                text += part
                if !part.isEmpty { return .text(part) }
            }
            guard let finish else { return nil }
            self.finish = nil
            return .ended(
                TextAnswer(
                    text: text, tokens: tokens, finish: finish, promptTokens: request.prompt.count,
                    reusedPositions: reusedPositions))
        }

        /// Ends the request; returns the text that was held back.
        @discardableResult
        private mutating func end(_ reason: FinishReason) -> String {
            events = nil
            let rest = stops.append(decoder.finish()) + stops.finish()
            finish = stops.matched == nil ? reason : .stop
            return rest
        }
    }
}

extension LanguageModel {
    /// An answer as it comes.
    package func text(_ request: TextRequest) -> TextStream { TextStream(self, request) }

    /// Answers in the order of the requests, each as soon as it and those before it are complete. If the task is
    /// cancelled, requests that were submitted get the answers so far and `.cancelled`, and no more are submitted.
    package func answers(
        to requests: some Sequence<TextRequest>, onAnswer: (Int, TextAnswer) async throws -> Void
    ) async throws {
        try await inOrder(requests) {
            text($0).makeAsyncIterator()
        } finish: { number, events in
            while let event = try await events.next() {
                if case .ended(let answer) = event { try await onAnswer(number, answer) }
            }
        }
    }

    /// One answer. If the task is cancelled, what there is, with `finish` `.cancelled`.
    package func answer(to request: TextRequest) async throws -> TextAnswer {
        for try await event in text(request) {
            if case .ended(let answer) = event { return answer }
        }
        throw CancellationError()
    }

    /// The same, all at the end.
    package func answers(to requests: some Sequence<TextRequest>) async throws -> [TextAnswer] {
        var answers: [TextAnswer] = []
        try await self.answers(to: requests) { answers.append($1) }
        return answers
    }
}

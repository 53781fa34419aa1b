// A conversation with a language model. All of it goes through the chat template again each turn, and the model finds
// the prefix that it has read before in its cache, so messages, answers and settings are all the state there is. No
// terminal here. Read next: SavedChat.swift (files), SlashCommand.swift (commands), the chat command of the program.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
package import XMTokenizer

package struct ChatSession: Sendable {
    /// A message and the model's answer.
    package struct Turn: Sendable, Equatable {
        package var message: String
        package var answer: String

        package init(message: String, answer: String) { (self.message, self.answer) = (message, answer) }
    }

    /// All of it may change between turns.
    package struct Settings: Sendable, Equatable {
        package var system: String?
        /// The seed grows by one with each answer, so that every answer has its own random numbers.
        package var sampling: SamplingOptions
        /// Maximum number of tokens in one answer.
        package var maxTokens: Int

        package init(system: String? = nil, sampling: SamplingOptions = .greedy, maxTokens: Int) {
            (self.system, self.sampling, self.maxTokens) = (system, sampling, maxTokens)
        }
    }

    package private(set) var turns: [Turn] = []
    package var settings: Settings
    /// How many of the oldest turns no longer fit the context; they stay in `turns`.
    package private(set) var forgotten = 0
    package private(set) var totals = ChatTotals()

    private let model: any LanguageModel
    private let template: ChatTemplate
    /// For templates that ask for the date. It is the same all session long, so that the cached prefix stays valid.
    private let clock: @Sendable (String) -> String?

    package init(_ model: any LanguageModel, template: ChatTemplate, settings: Settings, date: Date = .now) {
        (self.model, self.template, self.settings) = (model, template, settings)
        clock = ChatTemplate.clock(date)
    }

    package var contextLength: Int { model.contextLength }

    /// The conversation as a list of messages, for files and templates.
    package var messages: [ChatMessage] { messages(turns[...]) }

    // MARK: Turns

    /// Asks the model; `onText` gets the answer as it comes. If the task is cancelled, the answer so far is kept, and a
    /// message whose answer had not begun is taken back. After an error the conversation is as it was.
    package mutating func send(
        _ message: String, onText: (String) throws -> Void = { _ in }
    ) async throws -> ChatAnswer {
        let answer = try await ask(message, after: turns, onText: onText)
        if answer.isKept { turns.append(Turn(message: message, answer: answer.text)) }
        return answer
    }

    /// Asks for another answer to the last message; nil if there is no message.
    package mutating func regenerate(onText: (String) throws -> Void = { _ in }) async throws -> ChatAnswer? {
        guard let last = turns.last else { return nil }
        let answer = try await ask(last.message, after: turns.dropLast(), onText: onText)
        if answer.isKept { turns[turns.count - 1].answer = answer.text }
        return answer
    }

    /// Removes the last turn.
    package mutating func undo() -> Turn? {
        let turn = turns.popLast()
        forgotten = min(forgotten, turns.count)
        return turn
    }

    /// Starts over; settings stay.
    package mutating func reset() { resume(system: settings.system, turns: []) }

    /// Continues another conversation.
    package mutating func resume(system: String?, turns: [Turn]) {
        (settings.system, self.turns, forgotten) = (system, turns, 0)
        totals.leaveContext()
    }

    private mutating func ask(
        _ message: String, after turns: some Collection<Turn>, onText: (String) throws -> Void
    ) async throws -> ChatAnswer {
        let (prompt, dropped) = try fit(Array(turns), message)
        let options = GenerationOptions(
            maxTokens: settings.maxTokens, sampling: settings.sampling, stopIDs: model.stopIDs)
        let start = ContinuousClock.now
        var first: ContinuousClock.Instant?
        var answer: TextAnswer?
        for try await event in model.text(TextRequest(prompt: prompt, options: options)) {
            switch event {
            case .text(let part):
                first = first ?? .now
                try onText(part)
            case .ended(let whole): answer = whole
            }
        }
        guard let answer else { throw CancellationError() }
        let end = ContinuousClock.now
        let result = ChatAnswer(
            answer, newlyForgotten: dropped - forgotten, promptSeconds: ((first ?? end) - start).seconds,
            answerSeconds: (end - (first ?? end)).seconds)
        forgotten = dropped
        settings.sampling.seed &+= 1
        totals.add(result)
        return result
    }

    // MARK: Context

    /// The prompt, and how many of the oldest turns it leaves out so that the context has room for an answer.
    ///
    /// When turns have to go, the prompt is cut to half the context: the rest then keeps its prefix for several turns,
    /// and the model need not read it again each time.
    private func fit(_ turns: [Turn], _ message: String) throws -> (prompt: [Int32], forgotten: Int) {
        func prompt(without dropped: Int) throws -> [Int32] {
            let messages = messages(turns[dropped...]) + [ChatMessage(role: "user", content: message)]
            return try template.encode(
                ChatTemplate.value(messages), addGenerationPrompt: true, tokenizer: model.tokenizer, strftime: clock)
        }
        let limit = contextLength - min(settings.maxTokens, contextLength / 4)
        let before = min(forgotten, turns.count)
        let whole = try prompt(without: before)
        if whole.count <= limit { return (whole, before) }
        var best: (prompt: [Int32], forgotten: Int)?
        for dropped in before...turns.count {
            let shorter = try prompt(without: dropped)
            if shorter.count <= limit { best = best ?? (shorter, dropped) }
            if shorter.count <= contextLength / 2 { return (shorter, dropped) }
            if dropped == turns.count, best == nil {
                guard shorter.count < contextLength else {
                    throw ChatError.messageTooLong(tokens: shorter.count, context: contextLength)
                }
                best = (shorter, dropped)
            }
        }
        return best ?? (whole, before)
    }

    private func messages(_ turns: ArraySlice<Turn>) -> [ChatMessage] {
        let system = settings.system.map { [ChatMessage(role: "system", content: $0)] } ?? []
        return system
            + turns.flatMap {
                [ChatMessage(role: "user", content: $0.message), ChatMessage(role: "assistant", content: $0.answer)]
            }
    }
}

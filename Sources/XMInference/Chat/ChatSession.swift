// A conversation with a model: the whole of it goes through the model's chat template each turn, and the engine finds
// in its cache what it has read before. Messages, answers and settings are all its state; no terminal here.
// Read next: SavedChat.swift (files), SlashCommand.swift (commands), the chat command of the program.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
package import XMTokenizer

package struct ChatSession {
    /// A message and what the model said to it.
    package struct Turn: Sendable, Equatable {
        package var message: String
        package var answer: String

        package init(message: String, answer: String) { (self.message, self.answer) = (message, answer) }
    }

    /// How a session talks; all of it may change between turns.
    package struct Settings: Sendable, Equatable {
        package var system: String?
        /// The seed grows by one with each answer, so that no two draw alike.
        package var sampling: SamplingOptions
        /// Of one answer.
        package var maxTokens: Int

        package init(system: String? = nil, sampling: SamplingOptions = .greedy, maxTokens: Int) {
            (self.system, self.sampling, self.maxTokens) = (system, sampling, maxTokens)
        }
    }

    package private(set) var turns: [Turn] = []
    package var settings: Settings
    /// The oldest turns that the context no longer holds; they stay in `turns`.
    package private(set) var forgotten = 0
    package private(set) var totals = ChatTotals()

    private let model: any LanguageModel
    private let template: ChatTemplate
    private let stopIDs: Set<Int32>
    /// For templates that ask for the date: one for the session, so that the beginning of the prompt stays.
    private let clock: @Sendable (String) -> String?

    package init(
        _ model: any LanguageModel, template: ChatTemplate, stopIDs: Set<Int32>, settings: Settings, date: Date = .now
    ) {
        (self.model, self.template, self.stopIDs, self.settings) = (model, template, stopIDs, settings)
        clock = ChatTemplate.clock(date)
    }

    package var contextLength: Int { model.contextLength }

    /// The conversation as files and templates have it.
    package var messages: [ChatMessage] { messages(turns[...]) }

    // MARK: Turns

    /// Asks the model; `onText` gets the answer as it comes. An answer that was stopped stays as far as it came; where
    /// it had not begun, the message is taken back. On an error the conversation stays as it was.
    package mutating func send(
        _ message: String, onText: (String) throws -> Void = { _ in }, shouldContinue: () -> Bool = { true }
    ) throws -> ChatAnswer {
        let answer = try ask(message, after: turns, onText: onText, shouldContinue: shouldContinue)
        if answer.isKept { turns.append(Turn(message: message, answer: answer.text)) }
        return answer
    }

    /// Another answer to the last message; nil where there is none.
    package mutating func regenerate(
        onText: (String) throws -> Void = { _ in }, shouldContinue: () -> Bool = { true }
    ) throws -> ChatAnswer? {
        guard let last = turns.last else { return nil }
        let answer = try ask(last.message, after: turns.dropLast(), onText: onText, shouldContinue: shouldContinue)
        if answer.isKept { turns[turns.count - 1].answer = answer.text }
        return answer
    }

    /// Takes the last turn back.
    package mutating func undo() -> Turn? {
        let turn = turns.popLast()
        forgotten = min(forgotten, turns.count)
        return turn
    }

    /// Starts over; settings stay.
    package mutating func reset() { resume(system: settings.system, turns: []) }

    /// Goes on with another conversation.
    package mutating func resume(system: String?, turns: [Turn]) {
        (settings.system, self.turns, forgotten) = (system, turns, 0)
        totals.leaveContext()
    }

    private mutating func ask(
        _ message: String, after turns: some Collection<Turn>, onText: (String) throws -> Void,
        shouldContinue: () -> Bool
    ) throws -> ChatAnswer {
        let (prompt, dropped) = try fit(Array(turns), message)
        let start = ContinuousClock.now
        var first: ContinuousClock.Instant?
        let options = GenerationOptions(
            maxTokens: settings.maxTokens, sampling: settings.sampling, stopIDs: stopIDs)
        let answer = try model.generateText(
            [TextRequest(prompt: prompt, options: options)],
            onText: { _, part in
                first = first ?? .now
                try onText(part)
                return true
            }, shouldContinue: shouldContinue)[0]
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
    /// Where something must go, the prompt is brought down to half the context: what is left then stays the same for
    /// several turns, and the engine need not read it again each time.
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

// An answer of a conversation with what it took, and the sums of a session.
// SPDX-License-Identifier: Apache-2.0

package struct ChatAnswer: Sendable {
    package let text: String
    package let finish: FinishReason
    package let promptTokens: Int
    /// Prompt tokens that the cache still held.
    package let reusedTokens: Int
    package let tokens: Int
    /// Oldest turns that had to leave the context for this one.
    package let newlyForgotten: Int
    /// Until the first text, and from there to the end.
    package let promptSeconds: Double
    package let answerSeconds: Double

    init(_ answer: TextAnswer, newlyForgotten: Int, promptSeconds: Double, answerSeconds: Double) {
        text = answer.text
        finish = answer.finish
        promptTokens = answer.promptTokens
        reusedTokens = answer.reusedPositions
        tokens = answer.tokens.count
        self.newlyForgotten = newlyForgotten
        (self.promptSeconds, self.answerSeconds) = (promptSeconds, answerSeconds)
    }

    /// It is part of the conversation: not when it was stopped before its first word.
    package var isKept: Bool { finish != .cancelled || !text.isEmpty }
    package var contextUsed: Int { promptTokens + tokens }
    /// Of the tokens behind the first, which comes with the prompt.
    package var tokensPerSecond: Double? { tokens > 1 && answerSeconds > 0 ? Double(tokens - 1) / answerSeconds : nil }
}

package struct ChatTotals: Sendable, Equatable {
    package private(set) var answers = 0
    package private(set) var promptTokens = 0
    package private(set) var reusedTokens = 0
    package private(set) var tokens = 0
    package private(set) var promptSeconds = 0.0
    package private(set) var answerSeconds = 0.0
    /// Positions of the context after the last answer; none in a conversation that has just begun.
    package private(set) var contextUsed = 0

    mutating func leaveContext() { contextUsed = 0 }

    mutating func add(_ answer: ChatAnswer) {
        answers += 1
        promptTokens += answer.promptTokens
        reusedTokens += answer.reusedTokens
        tokens += answer.tokens
        promptSeconds += answer.promptSeconds
        answerSeconds += answer.answerSeconds
        contextUsed = answer.contextUsed
    }

    package var promptTokensPerSecond: Double? {
        promptSeconds > 0 ? Double(promptTokens - reusedTokens) / promptSeconds : nil
    }
    package var tokensPerSecond: Double? { answerSeconds > 0 ? Double(tokens - answers) / answerSeconds : nil }
}

// An answer in a conversation with its cost, and the totals of a session.
// SPDX-License-Identifier: Apache-2.0

package struct ChatAnswer: Sendable {
    package let text: String
    package let finish: FinishReason
    package let promptTokens: Int
    /// Prompt tokens taken from the cache.
    package let reusedTokens: Int
    package let tokens: Int
    /// How many of the oldest turns left the context to make room for this one.
    package let newlyForgotten: Int
    /// Time to the first text.
    package let promptSeconds: Double
    /// From the first text to the end.
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

    /// Whether it becomes part of the conversation: not if it was stopped before its first character.
    package var isKept: Bool { finish != .cancelled || !text.isEmpty }
    package var contextUsed: Int { promptTokens + tokens }
    /// Without the first token, which the prompt's pass computes.
    package var tokensPerSecond: Double? { tokens > 1 && answerSeconds > 0 ? Double(tokens - 1) / answerSeconds : nil }
}

package struct ChatTotals: Sendable, Equatable {
    package private(set) var answers = 0
    package private(set) var promptTokens = 0
    package private(set) var reusedTokens = 0
    package private(set) var tokens = 0
    package private(set) var promptSeconds = 0.0
    package private(set) var answerSeconds = 0.0
    /// Positions in use after the last answer; 0 at the beginning of a conversation.
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

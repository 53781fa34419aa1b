// How fast prompts are read, learnt from the passes so far: it converts the time that a pass may spend on prompts into
// a number of tokens. It decides when tokens run, never what they give.
// SPDX-License-Identifier: Apache-2.0

/// Limit on the prompt tokens of one pass while some sequence is being answered.
package enum PromptLimit: Sendable, Equatable {
    /// As many tokens as take this long at the measured rate, at least one.
    case seconds(Double)
    case tokens(Int)
}

struct PromptPace {
    /// Tokens and seconds of earlier passes; the rate is their quotient, so long passes weigh more than short ones.
    private var tokens = 0.0
    private var seconds = 0.0
    /// Smoothed time of passes that read no prompt.
    private var answerSeconds: Double?

    /// Weight of the past when a pass is added.
    private static let memory = 0.8
    /// Before anything was measured.
    private static let firstTokens = 32

    mutating func record(promptTokens: Int, answers: Int, seconds passSeconds: Double) {
        guard promptTokens > 0 else {
            answerSeconds = answerSeconds.map { Self.memory * $0 + (1 - Self.memory) * passSeconds } ?? passSeconds
            return
        }
        // What the prompt adds to a pass that would have run anyway. The lower bound keeps timer noise from giving a
        // rate without limit; a rate that is too high is corrected by the next pass.
        let added = passSeconds - (answers > 0 ? answerSeconds ?? 0 : 0)
        tokens = Self.memory * tokens + Double(promptTokens)
        seconds = Self.memory * seconds + max(added, passSeconds / 20)
    }

    /// Prompt tokens that take about `limit` seconds, at least one.
    func tokens(in limit: Double) -> Int {
        guard seconds > 0 else { return Self.firstTokens }
        return max(1, Int(min(limit * tokens / seconds, 1e9)))
    }
}

// Sizes of a first run: what the time, the machine and the text allow.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMModel
import XMTrain

@Suite("RunSizingTests")
struct RunSizingTests {
    private func sizing(
        seconds: Double, tokensPerSecond: Double = 5000, textTokens: Double = 1e9, conversations: Bool = false
    ) -> RunSizing {
        RunSizing(
            .nano, seconds: seconds, tokensPerSecond: tokensPerSecond, textTokens: textTokens,
            hasConversations: conversations)
    }

    @Test("the run fits the time", arguments: [60.0, 600, 3600, 86_400])
    func time(seconds: Double) {
        let sizing = sizing(seconds: seconds)
        #expect(Double(sizing.tokens) <= seconds * 5000)
        #expect(Double(sizing.tokens) > seconds * 5000 * 0.9)
        #expect(sizing.steps > 20 && sizing.steps <= 4000 || sizing.tokensPerStep == 1 << 17)
        #expect(sizing.warmupSteps + sizing.decaySteps < sizing.steps)
    }

    @Test("little text is not read more than 16 times, and with shorter rows")
    func passes() {
        let sizing = sizing(seconds: 86_400, textTokens: 100_000)
        #expect(sizing.tokens <= 1_600_000 && sizing.tokens > 1_500_000)
        #expect(sizing.sequenceLength == 256)
    }

    @Test("a moment, or next to no text, still gives a run")
    func least() {
        #expect(sizing(seconds: 1).steps == 20)
        #expect(sizing(seconds: 3600, textTokens: 10).steps == 20)
    }

    @Test("conversations, which only the decay sees, make it longer; the rate grows with the batch up to the paper's")
    func shape() {
        let text = sizing(seconds: 3600)
        let chat = sizing(seconds: 3600, conversations: true)
        #expect(abs(chat.decaySteps - 2 * text.decaySteps) <= 1)
        #expect(text.learningRate > sizing(seconds: 60).learningRate)
        #expect(sizing(seconds: 1e7).learningRate == 0.01)
    }

    /// Nano has 5.2 M parameters without the embedding: 20 tokens for each of 7.3 M are 147 M.
    @Test("a preset needs 20 tokens for each parameter, in the time and in 16 passes over the text")
    func preset() {
        func preset(_ seconds: Double, _ flops: Double, _ tokens: Double) -> Preset {
            RunSizing.preset(seconds: seconds, flops: flops, textTokens: tokens, vocabulary: 8192)
        }
        #expect(preset(60, 2e11, 1e9) == .nano)
        #expect(preset(86_400 * 30, 2e11, 1e6) == .nano)  // time for more, but too little text
        #expect(preset(86_400 * 30, 2e11, 1e9) == .tiny || preset(86_400 * 30, 2e11, 1e9) == .micro)
        #expect(preset(86_400 * 365, 1e15, 1e12) == .b4)
    }
}

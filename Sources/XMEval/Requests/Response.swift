// What a model answered to one question.
// SPDX-License-Identifier: Apache-2.0

package import XMInference

package enum Response: Codable, Sendable, Equatable {
    /// Sum of the log probabilities of what was scored, in nats, and whether greedy decoding would have produced it.
    case score(logprob: Double, isGreedy: Bool)
    /// The log probability of each scored token, in nats.
    case tokens([Float])
    /// A generated text without its stop string, the tokens it took, and why it ended.
    case text(String, tokens: Int, finish: FinishReason)

    /// nil for a text.
    package var logprob: Double? { if case .score(let logprob, _) = self { logprob } else { nil } }

    /// False for a text.
    package var isGreedy: Bool { if case .score(_, let isGreedy) = self { isGreedy } else { false } }

    /// nil for a score.
    package var text: String? { if case .text(let text, _, _) = self { text } else { nil } }
}

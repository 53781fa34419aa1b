// Penalties on tokens that already occur in the prompt or the answer.
// SPDX-License-Identifier: Apache-2.0

/// Divides positive logits and multiplies negative ones, of tokens in prompt or answer (CTRL, arXiv 1909.05858, 4.1).
struct RepetitionPenalty: LogitPenalty {
    let factor: Float

    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory) {
        for id in Set(history.prompt.keys).union(history.answer.keys) where logits.indices.contains(Int(id)) {
            let logit = logits[Int(id)]
            logits[Int(id)] = logit > 0 ? logit / factor : logit * factor
        }
    }
}

/// Subtracts `presence` once and `frequency` per occurrence from the logits of tokens in the answer.
struct AnswerPenalty: LogitPenalty {
    let presence: Float
    let frequency: Float

    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory) {
        for (id, count) in history.answer where logits.indices.contains(Int(id)) {
            logits[Int(id)] -= presence + Float(count) * frequency
        }
    }
}

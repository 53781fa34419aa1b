// What a task asks about one document, as text. EvalRequest.swift has the same in tokens.
// SPDX-License-Identifier: Apache-2.0

package enum Question: Sendable, Equatable {
    /// The log probability of a continuation behind a context.
    case loglikelihood(context: String, continuation: String)
    /// The log probability of a whole text.
    case rolling(text: String)
    case generate(context: String, settings: GenerationSettings)

    /// The text in front of the answer, whose hash names the prompt.
    package var prompt: String {
        switch self {
        case .loglikelihood(let context, _), .generate(let context, _): context
        case .rolling(let text): text
        }
    }
}

/// One question about one document: a choice, or one of several repeated generations.
package struct Instance: Sendable {
    /// The document's place in its split.
    package let documentID: Int
    package let question: Question
    /// Numbers the repetitions of a generation: they differ only where answers are sampled.
    package let repetition: Int

    package init(documentID: Int, question: Question, repetition: Int = 0) {
        (self.documentID, self.question, self.repetition) = (documentID, question, repetition)
    }
}

// What is measured during training beyond the training loss: a protocol, so that the trainer knows nothing of
// benchmarks. The validation loss is one conformance (ValidationLoss.swift); a program adds its own.
// SPDX-License-Identifier: Apache-2.0

/// Scores the present weights of a run, every `train.eval_every` steps and after the last.
package protocol Evaluator: Sendable {
    /// Names the result in metrics.jsonl and in reports; unique in a run.
    var name: String { get }

    /// Steps between measurements; nil: `train.eval_every`.
    var every: Int? { get }

    /// Measures the model as it is; must leave weights and gradients alone.
    func evaluate(_ step: TrainStep) throws -> Evaluation
}

extension Evaluator {
    package var every: Int? { nil }
}

/// Named numbers: {"loss": 2.51, "bits_per_byte": 1.02}.
package typealias Evaluation = [String: Double]

/// Fields that have a meaning to the trainer and to reports.
package enum EvaluationField {
    /// Mean cross-entropy, nats per predicted token.
    package static let loss = "loss"
    /// Cross-entropy over the bytes of the text: comparable across tokenizers.
    package static let bitsPerByte = "bits_per_byte"

    /// Losses and perplexities; scores are better when higher.
    package static func isLowerBetter(_ field: String) -> Bool {
        field == loss || field == bitsPerByte || field.hasSuffix("perplexity") || field == "brier_score"
    }

    /// As the console and reports say it.
    package static func label(_ field: String) -> String { field.replacing("_", with: " ") }

    /// The loss first, the others by name.
    package static func sorted(_ evaluation: Evaluation) -> [(field: String, value: Double)] {
        evaluation.sorted { ($0.key != loss ? 1 : 0, $0.key) < ($1.key != loss ? 1 : 0, $1.key) }
            .map { ($0.key, $0.value) }
    }
}

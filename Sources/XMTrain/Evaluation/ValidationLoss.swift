// The loss on text that is never trained on, in windows as long as the training sequences.
// SPDX-License-Identifier: Apache-2.0

package import XMData

/// `data.validation`: mean loss per token, and bits per byte where the set has plain text.
package struct ValidationLoss: Evaluator {
    package let text: ValidationSet
    /// Tokens of a window.
    private let length: Int
    /// Windows of one forward pass.
    private let microBatchSize: Int

    package init(_ text: ValidationSet, length: Int, microBatchSize: Int) {
        (self.text, self.length, self.microBatchSize) = (text, length, microBatchSize)
    }

    package var name: String { text.name }

    package func evaluate(_ step: TrainStep) throws -> Evaluation {
        var (loss, tokens) = (0.0, 0)
        let windows = text.windows(length: length)
        for first in stride(from: 0, to: windows, by: microBatchSize) {
            let part = step.evaluate(
                text.batch(first: first, batchSize: min(microBatchSize, windows - first), length: length))
            loss += part.loss
            tokens += part.tokens
        }
        var result = [EvaluationField.loss: (loss / Double(tokens)).withoutNaNSign]
        result[EvaluationField.bitsPerByte] = text.bitsPerByte(totalLoss: loss)
        return result
    }
}

// One step's numbers: a line of `metrics.jsonl`, which the report and other programs read, and the source of the
// console line. Keys never change meaning; new ones are added at the end.
// Next: MetricsLog.swift appends the lines, ConsoleLine.swift formats them.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// What is known after a step.
package struct StepMetrics: Codable, Sendable, Equatable {
    /// Updates completed, this one included.
    package var step: Int
    /// Tokens seen in the run, this step included.
    package var tokens: Int
    /// Schedule stage and, in `mixture`, the recipe's stage name.
    package var stage: Stage
    package var mixture: String?
    /// Mean cross-entropy over the targets of the step, nats per token; NaN where there were none.
    package var loss: Double
    /// Base learning rate of the step (before group factors).
    package var learningRate: Double
    /// Global L2 norm of the gradient before clipping.
    package var gradNorm: Double
    /// Mean loss per data source that had targets in this step.
    package var sourceLosses: [String: Double]?
    /// Validation losses by name, on the steps that have them.
    package var validation: [String: Double]?
    /// Wall-clock seconds of the step, throughput, and model FLOPs per second / 1e9.
    package var seconds: Double
    package var tokensPerSecond: Double
    package var gflops: Double
    /// Resident memory of the process in bytes.
    package var memoryBytes: Int
    /// Why the update was not applied: the guard's reason, or `noTargets`; nil = it was.
    package var skipped: String?
    /// How often each source that was read has been read so far: 1.5 is once and a half.
    package var passes: [String: Double]?
    /// `skipped` of a step whose rows have nothing to predict. It has no loss and counts in no average.
    package static let noTargets = "no targets"

    package init(
        step: Int, tokens: Int, stage: Stage, mixture: String? = nil, loss: Double, learningRate: Double,
        gradNorm: Double, sourceLosses: [String: Double]? = nil, validation: [String: Double]? = nil,
        seconds: Double, tokensPerSecond: Double, gflops: Double, memoryBytes: Int, skipped: String? = nil,
        passes: [String: Double]? = nil
    ) {
        self.step = step
        self.tokens = tokens
        self.stage = stage
        self.mixture = mixture
        self.loss = loss.withoutNaNSign
        self.learningRate = learningRate
        self.gradNorm = gradNorm.withoutNaNSign
        self.sourceLosses = sourceLosses?.mapValues(\.withoutNaNSign)
        self.validation = validation?.mapValues(\.withoutNaNSign)
        self.seconds = seconds
        self.tokensPerSecond = tokensPerSecond
        self.gflops = gflops
        self.memoryBytes = memoryBytes
        self.skipped = skipped
        self.passes = passes
    }

    enum CodingKeys: String, CodingKey {
        case step, tokens, stage, mixture, loss, seconds, gflops, validation, skipped, passes
        case learningRate = "lr"
        case gradNorm = "grad_norm"
        case sourceLosses = "source_losses"
        case tokensPerSecond = "tokens_per_second"
        case memoryBytes = "memory_bytes"
    }
}

extension StepMetrics {
    /// One line of JSON without the newline. JSON has no NaN: not-finite numbers are the strings "nan", "inf", "-inf".
    package func jsonLine() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(self)
    }

    /// The inverse of `jsonLine`.
    package init(jsonLine: Data) throws {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        self = try decoder.decode(StepMetrics.self, from: jsonLine)
    }
}

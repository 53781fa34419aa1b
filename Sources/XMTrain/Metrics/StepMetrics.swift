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
    /// What evaluators measured after the step, by name: {"wiki": {"loss": 2.5, "bits_per_byte": 1.02}}.
    package var evaluations: [String: Evaluation]?
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
    /// `skipped` of a step whose batch has no target. It has no loss and counts in no average.
    package static let noTargets = "no targets"

    package init(
        step: Int, tokens: Int, stage: Stage, mixture: String? = nil, loss: Double, learningRate: Double,
        gradNorm: Double, sourceLosses: [String: Double]? = nil, evaluations: [String: Evaluation]? = nil,
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
        self.evaluations = evaluations?.mapValues { $0.mapValues(\.withoutNaNSign) }
        self.seconds = seconds
        self.tokensPerSecond = tokensPerSecond
        self.gflops = gflops
        self.memoryBytes = memoryBytes
        self.skipped = skipped
        self.passes = passes
    }

    enum CodingKeys: String, CodingKey {
        case step, tokens, stage, mixture, loss, seconds, gflops, evaluations, skipped, passes
        case learningRate = "lr"
        case gradNorm = "grad_norm"
        case sourceLosses = "source_losses"
        case tokensPerSecond = "tokens_per_second"
        case memoryBytes = "memory_bytes"
    }
}

extension StepMetrics {
    /// Before `evaluations` there was "validation": {"wiki": 2.5, "wiki bits/byte": 1.02}.
    private enum OldKeys: String, CodingKey { case validation }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            step: keys.decode(Int.self, forKey: .step), tokens: keys.decode(Int.self, forKey: .tokens),
            stage: keys.decode(Stage.self, forKey: .stage),
            mixture: keys.decodeIfPresent(String.self, forKey: .mixture),
            loss: keys.decode(Double.self, forKey: .loss),
            learningRate: keys.decode(Double.self, forKey: .learningRate),
            gradNorm: keys.decode(Double.self, forKey: .gradNorm),
            sourceLosses: keys.decodeIfPresent([String: Double].self, forKey: .sourceLosses),
            evaluations: keys.decodeIfPresent([String: Evaluation].self, forKey: .evaluations),
            seconds: keys.decode(Double.self, forKey: .seconds),
            tokensPerSecond: keys.decode(Double.self, forKey: .tokensPerSecond),
            gflops: keys.decode(Double.self, forKey: .gflops), memoryBytes: keys.decode(Int.self, forKey: .memoryBytes),
            skipped: keys.decodeIfPresent(String.self, forKey: .skipped),
            passes: keys.decodeIfPresent([String: Double].self, forKey: .passes))
        let old = try decoder.container(keyedBy: OldKeys.self)
        if let values = try old.decodeIfPresent([String: Double].self, forKey: .validation) {
            evaluations = Self.evaluations(old: values)
        }
    }

    private static func evaluations(old values: [String: Double]) -> [String: Evaluation] {
        let suffix = " bits/byte"
        var result: [String: Evaluation] = [:]
        for (key, value) in values {
            // "NAME bits/byte" stood beside "NAME".
            let name = String(key.dropLast(suffix.count))
            if key.hasSuffix(suffix), values[name] != nil {
                result[name, default: [:]][EvaluationField.bitsPerByte] = value
            } else {
                result[key, default: [:]][EvaluationField.loss] = value
            }
        }
        return result
    }

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

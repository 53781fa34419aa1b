// What is measured about an answer. Names are those of lm-evaluation-harness where it has the metric.
// To add one: a case here, and its line in `DocumentScorer`.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package enum Metric: String, Decodable, Sendable, CaseIterable {
    /// The most likely choice is right.
    case acc
    /// The same with log probabilities divided by the choices' characters, or by their UTF-8 bytes.
    case accNorm = "acc_norm"
    case accBytes = "acc_bytes"
    /// The filtered answer is a gold answer.
    case exactMatch = "exact_match"
    /// exp(-mean log probability) of targets, per word and per byte of whole texts, and in bits per byte.
    case perplexity
    case wordPerplexity = "word_perplexity"
    case bytePerplexity = "byte_perplexity"
    case bitsPerByte = "bits_per_byte"
    /// Squared distance of the choices' probabilities from the right answer.
    case brierScore = "brier_score"
    /// The answer to a problem of MATH is equal to the gold answer: by SymPy as in the report, by the string rules of
    /// Hendrycks et al., and as math_verify decides.
    case mathPaper = "math_paper"
    /// By SymPy as in lm-evaluation-harness's minerva_math 3.1: with its own normal form, and equal texts are equal.
    case mathCurrent = "math_current"
    case mathHendrycks = "math_hendrycks"
    case mathVerify = "math_verify"
    /// The program passes its tests: `pass@k` for each k of the task.
    case passAtK = "pass_at_k"

    package var runsCode: Bool { self == .passAtK }

    package var isHigherBetter: Bool {
        switch self {
        case .perplexity, .wordPerplexity, .bytePerplexity, .bitsPerByte, .brierScore: false
        default: true
        }
    }

    /// Not a mean of documents, but a ratio of sums over them; nil for means.
    package var weighted: WeightedMetric? { WeightedMetric(rawValue: rawValue) }
}

/// A metric of a task, with its options.
package struct MetricEntry: Decodable, Sendable {
    package let metric: Metric
    /// The name in results.
    package var name: String
    /// `exact_match`: what is ignored on both sides, in this order.
    package private(set) var regexesToIgnore: [PythonRegex] = []
    package var ignoresCase = false
    package var ignoresPunctuation = false
    package var ignoresNumbers = false
    /// `pass_at_k`
    package var k = [1]
    /// Perplexities: the document's field whose words and bytes are counted; nil: the text that is scored.
    package var countedField: String?

    private enum CodingKeys: String, CodingKey {
        case metric, name, regexesToIgnore = "regexes_to_ignore", ignoresCase = "ignore_case"
        case ignoresPunctuation = "ignore_punctuation", ignoresNumbers = "ignore_numbers", k, countedField =
            "counted_field"
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        metric = try keys.decode(Metric.self, forKey: .metric)
        name = metric.rawValue
        try keys.read(&name, .name)
        try keys.read(&regexesToIgnore, .regexesToIgnore)
        try keys.read(&ignoresCase, .ignoresCase)
        try keys.read(&ignoresPunctuation, .ignoresPunctuation)
        try keys.read(&ignoresNumbers, .ignoresNumbers)
        try keys.read(&k, .k)
        try keys.read(&countedField, .countedField)
    }

    /// Whether two texts are equal to this metric's eyes.
    func areEqual(_ prediction: String, _ gold: String) -> Bool {
        reduced(prediction).utf8.elementsEqual(reduced(gold).utf8)
    }

    private func reduced(_ text: String) -> String {
        var text = regexesToIgnore.reduce(text) { $1.removed(from: $0) }
        if ignoresCase { text = text.lowercased() }
        if ignoresPunctuation { text.unicodeScalars.removeAll(where: Self.isPunctuation) }
        if ignoresNumbers { text.unicodeScalars.removeAll { ("0"..."9").contains($0) } }
        return text
    }

    /// Python's `string.punctuation`.
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
        default: false
        }
    }
}

/// A metric of one document. Perplexities have a log probability and its number of words or bytes.
package struct MetricValue: Sendable, Equatable {
    package let value: Double
    package let weight: Double
    package let isWeighted: Bool

    package init(_ value: Double) { (self.value, weight, isWeighted) = (value, 1, false) }

    package init(_ value: Double, weight: Double) { (self.value, self.weight, isWeighted) = (value, weight, true) }
}

// How the next token is chosen. To add a sampler: one file here with a `TokenFilter` and one line in `filters`, or with
// a `LogitPenalty` and one line in `penalties`. The order is the usual one: masks, penalties, temperature, top-k,
// top-p, min-p, then a draw.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// Everything off, the default, is greedy decoding.
package struct SamplingOptions: Codable, Sendable, Equatable {
    /// Divisor of the logits; nil: greedy decoding takes the most likely token and draws nothing.
    package var temperature: Double?
    /// Sample from the k most likely tokens.
    package var topK: Int?
    /// Nucleus sampling: sample from the smallest set of tokens whose cumulative probability reaches p.
    package var topP: Double?
    /// Sample from tokens with at least this fraction of the most likely token's probability.
    package var minP: Double?
    /// Divisor of positive logits, and factor of negative ones, of tokens that occur in the prompt or the answer.
    package var repetitionPenalty: Double?
    /// Subtracted from the logits of tokens that occur in the answer.
    package var presencePenalty: Double?
    /// Subtracted from the logits of tokens in the answer once per occurrence.
    package var frequencyPenalty: Double?
    package var seed: UInt64 = 1

    package init() {}

    package static let greedy = SamplingOptions()

    /// Sampling at a temperature, without filters.
    package static func random(temperature: Double, seed: UInt64 = 1) -> SamplingOptions {
        var options = SamplingOptions()
        options.temperature = temperature
        options.seed = seed
        return options
    }

    /// Penalties in the order of their application.
    var penalties: [any LogitPenalty] {
        var list: [any LogitPenalty] = []
        if let repetitionPenalty { list.append(RepetitionPenalty(factor: Float(repetitionPenalty))) }
        if presencePenalty != nil || frequencyPenalty != nil {
            list.append(AnswerPenalty(presence: Float(presencePenalty ?? 0), frequency: Float(frequencyPenalty ?? 0)))
        }
        return list
    }

    /// Filters in the order of their application.
    var filters: [any TokenFilter] {
        var list: [any TokenFilter] = []
        if let topK { list.append(TopK(k: topK)) }
        if let topP { list.append(TopP(p: topP)) }
        if let minP { list.append(MinP(p: minP)) }
        return list
    }

    /// Throws `SamplingError` for a value outside its range.
    package func validate() throws {
        func require(_ name: String, _ value: Double?, _ wanted: String, _ holds: (Double) -> Bool) throws {
            guard let value, !(value.isFinite && holds(value)) else { return }
            throw SamplingError(name: name, found: HumanText.number(value), wanted: wanted)
        }
        try require("temperature", temperature, "above 0 (leave it out for greedy decoding)") { $0 > 0 }
        try require("top-k", topK.map(Double.init), "at least 1") { $0 >= 1 }
        try require("top-p", topP, "above 0 and at most 1") { $0 > 0 && $0 <= 1 }
        try require("min-p", minP, "0 to 1") { $0 >= 0 && $0 <= 1 }
        try require("repetition-penalty", repetitionPenalty, "above 0") { $0 > 0 }
        try require("presence-penalty", presencePenalty, "a number") { _ in true }
        try require("frequency-penalty", frequencyPenalty, "a number") { _ in true }
    }
}

package struct SamplingError: Error, CustomStringConvertible, Equatable {
    let name: String
    let found: String
    let wanted: String

    package var description: String { "\(name) is \(found); it must be \(wanted)" }
}

/// Changes logits [V] according to the tokens so far. A pure function of its arguments.
protocol LogitPenalty: Sendable {
    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory)
}

/// Excludes tokens from a draw. The weights [V] are proportional to the probabilities and the largest is 1; an excluded
/// token gets 0. A pure function of its argument.
protocol TokenFilter: Sendable {
    func apply(to weights: UnsafeMutableBufferPointer<Float>)
}

/// How often each token occurs in the prompt and in the answer so far.
package struct TokenHistory: Sendable, Equatable {
    private(set) var prompt: [Int32: Int] = [:]
    private(set) var answer: [Int32: Int] = [:]

    package init(prompt: [Int32]) {
        for id in prompt { self.prompt[id, default: 0] += 1 }
    }

    package mutating func append(_ id: Int32) { answer[id, default: 0] += 1 }
}

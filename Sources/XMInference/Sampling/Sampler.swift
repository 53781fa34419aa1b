// The choice of one token from logits: filters, then the largest or a draw from the stream of (seed, sequence).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package struct Sampler: Sendable {
    private let filters: [any LogitFilter]
    private let isGreedy: Bool
    private var random: RandomStream
    private var history: TokenHistory

    /// `sequence` separates the random streams of sequences with one seed.
    package init(_ options: SamplingOptions, prompt: [Int32] = [], sequence: UInt64 = 0) {
        filters = options.filters
        isGreedy = options.temperature == nil
        random = RandomStream(seed: options.seed, "sample", sequence)
        history = TokenHistory(prompt: prompt)
    }

    /// The token chosen from `logits` [V], which are left as the filters made them.
    package mutating func choose(_ logits: UnsafeMutableBufferPointer<Float>) -> Int32 {
        for filter in filters { filter.apply(to: logits, history: history) }
        let id = isGreedy ? Self.largest(logits) : draw(logits)
        history.append(id)
        return id
    }

    /// The lowest id among the largest.
    private static func largest(_ logits: UnsafeMutableBufferPointer<Float>) -> Int32 {
        var best = 0
        for index in logits.indices where logits[index] > logits[best] { best = index }
        return Int32(best)
    }

    private mutating func draw(_ logits: UnsafeMutableBufferPointer<Float>) -> Int32 {
        let best = Self.largest(logits)
        let largest = logits[Int(best)]
        let total = logits.reduce(0.0) { $0 + Double(exp($1 - largest)) }
        var left = random.uniform() * total
        for index in logits.indices {
            left -= Double(exp(logits[index] - largest))
            if left < 0 { return Int32(index) }
        }
        return best  // rounding used up the mass
    }
}

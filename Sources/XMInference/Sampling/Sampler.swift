// The choice of one token from a row of logits: masks, penalties, then the largest logit, or a draw from the random
// stream of (seed, choice) among the tokens that the filters leave.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
import XMTensor

package struct Sampler: Sendable {
    private var masks: [any TokenMask]
    private let penalties: [any LogitPenalty]
    private let filters: [any TokenFilter]
    /// nil: greedy.
    private let temperature: Double?
    private var random: RandomStream
    private var history: TokenHistory

    /// `choice` separates the random streams of several answers under one seed.
    package init(_ options: SamplingOptions, prompt: [Int32] = [], choice: Int = 0, masks: [any TokenMask] = []) {
        (penalties, filters, temperature) = (options.penalties, options.filters, options.temperature)
        random = RandomStream(seed: options.seed, "sample", UInt64(truncatingIfNeeded: choice))
        history = TokenHistory(prompt: prompt)
        self.masks = masks
    }

    /// The token chosen from `logits` [V], where -infinity marks excluded tokens. `scratch`, of the same length, is
    /// overwritten. nil: masks exclude every token.
    package mutating func choose(_ logits: UnsafeBufferPointer<Float>, scratch: inout [Float]) -> Int32? {
        scratch.withUnsafeMutableBufferPointer { choose(logits, scratch: $0) }
    }

    private mutating func choose(
        _ logits: UnsafeBufferPointer<Float>, scratch: UnsafeMutableBufferPointer<Float>
    ) -> Int32? {
        var row = logits
        if !masks.isEmpty || !penalties.isEmpty {
            _ = scratch.update(fromContentsOf: logits)
            for index in masks.indices { masks[index].apply(to: scratch) }
            for penalty in penalties { penalty.apply(to: scratch, history: history) }
            row = UnsafeBufferPointer(scratch)
        }
        var id = row.argmax
        let largest = row[id]
        guard largest > -.infinity else { return nil }
        if let temperature, largest.isFinite {
            // Differences before the temperature divides them: the largest weight is 1, whatever the temperature.
            for index in row.indices { scratch[index] = row[index] - largest }
            HostRow.unnormalizedSoftmax(scratch, factor: Float(1 / max(temperature, 1e-30)))
            for filter in filters { filter.apply(to: scratch) }
            id = UnsafeBufferPointer(scratch).index(atShare: random.uniform())
        }
        history.append(Int32(id))
        for index in masks.indices { masks[index].accept(Int32(id)) }
        return Int32(id)
    }
}

// The choice of one token from a row of logits: penalties, then the largest, or a draw from the stream of (seed,
// sequence) among the tokens that the filters leave.
// SPDX-License-Identifier: Apache-2.0

import XMSupport
package import XMTensor

package struct Sampler: Sendable {
    private let penalties: [any LogitPenalty]
    private let filters: [any TokenFilter]
    /// nil: greedy.
    private let temperature: Double?
    private var random: RandomStream
    private var history: TokenHistory

    /// `sequence` separates the random streams of sequences with one seed.
    package init(_ options: SamplingOptions, prompt: [Int32] = [], sequence: UInt64 = 0) {
        (penalties, filters, temperature) = (options.penalties, options.filters, options.temperature)
        random = RandomStream(seed: options.seed, "sample", sequence)
        history = TokenHistory(prompt: prompt)
    }

    /// The token chosen from `logits`, f32 [1,V], finite but for excluded tokens, which are -infinity. `scratch`, of
    /// the same shape, is changed.
    package mutating func choose(_ logits: Tensor, scratch: Tensor, on backend: any Backend) -> Int32 {
        var logits = logits
        if !penalties.isEmpty {
            scratch.f32.update(from: logits.f32, count: logits.count)
            let penalised = UnsafeMutableBufferPointer(start: scratch.f32, count: scratch.count)
            for penalty in penalties { penalty.apply(to: penalised, history: history) }
            logits = scratch
        }
        let row = UnsafeBufferPointer(start: logits.f32, count: logits.count)
        var id = row.argmax
        let largest = row[id]
        if let temperature, largest.isFinite {
            let weights = UnsafeMutableBufferPointer(start: scratch.f32, count: scratch.count)
            // Differences before the temperature divides them: the largest weight is 1, whatever the temperature.
            for index in row.indices { weights[index] = row[index] - largest }
            backend.unnormalizedSoftmax(scratch, factor: Float(1 / max(temperature, 1e-30)), into: scratch)
            for filter in filters { filter.apply(to: weights) }
            id = UnsafeBufferPointer(weights).index(atShare: random.uniform())
        }
        history.append(Int32(id))
        return Int32(id)
    }
}

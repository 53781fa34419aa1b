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

    /// The token chosen from `logits` [V], finite but for excluded tokens, which are -infinity. The device computes the
    /// softmax in `scratch`, f32 [1,V].
    package mutating func choose(
        _ logits: UnsafeBufferPointer<Float>, scratch: Tensor, on backend: any Backend
    ) -> Int32 {
        guard !penalties.isEmpty else { return draw(logits, scratch, backend) }
        var penalised = Array(logits)
        return penalised.withUnsafeMutableBufferPointer { penalised in
            for penalty in penalties { penalty.apply(to: penalised, history: history) }
            return draw(UnsafeBufferPointer(penalised), scratch, backend)
        }
    }

    private mutating func draw(
        _ logits: UnsafeBufferPointer<Float>, _ scratch: Tensor, _ backend: any Backend
    ) -> Int32 {
        var id = logits.argmax
        let largest = logits[id]
        if let temperature, largest.isFinite {
            // Differences before the temperature divides them: the largest weight is 1, whatever the temperature.
            backend.writeFloats(scratch) { weights in
                for index in logits.indices { weights[index] = logits[index] - largest }
            }
            backend.unnormalizedSoftmax(scratch, factor: Float(1 / max(temperature, 1e-30)), into: scratch)
            id = backend.modifyFloats(scratch) { weights in
                for filter in filters { filter.apply(to: weights) }
                return UnsafeBufferPointer(weights).index(atShare: random.uniform())
            }
        }
        history.append(Int32(id))
        return Int32(id)
    }
}

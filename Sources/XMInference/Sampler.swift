// How the next token is chosen from logits. Greedy takes the largest (the lowest id among equals); sampling divides by
// a temperature, keeps the top-k and the nucleus top-p, and draws from a stream of (seed, sequence).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

package enum Sampling: Sendable, Equatable {
    case greedy
    /// `topK` nil keeps all tokens; `topP` 1 keeps all mass.
    case random(temperature: Double, topK: Int?, topP: Double, seed: UInt64)
}

package struct Sampler: Sendable {
    private let sampling: Sampling
    private var random: RandomStream

    /// `sequence` separates the random streams of sequences that run together.
    package init(_ sampling: Sampling, sequence: UInt64) {
        self.sampling = sampling
        let seed: UInt64 = if case .random(_, _, _, let seed) = sampling { seed } else { 0 }
        random = RandomStream(seed: seed, "sample", sequence)
    }

    /// The token chosen from `logits` [V].
    package mutating func choose(_ logits: UnsafeBufferPointer<Float>) -> Int32 {
        switch sampling {
        case .greedy:
            var best = 0
            for index in logits.indices where logits[index] > logits[best] { best = index }
            return Int32(best)
        case .random(let temperature, let topK, let topP, _):
            var order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
            if let topK, topK < order.count { order.removeSubrange(max(topK, 1)...) }
            let largest = Double(logits[order[0]])
            var mass = order.map { exp((Double(logits[$0]) - largest) / max(temperature, 1e-6)) }
            if topP < 1 {
                let total = mass.reduce(0, +)
                var sum = 0.0
                let last =
                    mass.firstIndex {
                        sum += $0; return sum >= topP * total
                    } ?? mass.count - 1
                mass.removeSubrange((last + 1)...)
            }
            var left = random.uniform() * mass.reduce(0, +)
            for (index, weight) in mass.enumerated() {
                left -= weight
                if left < 0 { return Int32(order[index]) }
            }
            return Int32(order[mass.count - 1])
        }
    }
}

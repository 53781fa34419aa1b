// Logits of one row with their log-softmax: log probabilities, ranks and the divergence of two models. The sums come
// from `Backend.logSumExp`; this is the one place that subtracts them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMTensor

struct LogitRow {
    /// f32 [1, V].
    let tensor: Tensor
    private let largest: Float
    /// Logarithm of the sum of exponentials; not finite where a logit is not a number.
    let logSumExp: Float

    /// Row `row` of `logits` f32 [M, V], with what `logSumExp` gave for it: both f32 [M].
    init(_ logits: Tensor, row: Int, largest: Tensor, logSumExp: Tensor) {
        tensor = logits.rows(row..<row + 1)
        (self.largest, self.logSumExp) = (largest.f32[row], logSumExp.f32[row])
    }

    var logits: UnsafeBufferPointer<Float> { UnsafeBufferPointer(start: tensor.f32, count: tensor.count) }

    func logprob(_ id: Int32) -> Float { logits[Int(id)] - logSumExp }

    /// The token that greedy decoding takes: the lowest id among the largest.
    func isArgmax(_ id: Int32) -> Bool { logits[Int(id)] == largest && !logits[..<Int(id)].contains(largest) }

    var argmax: Int32 { Int32(logits.argmax) }

    /// The n likeliest tokens, the lower id first among equals.
    func top(_ n: Int) -> [TokenLogprob] {
        guard n > 0 else { return [] }
        var best: [Int] = []
        for index in logits.indices where best.count < n || logits[index] > logits[best[best.count - 1]] {
            let place = best.firstIndex { logits[index] > logits[$0] } ?? best.count
            best.insert(index, at: place)
            if best.count > n { best.removeLast() }
        }
        return best.map { TokenLogprob(id: Int32($0), logprob: logits[$0] - logSumExp) }
    }

    /// Kullback-Leibler klDivergence: sum of p log(p / q), where p is this row's distribution.
    func klDivergence(from other: LogitRow) -> Double {
        var sum = 0.0
        for index in logits.indices {
            let (p, q) = (
                Double(logits[index]) - Double(logSumExp), Double(other.logits[index]) - Double(other.logSumExp)
            )
            sum += exp(p) * (p - q)
        }
        return sum
    }
}

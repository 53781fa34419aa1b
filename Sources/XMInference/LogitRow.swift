// One row of logits with its log-softmax: log probabilities, ranks and the KL divergence of two models. Rows are lent
// in host memory; the sums come from `Backend.logSumExp`, and only this file subtracts them.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMTensor

struct LogitRow {
    /// [V]
    let logits: UnsafeBufferPointer<Float>
    private let largest: Float
    /// log sum exp(logits); not finite if any logit is not a number.
    let logSumExp: Float

    private init(_ logits: UnsafeBufferPointer<Float>, largest: Float, logSumExp: Float) {
        (self.logits, self.largest, self.logSumExp) = (logits, largest, logSumExp)
    }

    /// Lends the first `count` rows of `logits` f32 [M, V] with their sums; `largest` and `logSumExp`, f32 [M], are
    /// overwritten.
    static func read<Result>(
        _ logits: Tensor, count: Int, largest: Tensor, logSumExp: Tensor, on backend: any Backend,
        _ body: ([LogitRow]) throws -> Result
    ) rethrows -> Result {
        let (rows, V) = (logits.rows(0..<count), logits.columns)
        backend.logSumExp(rows, largest: largest, logSumExp: logSumExp)
        let (maxima, sums) = (backend.floats(largest), backend.floats(logSumExp))
        return try backend.readFloats(rows) { values in
            try body(
                (0..<count).map { row in
                    LogitRow(
                        UnsafeBufferPointer(rebasing: values[row * V..<(row + 1) * V]), largest: maxima[row],
                        logSumExp: sums[row])
                })
        }
    }

    func logprob(_ id: Int32) -> Float { logits[Int(id)] - logSumExp }

    /// Whether greedy decoding takes this token: the lowest id among the largest logits.
    func isArgmax(_ id: Int32) -> Bool { logits[Int(id)] == largest && !logits[..<Int(id)].contains(largest) }

    var argmax: Int32 { Int32(logits.argmax) }

    /// The n most likely tokens in descending order, the lower id first among equals.
    func top(_ n: Int) -> [TokenLogprob] {
        guard n > 0 else { return [] }
        var best: [Int] = []
        for index in logits.indices where best.count < n || logits[index] > logits[best[best.count - 1]] {
            let rank = best.firstIndex { logits[index] > logits[$0] } ?? best.count
            best.insert(index, at: rank)
            if best.count > n { best.removeLast() }
        }
        return best.map { TokenLogprob(id: Int32($0), logprob: logits[$0] - logSumExp) }
    }

    /// Kullback-Leibler divergence in nats, sum of p log(p / q), where p is this row's distribution and q the other's.
    func klDivergence(from other: LogitRow) -> Double {
        var sum = 0.0
        for index in logits.indices {
            let logP = Double(logits[index]) - Double(logSumExp)
            let logQ = Double(other.logits[index]) - Double(other.logSumExp)
            sum += exp(logP) * (logP - logQ)
        }
        return sum
    }
}

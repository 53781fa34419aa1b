// Nucleus sampling: the fewest likeliest tokens that together hold the probability p (arXiv 1904.09751).
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct TopP: LogitFilter {
    let p: Double

    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory) {
        guard p < 1, let largest = logits.max(), largest.isFinite else { return }
        let mass = logits.map { Double(exp($0 - largest)) }
        let total = mass.reduce(0, +)
        // Tokens below this hold at most 1 - p together, so the nucleus is among the others: few have to be sorted.
        let floor = (1 - p) * total / Double(logits.count)
        let order = mass.indices.filter { mass[$0] > floor }.sorted { (mass[$0], $1) > (mass[$1], $0) }
        var sum = 0.0
        var kept = 0
        while kept < order.count, sum < p * total {
            sum += mass[order[kept]]
            kept += 1
        }
        let nucleus = order[..<kept].map { ($0, logits[$0]) }
        logits.update(repeating: -.infinity)
        for (index, logit) in nucleus { logits[index] = logit }
    }
}

// Nucleus sampling: the fewest likeliest tokens that together hold the probability p (arXiv 1904.09751).
// SPDX-License-Identifier: Apache-2.0

struct TopP: TokenFilter {
    let p: Double

    func apply(to weights: UnsafeMutableBufferPointer<Float>) {
        guard p < 1 else { return }
        let total = UnsafeBufferPointer(weights).total
        // Tokens below this hold at most 1 - p together, so the nucleus is among the others: few have to be sorted.
        let floor = Float((1 - p) * total / Double(weights.count))
        let order = weights.indices.filter { weights[$0] > floor }.sorted { (weights[$0], $1) > (weights[$1], $0) }
        var sum = 0.0
        var kept = 0
        while kept < order.count, sum < p * total {
            sum += Double(weights[order[kept]])
            kept += 1
        }
        let nucleus = order[..<kept].map { ($0, weights[$0]) }
        weights.update(repeating: 0)
        for (index, weight) in nucleus { weights[index] = weight }
    }
}

// Nucleus sampling: the smallest set of tokens whose cumulative probability reaches p (arXiv 1904.09751).
// SPDX-License-Identifier: Apache-2.0

struct TopP: TokenFilter {
    let p: Double

    func apply(to weights: UnsafeMutableBufferPointer<Float>) {
        guard p < 1 else { return }
        let total = UnsafeBufferPointer(weights).total
        // All tokens below this floor together have at most probability 1 - p, so the nucleus is above it, where few
        // tokens have to be sorted.
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

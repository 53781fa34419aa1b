// Top-k sampling: keeps the k most likely tokens, the lower ids among equals.
// SPDX-License-Identifier: Apache-2.0

struct TopK: TokenFilter {
    let k: Int

    func apply(to weights: UnsafeMutableBufferPointer<Float>) {
        guard k < weights.count else { return }
        let threshold = kthLargest(weights)
        // Ties at the threshold are kept only until k tokens are.
        var room = k - weights.count { $0 > threshold }
        for index in weights.indices where !(weights[index] > threshold) {
            if weights[index] == threshold && room > 0 {
                room -= 1
            } else {
                weights[index] = 0
            }
        }
    }

    /// A histogram over the upper halves of the bit patterns, whose order is that of non-negative floats, finds the
    /// bucket of the k-th largest weight; only that bucket is sorted.
    private func kthLargest(_ weights: UnsafeMutableBufferPointer<Float>) -> Float {
        func bucket(_ value: Float) -> Int { Int(value.bitPattern >> 16) }
        var counts = [Int](repeating: 0, count: bucket(1) + 1)
        for weight in weights { counts[bucket(weight)] += 1 }
        var above = 0
        var last = counts.count - 1
        while above + counts[last] < k {
            above += counts[last]
            last -= 1
        }
        return weights.filter { bucket($0) == last }.sorted(by: >)[k - above - 1]
    }
}

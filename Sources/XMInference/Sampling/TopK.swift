// Keeps the k likeliest tokens; of equal ones those with the lower ids.
// SPDX-License-Identifier: Apache-2.0

struct TopK: LogitFilter {
    let k: Int

    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory) {
        guard k < logits.count else { return }
        let threshold = kthLargest(logits)
        /// Tokens equal to the threshold that still have room.
        var room = k - logits.count { $0 > threshold }
        for index in logits.indices where !(logits[index] > threshold) {
            if logits[index] == threshold && room > 0 {
                room -= 1
            } else {
                logits[index] = -.infinity
            }
        }
    }

    /// By counting the upper halves of order-preserving bit patterns: only one bucket has to be sorted.
    private func kthLargest(_ logits: UnsafeMutableBufferPointer<Float>) -> Float {
        func bucket(_ value: Float) -> Int {
            let bits = value.bitPattern
            return Int((bits >> 31 == 1 ? ~bits : bits | 0x8000_0000) >> 16)
        }
        var counts = [Int](repeating: 0, count: 1 << 16)
        for logit in logits { counts[bucket(logit)] += 1 }
        var above = 0
        var last = counts.count - 1
        while above + counts[last] < k {
            above += counts[last]
            last -= 1
        }
        return logits.filter { bucket($0) == last }.sorted(by: >)[k - above - 1]
    }
}

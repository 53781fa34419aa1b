// Searches in rows as long as a vocabulary. Each is a pass over chunks that the compiler can vectorise, followed by a
// scan of the one chunk with the answer.
// SPDX-License-Identifier: Apache-2.0

extension UnsafeBufferPointer<Float> {
    private static var chunk: Int { 256 }

    private var chunks: some Collection<Range<Int>> {
        stride(from: 0, to: count, by: Self.chunk).lazy.map { $0..<Swift.min($0 + Self.chunk, count) }
    }

    /// The lowest index among the largest elements; 0 for an empty row.
    var argmax: Int {
        var (best, largest) = (0..<0, -Float.infinity)
        for chunk in chunks {
            let top = largestElement(of: chunk)
            if top > largest { (best, largest) = (chunk, top) }
        }
        return best.first { self[$0] == largest } ?? 0
    }

    private func largestElement(of range: Range<Int>) -> Float {
        var lanes = SIMD16<Float>(repeating: -.infinity)
        let whole = range.count / 16 * 16
        let start = UnsafeRawPointer(baseAddress! + range.lowerBound)
        for offset in stride(from: 0, to: whole, by: 16) {
            // pointwiseMax has rules for NaN, which are not vector instructions.
            let next = start.loadUnaligned(fromByteOffset: 4 * offset, as: SIMD16<Float>.self)
            lanes.replace(with: next, where: next .> lanes)
        }
        return self[range.dropFirst(whole)].reduce(lanes.max(), Swift.max)
    }

    /// Sum of all elements: f32 within a chunk, f64 across chunks.
    var total: Double { chunks.reduce(0) { $0 + Double(sum(of: $1)) } }

    private func sum(of range: Range<Int>) -> Float {
        var lanes = SIMD16<Float>()
        let whole = range.count / 16 * 16
        let start = UnsafeRawPointer(baseAddress! + range.lowerBound)
        for offset in stride(from: 0, to: whole, by: 16) {
            lanes += start.loadUnaligned(fromByteOffset: 4 * offset, as: SIMD16<Float>.self)
        }
        return self[range.dropFirst(whole)].reduce(lanes.sum(), +)
    }

    /// Inverse of the cumulative distribution: the first index at which the running sum of the weights exceeds `share`,
    /// in [0, 1), of their total. With a uniform share this draws an index in proportion to its weight. Weights are not
    /// negative and at least one is positive.
    func index(atShare share: Double) -> Int {
        let sums = chunks.map { (range: $0, sum: Double(sum(of: $0))) }
        var left = share * sums.reduce(0) { $0 + $1.sum }
        var last = 0  // rounding may exhaust the sum before the last elements
        for (range, sum) in sums where sum > 0 {
            if left >= sum {
                left -= sum
                last = range.last { self[$0] > 0 }!
                continue
            }
            for index in range where self[index] > 0 {
                left -= Double(self[index])
                last = index
                if left < 0 { return index }
            }
            return last
        }
        return last
    }
}

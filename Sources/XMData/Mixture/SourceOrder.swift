// Which source each sequence of a stage comes from, by its share: sequence n takes the source whose part of the
// interval holds frac(n φ + b), with φ the golden ratio and b a random number of the stage. Of all steps around a
// circle this one fills it most evenly, so any stretch of sequences, also a short one, has the shares to within a
// sequence or two. How many of the first n sequences a source has is a sum of floors with a closed form, so nothing is
// counted or remembered.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct SourceOrder: Sendable {
    /// 2^64 / φ: the circle has 2^64 places.
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    private let offset: UInt64
    /// Where each source's stretch ends, rising; the last one at 2^64.
    private let ends: [UInt128]

    /// `shares` sum to 1.
    init(shares: [Double], seed: UInt64, stage: String) {
        offset = RandomStream(seed: seed, "mixture/" + stage).value(at: 0)
        let last = shares.lastIndex { $0 > 0 } ?? 0
        var sum = 0.0
        ends = shares.enumerated().map { index, share in
            sum += share
            return index >= last ? 1 << 64 : UInt128(min(sum, 1) * 0x1p64)
        }
    }

    /// The source of sequence `sequence` of the stage.
    func source(ofSequence sequence: Int) -> Int {
        let place = UInt128(UInt64(sequence) &* Self.step &+ offset)
        return ends.firstIndex { place < $0 }!
    }

    /// How many of the first `sequences` sequences come from `source`.
    func count(of source: Int, inFirst sequences: Int) -> Int {
        count(below: ends[source], sequences) - (source == 0 ? 0 : count(below: ends[source - 1], sequences))
    }

    /// How many of the first `sequences` places lie below `end`: floor(x / m) - floor((x - end) / m), summed, with m =
    /// 2^64 and x the place before it is taken around the circle.
    private func count(below end: UInt128, _ sequences: Int) -> Int {
        let all = Self.floorSum(sequences, UInt128(offset))
        let rest = Self.floorSum(sequences, UInt128(offset) + (1 << 64) - end)
        return Int(truncatingIfNeeded: all &- rest &+ UInt128(sequences))
    }

    /// Σ floor((step i + b) / 2^64) over i < n, by Euclid's algorithm: the sum counts points under a line, and what is
    /// left of them when whole columns are taken away is the same problem with the axes exchanged.
    private static func floorSum(_ n: Int, _ b: UInt128) -> UInt128 {
        var (n, m, a, b) = (UInt128(n), UInt128(1) << 64, UInt128(step), b)
        var sum: UInt128 = 0
        while n > 0 {
            sum &+= n * (n - 1) / 2 * (a / m) + n * (b / m)
            a %= m
            b %= m
            let top = a * n + b
            (n, b) = top.quotientAndRemainder(dividingBy: m)
            (m, a) = (a, m)
        }
        return sum
    }
}

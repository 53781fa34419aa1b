// A random order of 0..<count that is computed place by place: no table, any place at once. A Feistel network permutes
// the numbers of an even number of bits; a result outside the range is sent through it again until it falls inside
// ("cycle walking", Black and Rogaway 2002), which is at most four times on average.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

package struct KeyedPermutation: Sendable {
    private static let rounds: UInt64 = 8

    private let count: UInt64
    private let key: RandomStream
    private let halfBits: UInt64

    /// The order that `key` gives; `count` is at most 2^62.
    package init(count: Int, key: RandomStream) {
        precondition((1...1 << 62).contains(count))
        self.count = UInt64(count)
        self.key = key
        halfBits = max(1, UInt64(Int.bitWidth - (count - 1).leadingZeroBitCount + 1) / 2)
    }

    /// Which of the numbers stands at `place`.
    package subscript(_ place: Int) -> Int {
        precondition(place >= 0 && place < count)
        var value = UInt64(place)
        repeat { value = permuted(value) } while value >= count
        return Int(value)
    }

    private func permuted(_ value: UInt64) -> UInt64 {
        let mask: UInt64 = 1 << halfBits - 1
        var (left, right) = (value >> halfBits, value & mask)
        for round in 0..<Self.rounds {
            (left, right) = (right, left ^ key.value(at: round << 32 | right) >> 32 & mask)
        }
        return left << halfBits | right
    }
}

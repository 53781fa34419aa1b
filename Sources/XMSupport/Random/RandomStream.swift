// Random numbers as a pure function of (seed, purpose, indices, counter): no global generator, no order of calls to
// keep, the same numbers on every machine. The mixer is splitmix64's finaliser (Steele et al. 2014).
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A stream of random numbers named by a seed path, for example (seed, "mixture", step, row).
package struct RandomStream: RandomNumberGenerator, Sendable, Equatable {
    private let key: UInt64
    private var counter: UInt64 = 0

    package init(seed: UInt64, _ purpose: String, _ indices: UInt64...) {
        var key = Self.mixed(seed)
        for byte in purpose.utf8 { key = Self.mixed(key ^ UInt64(byte)) }
        key = Self.mixed(key ^ 0xFF00)  // separates the purpose from the indices
        for index in indices { key = Self.mixed(key ^ Self.mixed(index)) }
        self.key = key
    }

    /// Number `index` of the stream, wherever the stream stands.
    package func value(at index: UInt64) -> UInt64 { Self.mixed(key ^ Self.mixed(index)) }

    package mutating func next() -> UInt64 {
        defer { counter += 1 }
        return value(at: counter)
    }

    /// Uniform in [0, 1), 53 bits.
    package mutating func uniform() -> Double { Self.unit(next()) }

    /// Standard normal, by Box and Muller; takes two numbers of the stream.
    package mutating func normal() -> Double { Self.normal(next(), next()) }

    /// buffer[i] = std * normal number (startingAt + i) of the stream, whatever part of a tensor is filled at once.
    package func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>, std: Float, startingAt first: UInt64) {
        for index in buffer.indices {
            let at = 2 * (first + UInt64(index))
            buffer[index] = std * Float(Self.normal(value(at: at), value(at: at + 1)))
        }
    }

    /// 0..<count in random order (Fisher and Yates).
    package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        order.shuffle(using: &self)
        return order
    }

    private static func unit(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }

    private static func normal(_ a: UInt64, _ b: UInt64) -> Double {
        (-2 * log(1 - unit(a))).squareRoot() * cos(2 * .pi * unit(b))
    }

    private static func mixed(_ x: UInt64) -> UInt64 {
        var z = x &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

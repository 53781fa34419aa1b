// temporary: replaced by the support branch
// SPDX-License-Identifier: Apache-2.0
import Foundation
package struct RandomStream: RandomNumberGenerator, Sendable {
    var key: UInt64
    var counter: UInt64 = 0
    package init(seed: UInt64, _ purpose: String, _ indices: UInt64...) {
        key = seed &* 0x9E37_79B9_7F4A_7C15
        for b in purpose.utf8 { key = Self.mix(key ^ UInt64(b)) }
        for i in indices { key = Self.mix(key ^ i &+ 0x9E37_79B9_7F4A_7C15) }
    }
    static func mix(_ x: UInt64) -> UInt64 {
        var z = x &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
    package mutating func next() -> UInt64 { counter &+= 1; return Self.mix(key ^ Self.mix(counter)) }
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
    package mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }
    package func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>, std: Float, startingAt: UInt64) {
        var s = self
        for i in buffer.indices { buffer[i] = Float(s.normal()) * std }
    }
}

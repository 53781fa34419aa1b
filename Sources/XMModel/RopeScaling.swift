// Rotary frequencies adjusted for longer contexts, as `rope_scaling` in config.json asks: none, linear, or Llama 3's
// rule (high frequencies kept, low ones divided, a ramp between). GGUF files carry the resulting divisors as a tensor.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// The object under `rope_scaling` or `rope_parameters`, its keys in their ecosystem's spelling.
struct RopeScaling: Codable {
    var rope_type: String?
    var type: String?
    var rope_theta: Double?
    var factor: Double?
    var low_freq_factor: Double?
    var high_freq_factor: Double?
    var original_max_position_embeddings: Double?

    /// Divisors of the rotary frequencies, [d/2]; nil if they all are 1. Throws `ModelConfigError` for another rule.
    func factors(headSize d: Int, theta: Double) throws -> [Float]? {
        switch rope_type ?? type ?? "default" {
        case "default":
            // transformers ignores the factor and llama.cpp takes it for linear scaling: ambiguous, so refused.
            guard factor ?? 1 == 1 else {
                throw ModelConfigError.unsupported(
                    key: "rope_scaling.factor", found: "\(factor ?? 1) without a rope_type that uses it",
                    wanted: "rope_type linear or llama3, or no factor")
            }
            return nil
        case "linear": return Array(repeating: Float(try required("factor", factor)), count: d / 2)
        case "llama3": return try llama3(headSize: d, theta: theta)
        case let other:
            throw ModelConfigError.unsupported(
                key: "rope_scaling.rope_type", found: other, wanted: "default, linear, llama3")
        }
    }

    /// Throws `ModelConfigError` for a key that might change the angles in a way not implemented here.
    static func refuseUnknown(_ members: JSONObject, _ key: String) throws {
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            if let violation = ConfigKeys.rope.violation(name, value) {
                throw ModelConfigError.unsupported(
                    key: "\(key).\(name)", found: violation.found, wanted: violation.wanted)
            }
            guard ConfigKeys.rope.knows(name) else { throw ModelConfigError.unknownKey("\(key).\(name)") }
        }
    }

    // As in transformers: with n turns of frequency i over the original context and s = clamp((n - low) / (high - low),
    // 0, 1), the frequency is multiplied by (1 - s) / factor + s.
    private func llama3(headSize d: Int, theta: Double) throws -> [Float] {
        let factor = try required("factor", factor)
        let low = try required("low_freq_factor", low_freq_factor)
        let high = try required("high_freq_factor", high_freq_factor)
        let length = try required("original_max_position_embeddings", original_max_position_embeddings)
        guard high > low else {
            throw ModelConfigError.invalid(
                key: "rope_scaling.high_freq_factor", found: "\(high)", wanted: "above low_freq_factor (\(low))")
        }
        return (0..<d / 2).map { i in
            let wavelength = 2 * Double.pi * pow(theta, Double(2 * i) / Double(d))
            /// Turns within the original context: at least `high` keeps the frequency, at most `low` divides it by
            /// `factor`.
            let turns = length / wavelength
            let kept = min(max((turns - low) / (high - low), 0), 1)
            return Float(1 / ((1 - kept) / factor + kept))
        }
    }

    private func required(_ key: String, _ value: Double?) throws -> Double {
        guard let value, value > 0, value.isFinite else {
            throw ModelConfigError.invalid(
                key: "rope_scaling.\(key)", found: value.map { "\($0)" } ?? "missing", wanted: "a positive number")
        }
        return value
    }
}

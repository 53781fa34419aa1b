// The settings of a chat by name, for /set.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

extension ChatSession.Settings {
    package static let names = [
        "temperature", "top-k", "top-p", "min-p", "repetition-penalty", "presence-penalty", "frequency-penalty", "seed",
        "max-tokens",
    ]

    /// Changes one setting; "off" removes it. Throws `ChatError` or `SamplingError`, and then changes nothing.
    package mutating func set(_ name: String, to text: String) throws {
        let isOff = ["off", "none"].contains(text)
        func value<Number: LosslessStringConvertible>(_ wanted: String) throws -> Number? {
            guard !isOff else { return nil }
            guard let number = Number(text) else { throw SamplingError(name: name, found: "'\(text)'", wanted: wanted) }
            return number
        }
        func count<Number: LosslessStringConvertible & FixedWidthInteger>(_ least: Number) throws -> Number {
            guard let number: Number = try value("a whole number"), number >= least else {
                throw SamplingError(name: name, found: "'\(text)'", wanted: "a whole number, at least \(least)")
            }
            return number
        }
        var changed = sampling
        switch name {
        case "temperature":
            changed.temperature = try value("a number, or off for greedy decoding")
            if changed.temperature == 0 { changed.temperature = nil }
        case "top-k": changed.topK = try value("a whole number, or off")
        case "top-p": changed.topP = try value("a number, or off")
        case "min-p": changed.minP = try value("a number, or off")
        case "repetition-penalty": changed.repetitionPenalty = try value("a number, or off")
        case "presence-penalty": changed.presencePenalty = try value("a number, or off")
        case "frequency-penalty": changed.frequencyPenalty = try value("a number, or off")
        case "seed": changed.seed = try count(0)
        case "max-tokens": maxTokens = try count(1)
        default:
            throw ChatError.unknownSetting(name: name, nearest: nearestName(to: name, in: Self.names))
        }
        try changed.validate()
        sampling = changed
    }

    /// Every setting as text, in the order of `names`.
    package var list: [(name: String, value: String)] {
        func text(_ value: Double?) -> String { value.map(HumanText.number) ?? "off" }
        let values = [
            text(sampling.temperature), sampling.topK.map(String.init) ?? "off", text(sampling.topP),
            text(sampling.minP),
            text(sampling.repetitionPenalty), text(sampling.presencePenalty), text(sampling.frequencyPenalty),
            "\(sampling.seed)", "\(maxTokens)",
        ]
        return Array(zip(Self.names, values).map { ($0, $1) })
    }
}

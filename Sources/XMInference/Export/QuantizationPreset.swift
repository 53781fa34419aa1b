// Assigns a type to every tensor of a quantised file. Plain presets store all matrices in one type; mixed ones spend
// more bits where errors cost most. docs/formats.md lists the rules.
// SPDX-License-Identifier: Apache-2.0

import XMModel
package import XMTensor

package struct QuantizationPreset: Sendable, Equatable {
    /// Its name for users: "Q8_0", "Q4_K_M".
    package let name: String
    /// The type of most matrices.
    package let type: QuantizationType
    /// The higher-precision type of a mixed preset, for the embedding, which is also the head, and for `attn_v` and
    /// `ffn_down` of some layers; nil for plain presets.
    package let better: QuantizationType?
    /// `general.file_type` of GGUF.
    package let fileType: UInt32

    private init(_ type: QuantizationType, fileType: UInt32, name: String? = nil, better: QuantizationType? = nil) {
        (self.name, self.type, self.better, self.fileType) = (name ?? type.name, type, better, fileType)
    }

    package static let f32 = QuantizationPreset(.f32, fileType: 0)
    package static let q8_0 = QuantizationPreset(.q8_0, fileType: 7)

    package static let all = [
        f32, QuantizationPreset(.f16, fileType: 1), QuantizationPreset(.bf16, fileType: 32), q8_0,
        QuantizationPreset(.q6_k, fileType: 18), QuantizationPreset(.q4_k, fileType: 14),
        QuantizationPreset(.q4_k, fileType: 15, name: "Q4_K_M", better: .q6_k), QuantizationPreset(.q4_0, fileType: 2),
    ]

    /// The preset with that name, ignoring case.
    package init(name: String) throws {
        guard let found = Self.all.first(where: { $0.name == name.uppercased() }) else {
            throw QuantizationPresetError.unknown(name: name)
        }
        self = found
    }

    /// The type of a tensor by its GGUF name. Vectors stay F32. Rows that are not a multiple of the block size fall
    /// back to Q8_0, or to F16 if they are not a multiple of that either.
    package func type(of name: String, shape: [Int], layers: Int) -> QuantizationType {
        guard shape.count >= 2, let columns = shape.last else { return .f32 }
        let wanted = better.flatMap { isKeptBetter(name, layers: layers) ? $0 : nil } ?? type
        return [wanted, .q8_0].first { columns % $0.blockSize == 0 } ?? .f16
    }

    /// The head, and `attn_v` and `ffn_down` in the first and last eighth of the layers and in every third layer
    /// between.
    private func isKeptBetter(_ name: String, layers: Int) -> Bool {
        guard let layer = WeightNames.layer(name) else { return true }
        guard name.hasSuffix(".attn_v.weight") || name.hasSuffix(".ffn_down.weight") else { return false }
        let eighth = layers / 8
        return layer < eighth || layer >= layers - eighth || (layer - eighth) % 3 == 2
    }
}

package enum QuantizationPresetError: Error, CustomStringConvertible, Equatable {
    case unknown(name: String)

    package var description: String {
        switch self {
        case .unknown(let name):
            "the type '\(name)' is not supported; choose "
                + QuantizationPreset.all.map(\.name).joined(separator: ", ")
        }
    }
}

// Exports a model as a GGUF file that unmodified llama.cpp can run: with architecture granite; minicpm if the model's
// attention scale is the 1/sqrt(d) fixed there; or llama if nothing is scaled (docs/formats.md).
// Next: GGUFMetadata+Tokenizer.swift, TensorStream.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
import XMModel
package import XMTensor
import XMTokenizer

package enum GGUFExport {
    package enum Architecture: String, Sendable {
        case granite, minicpm, llama
    }

    /// Writes `file`, which must not exist. An error thrown by `progress` cancels the export. Returns warnings about
    /// what the format cannot express.
    @discardableResult
    package static func write(
        _ weights: any ModelWeights, tokenizer: TokenizerExport, name: String, as architecture: Architecture,
        preset: QuantizationPreset, to file: URL, pool: ThreadPool, progress: @escaping TensorStream.Progress = { _ in }
    ) throws -> [String] {
        try ExportError.refuseToReplace(file)
        let config = weights.config
        try tokenizer.check(rows: config.vocabularySize)
        var metadata = try metadata(config, name: name, as: architecture)
        metadata.describe(preset)
        let unknownEnds = try metadata.describe(tokenizer, rows: config.vocabularySize)
        let parameters = ParameterLayout.all(config)
        let stream = TensorStream(pool: pool, totalElements: parameters.reduce(0) { $0 + $1.count }, progress: progress)
        let tensors = parameters.map { parameter in
            tensor(parameter, of: weights, preset: preset, stream: stream)
        }
        try GGUFWriter.write(tensors, metadata: metadata, to: file) { try progress(1) }
        guard !unknownEnds.isEmpty else { return [] }
        let list = unknownEnds.joined(separator: ", ")
        return [
            "\(file.path): GGUF has keys for two end-of-turn tokens beside EOS, so llama.cpp will not stop at token "
                + "\(list); this program will"
        ]
    }

    /// The keys of the architecture. Throws `ModelConfigError` for a model that it cannot describe.
    static func metadata(
        _ config: Xmodel2Config, name: String, as architecture: Architecture
    ) throws -> GGUFMetadata {
        let scales = try GraniteScales(config)
        var metadata = GGUFMetadata()
        metadata["general.architecture"] = .string(architecture.rawValue)
        metadata["general.type"] = .string("model")
        metadata["general.name"] = .string(name)
        func set(_ key: String, _ value: GGUFValue) { metadata["\(architecture.rawValue).\(key)"] = value }
        func count(_ key: String, _ value: Int) { set(key, .uint32(UInt32(value))) }
        count("context_length", config.maxPositions)
        count("embedding_length", config.hiddenSize)
        count("block_count", config.layers)
        count("feed_forward_length", config.intermediateSize)
        count("attention.head_count", config.heads)
        count("attention.head_count_kv", config.keyValueHeads)
        count("vocab_size", config.vocabularySize)
        count("rope.dimension_count", config.headSize)
        set("rope.freq_base", .float32(Float(config.ropeTheta)))
        set("attention.layer_norm_rms_epsilon", .float32(config.normEps))
        guard architecture != .llama else {
            try scales.requireNone(headSize: config.headSize)
            return metadata
        }
        set("embedding_scale", .float32(Float(scales.embedding)))
        set("residual_scale", .float32(Float(scales.residual)))
        set("logit_scale", .float32(Float(scales.logits)))  // a divisor
        if architecture == .granite {
            set("attention.scale", .float32(Float(scales.attention)))
        } else {
            guard AttentionScale(scales.attention, headSize: config.headSize) == .inverseSquareRoot else {
                throw ModelConfigError.unsupported(
                    key: "the attention scale", found: "\(scales.attention)",
                    wanted: "1/sqrt(d), which GGUF's minicpm implies; use --to gguf (granite) instead")
            }
        }
        return metadata
    }

    private static func tensor(
        _ parameter: Parameter, of weights: any ModelWeights, preset: QuantizationPreset, stream: TensorStream
    ) -> GGUFTensor {
        let config = weights.config
        let name = WeightNames.gguf(parameter.name)
        let type = preset.type(of: name, shape: parameter.shape, layers: config.layers)
        let isRotated = WeightNames.isRotated(parameter.name)
        let (rows, columns) = parameter.matrix
        return GGUFTensor(name: name, type: type, shape: parameter.shape) { sink in
            try stream.encode(name, rows: rows, columns: columns, as: type) { range, values in
                guard isRotated else { return try weights.read(parameter, rows: range, into: values) }
                let order = RotaryOrder(headSize: config.headSize)
                for (index, row) in range.enumerated() {
                    let source = order.row(stored: row)
                    let target = values[index * columns..<(index + 1) * columns]
                    try weights.read(
                        parameter, rows: source..<source + 1, into: UnsafeMutableBufferPointer(rebasing: target))
                }
            } to: {
                try sink($0)
            }
        }
    }
}

extension GGUFMetadata {
    /// Sets the keys that name the file's quantisation.
    mutating func describe(_ preset: QuantizationPreset) {
        self["general.file_type"] = .uint32(preset.fileType)
        self["general.quantization_version"] = preset.type.blockSize > 1 ? .uint32(2) : nil
    }
}

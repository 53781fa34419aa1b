// A model as a Hugging Face folder: with its own configuration (xmodel), or as Granite, which stock programs run. The
// weights have the same names and values in both. The folder appears whole or not at all.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
import XMModel
import XMSupport
package import XMTokenizer
package import XMTensor

package enum FolderExport {
    package enum Kind: String, Sendable {
        case xmodel, granite
    }

    /// Writes `folder`, which must not exist; `type` is F32, F16 or BF16. Without a
    /// tokenizer its files are left out.
    package static func write(
        _ weights: any ModelWeights, tokenizer: (SentencePieceTokenizer, file: Data)?, as kind: Kind,
        type: QuantizationType,
        to folder: URL, pool: ThreadPool, progress: @escaping (Double) -> Void = { _ in }
    ) throws {
        try ExportError.refuseToReplace(folder)
        guard let dtype = dtype(type) else { throw ExportError.blocksInFolder(type: type.name) }
        let config = weights.config
        if let (tokenizer, _) = tokenizer, tokenizer.vocabularySize > config.vocabularySize {
            throw TokenizerError.wrongVocabulary(tokenizer: tokenizer.vocabularySize, model: config.vocabularySize)
        }
        let torch = [SafetensorsDType.f32: "float32", .f16: "float16", .bf16: "bfloat16"][dtype] ?? "float32"
        let configFile =
            switch kind {
            case .xmodel: try config.withMuP().json(dtype: torch)
            case .granite: try config.graniteJSON(dtype: torch)
            }
        let parameters = ParameterLayout.all(config)
        let stream = TensorStream(
            pool: pool, totalElements: parameters.reduce(0) { $0 + $1.count }, progress: progress)
        let tensors = parameters.map { parameter in
            let (rows, columns) = parameter.matrix
            return SafetensorsTensor(name: parameter.name, dtype: dtype, shape: parameter.shape) { sink in
                try stream.encode(parameter.name, rows: rows, columns: columns, as: type) { range, values in
                    try weights.read(parameter, rows: range, into: values)
                } to: {
                    try sink($0)
                }
            }
        }
        try AtomicFolder.write(to: folder) { temporary in
            func put(_ data: Data, _ name: String) throws { try data.write(to: temporary.appending(path: name)) }
            try put(configFile, "config.json")
            if let (tokenizer, file) = tokenizer {
                try put(generationConfig(tokenizer), "generation_config.json")
                try put(file, "tokenizer.model")
                try put(tokenizer.huggingFaceTokenizer(), "tokenizer.json")
                try put(tokenizer.huggingFaceConfig(positions: config.maxPositions), "tokenizer_config.json")
            }
            try SafetensorsWriter.write(
                tensors, metadata: ["format": "pt"], to: temporary.appending(path: "model.safetensors"))
        }
    }

    /// The safetensors type of a tensor type; nil for blocks.
    private static func dtype(_ type: QuantizationType) -> SafetensorsDType? {
        switch type {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        default: nil
        }
    }

    /// Where a generation ends: at EOS and at the end of a turn.
    private static func generationConfig(_ tokenizer: SentencePieceTokenizer) throws -> Data {
        var file: [String: Any] = ["eos_token_id": tokenizer.stopIDs.map(Int.init)]
        if let bos = tokenizer.bosID { file["bos_token_id"] = Int(bos) }
        return try JSONSerialization.data(withJSONObject: file, options: [.prettyPrinted, .sortedKeys])
    }
}

// A model as a Hugging Face folder: with its own configuration (xmodel), or as Granite, which stock programs run. The
// weights have the same names and values in both. The folder appears whole or not at all.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
import XMModel
import XMSupport
import XMTokenizer
package import XMTensor

package enum FolderExport {
    package enum Kind: String, Sendable {
        case xmodel, granite
    }

    /// Writes `folder`, which must not exist; `type` is F32, F16 or BF16. Without a
    /// tokenizer its files are left out.
    package static func write(
        _ weights: any ModelWeights, tokenizer: ExportTokenizer?, as kind: Kind, type: QuantizationType,
        to folder: URL, pool: ThreadPool, progress: @escaping (Double) -> Void = { _ in }
    ) throws {
        try ExportError.refuseToReplace(folder)
        guard let dtype = type.safetensors else { throw ExportError.blocksInFolder(type: type.name) }
        let config = weights.config
        try tokenizer?.check(config)
        let torch = [SafetensorsDType.f32: "float32", .f16: "float16", .bf16: "bfloat16"][dtype] ?? "float32"
        let configFile =
            switch kind {
            case .xmodel: try config.json(dtype: torch)
            case .granite: try config.graniteJSON(dtype: torch)
            }
        let layout = ParameterLayout(config)
        let stream = TensorStream(pool: pool, totalElements: layout.count, progress: progress)
        let tensors = layout.parameters.map { parameter in
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
            if let tokenizer {
                try put(generationConfig(tokenizer.tokenizer), "generation_config.json")
                try put(tokenizer.file, "tokenizer.model")
                try put(tokenizer.tokenizer.huggingFaceTokenizer(), "tokenizer.json")
                try put(tokenizer.tokenizer.huggingFaceConfig(positions: config.maxPositions), "tokenizer_config.json")
            }
            try SafetensorsWriter.write(
                tensors, metadata: ["format": "pt"], to: temporary.appending(path: "model.safetensors"))
        }
    }

    /// Where a generation ends: at EOS and at the end of a turn.
    private static func generationConfig(_ tokenizer: SentencePieceTokenizer) throws -> Data {
        var file: [String: Any] = ["eos_token_id": tokenizer.stopIDs.map(Int.init)]
        if let bos = tokenizer.bosID { file["bos_token_id"] = Int(bos) }
        return try JSONSerialization.data(withJSONObject: file, options: [.prettyPrinted, .sortedKeys])
    }
}

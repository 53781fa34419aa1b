// Exports a model as a Hugging Face folder: with its own configuration (xmodel), or as Granite or Llama, which stock
// programs can run. Names and values of the weights are the same in all three. The folder is written atomically.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
import XMModel
import XMSupport
import XMTokenizer
package import XMTensor

package enum FolderExport {
    package enum Kind: String, Sendable {
        case xmodel, granite, llama
    }

    /// Writes `folder`, which must not exist; `type` is F32, F16 or BF16. Without a tokenizer its files are omitted. An
    /// error thrown by `progress` cancels the export.
    package static func write(
        _ weights: any ModelWeights, tokenizer: TokenizerExport?, as kind: Kind,
        type: QuantizationType,
        to folder: URL, pool: ThreadPool, progress: @escaping TensorStream.Progress = { _ in }
    ) throws {
        try ExportError.refuseToReplace(folder)
        guard let dtype = dtype(type) else { throw ExportError.blocksInFolder(type: type.name) }
        var config = weights.config
        // Programs that do not read the tokenizer's files take BOS and EOS from config.json.
        if let bos = tokenizer?.huggingFace.bosID { config.bosID = Int(bos) }
        if let eos = tokenizer?.huggingFace.eosID { config.eosID = Int(eos) }
        try tokenizer?.check(rows: config.vocabularySize)
        let torch = [SafetensorsDType.f32: "float32", .f16: "float16", .bf16: "bfloat16"][dtype] ?? "float32"
        let configFile =
            switch kind {
            case .xmodel: try config.withMuP().json(dtype: torch)
            case .granite: try config.graniteJSON(dtype: torch)
            case .llama: try config.llamaJSON(dtype: torch)
            }
        let tokenizerFile = try tokenizer?.huggingFace.huggingFaceTokenizer()
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
        try AtomicFolder.write(to: folder, check: { try progress(1) }) { temporary in
            func put(_ data: Data, _ name: String) throws { try data.write(to: temporary.appending(path: name)) }
            try put(configFile, "config.json")
            if let tokenizer, let tokenizerFile {
                let vocabulary = tokenizer.huggingFace
                try GenerationConfig(bos: vocabulary.bosID, stops: tokenizer.stopIDs).write(to: temporary)
                try tokenizer.sentencePieceFile.map { try put($0, "tokenizer.model") }
                try put(tokenizerFile, "tokenizer.json")
                let configuration = vocabulary.huggingFaceConfig(
                    positions: config.maxPositions, chatTemplate: tokenizer.chatTemplate)
                try put(configuration, "tokenizer_config.json")
            }
            try SafetensorsWriter.write(
                tensors, metadata: ["format": "pt"], to: temporary.appending(path: "model.safetensors"))
        }
    }

    /// The safetensors type of a tensor type; nil for block formats.
    private static func dtype(_ type: QuantizationType) -> SafetensorsDType? {
        switch type {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        default: nil
        }
    }
}

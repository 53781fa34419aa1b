// A GGUF model of a few kilobytes whose metadata tests may change: a network of two layers with all weights 1 and a
// Unigram vocabulary of the given tokens.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
package import XMModel
import XMTensor

package enum TinyGGUF {
    /// Unknown, BOS and EOS with SentencePiece's ids, and two letters.
    package static let tokens = ["<unk>", "<s>", "</s>", "a", "b"]

    package static func config(rows: Int = tokens.count) -> Xmodel2Config {
        var config = Xmodel2Config(
            vocabularySize: rows, hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 2, keyValueHeads: 1)
        config.mup = nil
        config.maxPositions = 64
        return config
    }

    /// The minimum metadata of a readable file, for one of the supported architectures.
    package static func metadata(_ architecture: String = "llama", tokens: [String] = tokens) -> GGUFMetadata {
        var metadata = GGUFMetadata()
        metadata["general.architecture"] = .string(architecture)
        let config = config()
        for (key, value) in [
            ("context_length", config.maxPositions), ("embedding_length", config.hiddenSize),
            ("block_count", config.layers), ("feed_forward_length", config.intermediateSize),
            ("attention.head_count", config.heads), ("attention.head_count_kv", config.keyValueHeads),
        ] {
            metadata["\(architecture).\(key)"] = .uint32(UInt32(value))
        }
        metadata["\(architecture).attention.layer_norm_rms_epsilon"] = .float32(1e-5)
        if architecture == "granite" { metadata["granite.logit_scale"] = .float32(1) }
        metadata["tokenizer.ggml.model"] = .string("t5")
        metadata["tokenizer.ggml.tokens"] = .array(GGUFArray(tokens))
        metadata["tokenizer.ggml.scores"] = .array(GGUFArray(tokens.indices.map { -Float($0) }))
        metadata["tokenizer.ggml.token_type"] = .array(
            GGUFArray([2, 3, 3] + tokens.dropFirst(3).map { _ in Int32(1) }))
        metadata["tokenizer.ggml.eos_token_id"] = .uint32(2)
        return metadata
    }

    /// The network's tensors under their GGUF names.
    package static func tensors(rows: Int = tokens.count) -> [GGUFTensor] {
        ParameterLayout.all(config(rows: rows)).map { parameter in
            GGUFTensor(name: WeightNames.gguf(parameter.name), type: .f32, shape: parameter.shape) { sink in
                try [Float](repeating: 1, count: parameter.count).withUnsafeBytes(sink)
            }
        }
    }

    /// Writes the model, after `change` has edited its metadata.
    @discardableResult
    package static func write(
        to url: URL, _ architecture: String = "llama", tokens: [String] = tokens,
        extra: [GGUFTensor] = [], _ change: (inout GGUFMetadata) -> Void = { _ in }
    ) throws -> URL {
        var metadata = metadata(architecture, tokens: tokens)
        change(&metadata)
        try GGUFWriter.write(tensors(rows: tokens.count) + extra, metadata: metadata, to: url)
        return url
    }
}

// Tensors in a file that have no place in the network. A model with them computes something else, so running it without
// them would give wrong answers and no error.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMFormats
import XMTensor

extension WeightSource {
    /// Throws `CheckpointError.unexpectedTensor` for the first tensor, by name, that is not part of the network and not
    /// harmless.
    func requireNothingElse() throws {
        let own = Set(ParameterLayout.all(config).map { storedName($0.name) })
        for name in tensors.keys.sorted() where !own.contains(name) && !isHarmless(name) {
            if name == WeightNames.head, try repeatsEmbedding(name) { continue }
            throw CheckpointError.unexpectedTensor(file: path, name: name, meaning: meaning(of: name))
        }
    }

    /// Rotary tables follow from the configuration; GGUF's rotary factors were read along with it.
    private func isHarmless(_ name: String) -> Bool {
        isGGUF ? name == WeightNames.ggufRopeFactors : name.hasSuffix(".rotary_emb.inv_freq")
    }

    /// Some writers store a tied head again: byte for byte the embedding.
    private func repeatsEmbedding(_ name: String) throws -> Bool {
        guard let head = tensors[name], let embedding = tensors[WeightNames.embedding],
            head.type == embedding.type, head.shape == embedding.shape
        else { return false }
        let (a, b) = (try head.matrix(), try embedding.matrix())
        return try a.pieces.allSatisfy { piece in
            try a.withRows(piece) { a in
                try b.withRows(piece) { b in memcmp(a.blocks, b.blocks, piece.count * a.rowBytes) == 0 }
            }
        }
    }

    /// A guess from the name at what the network lacks.
    private func meaning(of name: String) -> String {
        let layer = WeightNames.layer(name)
        func names(_ parts: String...) -> Bool { parts.contains { name.contains($0) } }
        if let layer, layer >= config.layers {
            return "it belongs to layer \(layer), and the configuration says \(config.layers) layers (from 0 on)"
        }
        if name == WeightNames.head { return "tie_word_embeddings says that the head is the embedding, and it differs" }
        if names("lora_") { return "it is an adapter; merge it into the model first" }
        if names("expert", "_exps", "gate_inp") { return "the model is a mixture of experts, which Xmodel-2 is not" }
        if name.hasSuffix(".bias") {
            let place = names("attn", "q_proj", "k_proj", "v_proj", "o_proj") ? "attention biases" : "biases"
            return "the model has \(place), which Xmodel-2 does not"
        }
        if names("q_norm", "k_norm") { return "the model has norms of queries and keys, which Xmodel-2 does not" }
        return "the model is of another architecture, or the file has more than the model"
    }
}

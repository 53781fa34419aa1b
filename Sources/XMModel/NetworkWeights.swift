// What a network multiplies with, in two origins: f32 masters that training changes, or a file's own matrices, packed
// once into the form of the products.
// SPDX-License-Identifier: Apache-2.0

import XMTensor

struct NetworkWeights: @unchecked Sendable {
    /// The rows that token ids select.
    enum Table {
        case masters(ParameterStore)
        case blocks(BlockMatrix)
    }

    let table: Table
    let layers: [BlockWeights]
    let finalNorm: Tensor  // f32 [D]
    /// [V, D]
    let head: LinearWeight

    /// Views of master weights, whose embedding is also the head.
    init(
        _ masters: ParameterStore, _ config: Xmodel2Config, backend: any Backend, training: Bool, in arena: Arena
    ) throws {
        guard !config.hasOwnHead else {
            throw ModelConfigError.unsupported(
                key: "tie_word_embeddings", found: "false", wanted: "true for training; the model can be run")
        }
        func weight(_ master: Tensor, _ name: String) throws -> LinearWeight {
            try backend.linearWeight(master: master, training: training, in: arena, name: name)
        }
        table = .masters(masters)
        layers = try (0..<config.layers).map { index in
            let layer = masters.layer(index)
            return BlockWeights(
                inputNorm: layer.inputNorm, qkv: try weight(layer.qkv, "layer \(index) qkv"),
                o: try weight(layer.o, "layer \(index) o"), postNorm: layer.postNorm,
                gateUp: try weight(layer.gateUp, "layer \(index) gate_up"),
                down: try weight(layer.down, "layer \(index) down"))
        }
        finalNorm = masters.finalNorm
        head = try weight(masters.embedding, "embed_tokens")
    }

    /// A file's matrices. Names, shapes and types are all checked before anything is packed.
    init(_ source: any WeightSource, _ config: Xmodel2Config, backend: any Backend, in arena: Arena) throws {
        let (D, F) = (config.hiddenSize, config.intermediateSize)
        let kv = config.keyValueHeads * config.headSize
        func norm(_ name: String) throws -> Tensor {
            let values = try source.vector(name, count: D)
            let tensor = try arena.tensor("norm weights", name, .f32, [D])
            if !arena.isDryRun { tensor.f32.update(from: values, count: D) }
            return tensor
        }
        let vocabulary = try source.matrix(WeightNames.embedding, rows: config.vocabularySize, columns: D)
        layers = try (0..<config.layers).map { index in
            let prefix = "model.layers.\(index)."
            func weight(_ name: String, _ parts: [(name: String, rows: Int)], columns: Int) throws -> LinearWeight {
                let matrices = try parts.map {
                    try source.matrix("\(prefix)\($0.name)_proj.weight", rows: $0.rows, columns: columns)
                }
                return try backend.linearWeight(parts: matrices, in: arena, name: "layer \(index) \(name)")
            }
            return BlockWeights(
                inputNorm: try norm(prefix + "input_layernorm.weight"),
                qkv: try weight(
                    "qkv", [("self_attn.q", D), ("self_attn.k", kv), ("self_attn.v", kv)], columns: D),
                o: try weight("o", [("self_attn.o", D)], columns: D),
                postNorm: try norm(prefix + "post_attention_layernorm.weight"),
                gateUp: try weight("gate_up", [("mlp.gate", F), ("mlp.up", F)], columns: D),
                down: try weight("down", [("mlp.down", D)], columns: F))
        }
        finalNorm = try norm(WeightNames.finalNorm)
        let headMatrix =
            config.hasOwnHead
            ? try source.matrix(WeightNames.head, rows: config.vocabularySize, columns: D) : vocabulary
        head = try backend.linearWeight(parts: [headMatrix], in: arena, name: "head")
        table = .blocks(try vocabulary.copied(in: arena, name: "embed_tokens"))
    }
}

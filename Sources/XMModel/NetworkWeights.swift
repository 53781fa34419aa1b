// A network's weights, from one of two origins: f32 masters that training updates, or a file's own matrices, packed
// once into the form the matmuls read.
// SPDX-License-Identifier: Apache-2.0

import XMTensor

struct NetworkWeights: Sendable {
    /// The embedding table that token ids index.
    enum Table {
        case masters(ParameterStore)
        case blocks(any EmbeddingTable)
    }

    let table: Table
    let layers: [LayerWeights]
    let finalNorm: Tensor  // f32 [D]
    /// [V, D]
    let head: any LinearWeight

    /// Views of f32 masters, whose embedding is also the head. Throws `ModelConfigError.unsupported` for an untied
    /// head.
    init(
        _ masters: ParameterStore, _ config: Xmodel2Config, backend: any Backend, training: Bool, in arena: Arena
    ) throws {
        guard !config.hasOwnHead else {
            throw ModelConfigError.unsupported(
                key: "tie_word_embeddings", found: "false", wanted: "true for training; the model can be run")
        }
        func weight(_ master: Tensor, _ name: String) throws -> any LinearWeight {
            try backend.linearWeight(master: master, training: training, in: arena, name: name)
        }
        table = .masters(masters)
        layers = try (0..<config.layers).map { index in
            let layer = masters.layer(index)
            return LayerWeights(
                inputNorm: layer.inputNorm, qkv: try weight(layer.qkv, "layer \(index) qkv"),
                o: try weight(layer.o, "layer \(index) o"), postNorm: layer.postNorm,
                gateUp: try weight(layer.gateUp, "layer \(index) gate_up"),
                down: try weight(layer.down, "layer \(index) down"))
        }
        finalNorm = masters.finalNorm
        head = try weight(masters.embedding, "embed_tokens")
    }

    /// A file's matrices: reserves their packed forms and, unless `arena` is a plan, reads norms and embedding. The
    /// matrices themselves are read by `Backend.fill`, many at a time.
    init(_ source: WeightSource, backend: any Backend, in arena: Arena) throws {
        let config = source.config
        let layout = ParameterLayout(config)
        func norm(_ parameter: Parameter) throws -> Tensor {
            let tensor = try arena.tensor("norm weights", parameter.name, .f32, parameter.shape)
            if !arena.isPlan {
                try backend.writeFloats(tensor) { try source.read(parameter, rows: 0..<1, into: $0.baseAddress!) }
            }
            return tensor
        }
        layers = try (0..<config.layers).map { index in
            let layer = layout.layer(index)
            func weight(_ name: String, _ places: ClosedRange<Int>) throws -> any LinearWeight {
                let matrices = try layer[places].map { try source.matrix($0) }
                return try backend.linearWeight(stacking: matrices, in: arena, name: "layer \(index) \(name)")
            }
            typealias Place = ParameterLayout.Place
            return LayerWeights(
                inputNorm: try norm(layer[Place.inputNorm]), qkv: try weight("qkv", Place.qkv),
                o: try weight("o", Place.o...Place.o), postNorm: try norm(layer[Place.postNorm]),
                gateUp: try weight("gate_up", Place.gateUp), down: try weight("down", Place.down...Place.down))
        }
        finalNorm = try norm(layout.finalNorm)
        let embedding = try source.matrix(layout.embedding)
        let headMatrix = try ParameterLayout.ownHead(config).map { try source.matrix($0) } ?? embedding
        head = try backend.linearWeight(stacking: [headMatrix], in: arena, name: "head")
        table = .blocks(try backend.embeddingTable(embedding, in: arena, name: "embed_tokens"))
    }
}

// All parameters of a model in one flat f32 array, in forward order, each slice under its Hugging Face name. q, k and v
// are adjacent, and so are gate and up, so that a fused projection is a view and not a copy. Gradients and optimiser
// moments are arrays of the same layout.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// A parameter's role in muP and the optimiser: it selects initialisation, learning-rate scale and weight decay.
package enum ParameterRole: String, Sendable, Codable, CaseIterable {
    /// The tied embedding and output head.
    case embedding
    /// A hidden matrix: q, k, v, o, gate, up, down.
    case hidden
    /// A norm's weight.
    case norm
}

/// One named parameter and its slice of the flat array.
package struct Parameter: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let role: ParameterRole
    /// Index of the first element in the flat array.
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<offset + count }
    /// The shape as a matrix; a vector is one row.
    package var matrix: (rows: Int, columns: Int) { (shape.dropLast().reduce(1, *), shape.last ?? 1) }
}

/// The parameters of a configuration: names, shapes, offsets. The order is part of the checkpoint format.
package struct ParameterLayout: Sendable, Equatable {
    package let parameters: [Parameter]
    package let count: Int

    package init(_ config: Xmodel2Config) {
        var list: [Parameter] = []
        var offset = 0
        func add(_ name: String, _ shape: [Int], _ role: ParameterRole) {
            list.append(Parameter(name: name, shape: shape, role: role, offset: offset))
            offset += shape.reduce(1, *)
        }
        let (D, F) = (config.hiddenSize, config.intermediateSize)
        let kv = config.keyValueHeads * config.headSize
        add(WeightNames.embedding, [config.vocabularySize, D], .embedding)
        for layer in 0..<config.layers {
            let prefix = "model.layers.\(layer)."
            add(prefix + "input_layernorm.weight", [D], .norm)
            add(prefix + "self_attn.q_proj.weight", [D, D], .hidden)
            add(prefix + "self_attn.k_proj.weight", [kv, D], .hidden)
            add(prefix + "self_attn.v_proj.weight", [kv, D], .hidden)
            add(prefix + "self_attn.o_proj.weight", [D, D], .hidden)
            add(prefix + "post_attention_layernorm.weight", [D], .norm)
            add(prefix + "mlp.gate_proj.weight", [F, D], .hidden)
            add(prefix + "mlp.up_proj.weight", [F, D], .hidden)
            add(prefix + "mlp.down_proj.weight", [D, F], .hidden)
        }
        add(WeightNames.finalNorm, [D], .norm)
        parameters = list
        count = offset
    }

    /// All tensors of a model file: the parameters, and the output head if it is untied.
    package static func all(_ config: Xmodel2Config) -> [Parameter] {
        let layout = ParameterLayout(config)
        return layout.parameters + (ownHead(config).map { [$0] } ?? [])
    }

    /// The untied output head, after the parameters; nil if the head is the embedding.
    static func ownHead(_ config: Xmodel2Config) -> Parameter? {
        guard config.hasOwnHead else { return nil }
        return Parameter(
            name: WeightNames.head, shape: [config.vocabularySize, config.hiddenSize], role: .embedding,
            offset: ParameterLayout(config).count)
    }

    var embedding: Parameter { parameters[0] }
    var finalNorm: Parameter { parameters[parameters.count - 1] }

    /// The parameters of one layer, in the order of `Place`.
    func layer(_ index: Int) -> [Parameter] {
        let first = 1 + index * Place.count
        return Array(parameters[first..<first + Place.count])
    }

    package var layerCount: Int { (parameters.count - 2) / Place.count }

    /// The elements of one layer, which lie side by side.
    package func range(ofLayer index: Int) -> Range<Int> {
        let layer = layer(index)
        return layer[0].offset..<layer[layer.count - 1].range.upperBound
    }

    /// Indices of a block's weights among its layer's parameters; ranges are fused projections.
    enum Place {
        static let inputNorm = 0
        static let qkv = 1...3
        static let o = 4
        static let postNorm = 5
        static let gateUp = 6...7
        static let down = 8
        static let count = 9
    }
}

/// One flat f32 array with the layout of a model: its weights, its gradients, or a moment.
package struct ParameterStore: Sendable {
    package let layout: ParameterLayout
    /// f32 [count]
    package let flat: Tensor
    /// The device that holds `flat`.
    package let backend: any Backend

    package init(_ layout: ParameterLayout, in arena: Arena, group: String) throws {
        (self.layout, backend) = (layout, arena.backend)
        flat = try arena.tensor(group, "all parameters", .f32, [layout.count])
    }

    /// A view of one parameter, in its own shape.
    package subscript(_ parameter: Parameter) -> Tensor {
        flat.elements(at: parameter.offset, parameter.shape)
    }

    /// Copies of the elements, of all parameters or of one, for tests and reports.
    package func floats() -> [Float] { backend.floats(flat) }
    package func floats(of parameter: Parameter) -> [Float] { backend.floats(self[parameter]) }

    var embedding: Tensor { self[layout.embedding] }
    var finalNorm: Tensor { self[layout.finalNorm] }

    /// Views of one layer's weights, projections fused.
    func layer(_ index: Int) -> LayerParameters {
        let layer = layout.layer(index)
        /// Adjacent matrices as one, stacked by rows.
        func joined(_ places: ClosedRange<Int>) -> Tensor {
            let (first, rows) = (layer[places.lowerBound], layer[places].reduce(0) { $0 + $1.shape[0] })
            return flat.elements(at: first.offset, [rows, first.shape[1]])
        }
        typealias Place = ParameterLayout.Place
        return LayerParameters(
            inputNorm: self[layer[Place.inputNorm]], qkv: joined(Place.qkv), o: self[layer[Place.o]],
            postNorm: self[layer[Place.postNorm]], gateUp: joined(Place.gateUp), down: self[layer[Place.down]])
    }
}

/// One layer's slices of a store, all f32.
struct LayerParameters {
    let inputNorm: Tensor  // [D]
    let qkv: Tensor  // [(H+2K)d, D]
    let o: Tensor  // [D, D]
    let postNorm: Tensor  // [D]
    let gateUp: Tensor  // [2F, D]
    let down: Tensor  // [D, F]
}

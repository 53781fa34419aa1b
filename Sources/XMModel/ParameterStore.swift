// All parameters of a model in one flat f32 array, in forward order, with the Hugging Face name of each slice.
// q, k, v lie side by side, gate and up too: a fused projection is a view, not a copy. Gradients and moments are
// arrays of the same layout.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// What a parameter is to muP and to the optimiser.
package enum ParameterRole: String, Sendable, Codable, CaseIterable {
    /// The tied embedding and output head.
    case embedding
    /// A hidden matrix: q, k, v, o, gate, up, down.
    case hidden
    /// A norm's weight.
    case norm
}

/// One named parameter and where it lies in the flat array.
package struct Parameter: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let role: ParameterRole
    /// First element in the flat array.
    package let offset: Int

    package var count: Int { shape.reduce(1, *) }
    package var range: Range<Int> { offset..<offset + count }
}

/// The parameters of a configuration: names, shapes, offsets.
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
        add("model.embed_tokens.weight", [config.vocabularySize, D], .embedding)
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
        add("model.norm.weight", [D], .norm)
        parameters = list
        count = offset
    }

    /// Everything that a model file holds: the parameters, and the head where it is a matrix of its own.
    package static func all(_ config: Xmodel2Config) -> [Parameter] {
        let layout = ParameterLayout(config)
        guard config.hasOwnHead else { return layout.parameters }
        return layout.parameters + [
            Parameter(
                name: WeightNames.head, shape: [config.vocabularySize, config.hiddenSize], role: .embedding,
                offset: layout.count)
        ]
    }

    /// Parameters of each layer, before the final norm.
    static let perLayer = 9
}

/// One flat f32 array with the layout of a model: its weights, its gradients, or a moment.
package struct ParameterStore: @unchecked Sendable {
    package let layout: ParameterLayout
    /// f32 [count]
    package let flat: Tensor

    package init(_ layout: ParameterLayout, in arena: Arena, group: String) throws {
        self.layout = layout
        flat = try arena.tensor(group, "all parameters", .f32, [layout.count])
    }

    package subscript(_ parameter: Parameter) -> Tensor {
        Tensor(flat.pointer + parameter.offset * 4, .f32, parameter.shape)
    }

    var embedding: Tensor { self[layout.parameters[0]] }
    var finalNorm: Tensor { self[layout.parameters.last!] }

    /// The views of one layer that the block works with.
    func layer(_ index: Int) -> LayerParameters {
        let first = 1 + index * ParameterLayout.perLayer
        let p = layout.parameters
        /// Rows of neighbouring matrices joined to one.
        func joined(_ range: ClosedRange<Int>) -> Tensor {
            let rows = range.reduce(0) { $0 + p[first + $1].shape[0] }
            return Tensor(flat.pointer + p[first + range.lowerBound].offset * 4, .f32, [rows, p[first + 1].shape[1]])
        }
        return LayerParameters(
            inputNorm: self[p[first]], qkv: joined(1...3), o: self[p[first + 4]], postNorm: self[p[first + 5]],
            gateUp: joined(6...7), down: self[p[first + 8]])
    }
}

/// One layer's slices of a store.
struct LayerParameters {
    let inputNorm: Tensor  // [D]
    let qkv: Tensor  // [(H+2K)d, D]
    let o: Tensor  // [D, D]
    let postNorm: Tensor  // [D]
    let gateUp: Tensor  // [2F, D]
    let down: Tensor  // [D, F]
}

// The activations of one micro-batch: what the forward pass keeps for the backward pass, the gradients in flight, and
// the backend's scratch. Reserved once; with `recompute` all layers share one set and only their inputs are kept. Each
// engine or trainer has its own workspace, so several can share a backend.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// The largest micro-batch, and what is kept of it.
package struct WorkspaceShape: Sendable, Equatable {
    package let B: Int
    package let T: Int
    /// Longest sequence that attention sees: T, or more if new tokens continue cached ones.
    package let positions: Int
    /// Keep only each layer's input and repeat its forward pass before its backward pass: about a third more work for
    /// activation memory that barely grows with depth (Chen et al. 2016, arXiv 1604.06174).
    package let recompute: Bool
    /// Reserve everything the backward pass needs.
    package let training: Bool

    package init(B: Int, T: Int, positions: Int? = nil, recompute: Bool = false, training: Bool = true) {
        (self.B, self.T, self.positions) = (B, T, max(positions ?? T, T))
        (self.recompute, self.training) = (recompute, training)
    }
}

/// What one layer's forward pass keeps for its backward pass. M = B T tokens.
struct LayerActivations {
    let rstd1: Tensor  // f32 [M]
    let h1: Tensor  // act [M,D], first norm's output
    let qkv: Tensor  // act [M,(H+2K)d], after rope
    let lse: Tensor  // f32 [B,H,T]
    let attention: Tensor  // act [M,D], before the output projection
    let xMid: Tensor  // f32 [M,D], residual stream between the two branches
    let rstd2: Tensor  // f32 [M]
    let h2: Tensor  // act [M,D], second norm's output
    let gateUp: Tensor  // act [M,2F]
}

/// Activations for batches of at most `shape`; smaller ones use the first rows. Holds one batch at a time, so a
/// workspace is used by one thread.
package final class Workspace: @unchecked Sendable {
    package let shape: WorkspaceShape
    let inputs: [Tensor]  // f32 [M,D] per layer: the residual stream at its start
    private let saved: [LayerActivations]
    let branch: Tensor  // act [M,D], a branch's output before it joins the residual stream
    let product: Tensor  // act [M,F], silu(gate) * up
    let xFinal: Tensor  // f32 [M,D]
    let rstdFinal: Tensor  // f32 [M]
    let h: Tensor  // act [M,D], final norm's output
    /// Loss of every token of the last micro-batch, f32 [M]; 0 for tokens without a target.
    package let loss: Tensor
    // nil for inference.
    let gradients: GradientActivations?
    let scratch: any Scratch

    /// Gradients in flight, named after the activation they belong to; one set serves every layer.
    struct GradientActivations {
        let dx: Tensor  // f32 [M,D], residual stream
        let dh: Tensor  // act [M,D], of a norm's output
        let dbranch: Tensor  // act [M,D], of the feed-forward branch
        let dbranchAttention: Tensor  // act [M,D], of the attention branch
        let dattention: Tensor  // act [M,D], of the attention output
        let dqkv: Tensor  // act [M,(H+2K)d]
        let dproduct: Tensor  // act [M,F]
        let dgateUp: Tensor  // act [M,2F]
    }

    package init(_ config: Xmodel2Config, _ shape: WorkspaceShape, in arena: Arena) throws {
        self.shape = shape
        let (B, T, D, F, H) = (shape.B, shape.T, config.hiddenSize, config.intermediateSize, config.heads)
        let compute = arena.backend.compute
        scratch = try arena.backend.makeScratch(
            ScratchShape(
                attention: config.attentionShape(B: B, T: shape.positions), widestInput: max(D, F),
                vocabulary: config.vocabularySize, training: shape.training), in: arena)
        let M = B * T
        let width = (H + 2 * config.keyValueHeads) * config.headSize
        func act(_ name: String, _ columns: Int, group: String = "activations") throws -> Tensor {
            try arena.tensor(group, name, compute, [M, columns])
        }
        func f32(_ name: String, _ shape: [Int], group: String = "activations") throws -> Tensor {
            try arena.tensor(group, name, .f32, shape)
        }
        // Inference and recomputation need one layer's activations at a time.
        let sets = shape.training && !shape.recompute ? config.layers : 1
        saved = try (0..<sets).map { layer in
            LayerActivations(
                rstd1: try f32("layer \(layer) rstd1", [M]), h1: try act("layer \(layer) h1", D),
                qkv: try act("layer \(layer) qkv", width), lse: try f32("layer \(layer) lse", [B, H, T]),
                attention: try act("layer \(layer) attention", D), xMid: try f32("layer \(layer) x_mid", [M, D]),
                rstd2: try f32("layer \(layer) rstd2", [M]), h2: try act("layer \(layer) h2", D),
                gateUp: try act("layer \(layer) gate_up", 2 * F))
        }
        let inputSets = shape.training ? config.layers : 1
        let ownInputs = try (0..<inputSets).map { try f32("layer \($0) input", [M, D]) }
        // Inference overwrites one residual stream in place.
        inputs = shape.training ? ownInputs : Array(repeating: ownInputs[0], count: config.layers)
        branch = try act("branch", D)
        product = try act("product", F)
        xFinal = try f32("x_final", [M, D])
        rstdFinal = try f32("rstd_final", [M])
        h = try act("h", D)
        loss = try f32("loss", [M])
        guard shape.training else {
            gradients = nil
            return
        }
        let group = "activation gradients"
        gradients = GradientActivations(
            dx: try f32("dx", [M, D], group: group), dh: try act("dh", D, group: group),
            dbranch: try act("dbranch", D, group: group),
            dbranchAttention: try act("dbranch attention", D, group: group),
            dattention: try act("dattention", D, group: group), dqkv: try act("dqkv", width, group: group),
            dproduct: try act("dproduct", F, group: group), dgateUp: try act("dgate_up", 2 * F, group: group))
    }

    /// Activations of layer `index`: its own set in training without `recompute`, else the shared one.
    func layer(_ index: Int) -> LayerActivations { saved[saved.count == 1 ? 0 : index] }
}

extension Xmodel2Config {
    /// The attention of B sequences of T positions.
    package func attentionShape(B: Int, T: Int) -> AttentionShape {
        AttentionShape(B: B, T: T, H: heads, K: keyValueHeads, d: headSize, scale: softmaxScale)
    }

    /// A cache of `slots` sequences of up to `capacity` positions.
    package func cacheShape(slots: Int, capacity: Int, type: CacheType) -> KVCacheShape {
        KVCacheShape(layers: layers, slots: slots, capacity: capacity, K: keyValueHeads, d: headSize, type: type)
    }
}

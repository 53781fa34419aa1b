// The network: embedding, L blocks, final norm, output head with its loss; forward and explicit backward. It reads top
// to bottom and is written against `Backend` alone. Blocks are in Xmodel2Block.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMTensor

/// A network: its weights and the passes over them. Activations live in a `Workspace`, so one model serves several.
package final class Xmodel2Model: @unchecked Sendable {
    package let config: Xmodel2Config
    package let backend: any Backend
    private let network: NetworkWeights
    let blocks: [Xmodel2Block]
    /// cos and sin of the rotary angles, f32 [maxPositions, d/2].
    let cosine: Tensor
    let sine: Tensor

    /// For training: reserves f32 masters and everything else in `arena`. Weights are zero until initialised or loaded,
    /// and must be packed afterwards. Throws `ModelConfigError` or `ArenaError`.
    package convenience init(
        _ config: Xmodel2Config, backend: any Backend, positions: Int, training: Bool, in arena: Arena
    ) throws {
        try config.validate()
        let masters = try ParameterStore(ParameterLayout(config), in: arena, group: "master weights")
        try self.init(
            config, weights: try NetworkWeights(masters, config, backend: backend, training: training, in: arena),
            backend: backend, positions: positions, in: arena)
    }

    /// `positions` is the length of the longest sequence, which sizes the rotary tables.
    init(
        _ config: Xmodel2Config, weights: NetworkWeights, backend: any Backend, positions: Int, in arena: Arena
    ) throws {
        self.config = config
        self.backend = backend
        network = weights
        blocks = weights.layers.enumerated().map { Xmodel2Block(config, layer: $0, weights: $1) }
        let half = config.headSize / 2
        cosine = try arena.tensor("rotary tables", "cosine", .f32, [positions, half])
        sine = try arena.tensor("rotary tables", "sine", .f32, [positions, half])
        if !arena.isPlan { fillRotaryTables() }
    }

    /// The f32 master weights; a model made only to run has none.
    package var weights: ParameterStore {
        guard case .masters(let store) = network.table else { preconditionFailure("the model was made to run only") }
        return store
    }

    /// The output head [V, D].
    var head: any LinearWeight { network.head }

    /// Refreshes the packed forms: after initialisation, loading, and every optimiser step.
    package func packWeights() {
        backend.pack(linearWeights)
    }

    var linearWeights: [any LinearWeight] { [head] + blocks.flatMap(\.linearWeights) }

    /// Loss of every token into `workspace.loss`. With `gradients`, adds d(mean loss)/d(parameter) to them, where the
    /// mean is over the `targetCount` predicted tokens of the whole step (all micro-batches together).
    ///
    /// The embedding is used twice, as table and as tied head. The table's gradient goes to `tableGradient` and is
    /// added at the end of the step, so that the sum does not depend on how the step was cut into micro-batches.
    ///
    /// `onLayerGradients` is called from the last layer to the first, when this batch's part of a layer's gradients has
    /// been added; the final norm's is there before the last layer's.
    package func lossAndGradients(
        _ batch: TokenBatch, workspace: Workspace, targetCount: Int,
        gradients: (parameters: ParameterStore, tableGradient: Tensor)?,
        onLayerGradients: (_ layer: Int) throws -> Void
    ) rethrows {
        let M = batch.tokenCount
        forward(batch, workspace)
        let d = workspace.gradients
        backend.lossHead(
            h: workspace.h.rows(0..<M), embedding: head, batch, logitScale: config.logitScale,
            gradientScale: 1 / Float(max(targetCount, 1)), loss: workspace.loss,
            gradients: gradients.flatMap { all in d.map { ($0.dh.rows(0..<M), all.parameters.embedding) } },
            scratch: workspace.scratch)
        guard let gradients else { return }
        try backward(batch, workspace, gradients.parameters, onLayerGradients)
        backend.embeddingBackward(
            batch, dx: d!.dx.rows(0..<M), scale: config.embeddingScale, dtable: gradients.tableGradient)
    }

    /// Logits of every token, f32 [M,V]; for tests and short inputs, since training never holds this array.
    package func logits(_ batch: TokenBatch, workspace: Workspace, into logits: Tensor) {
        forward(batch, workspace)
        headForward(workspace.h.rows(0..<batch.tokenCount), workspace, into: logits)
    }

    /// logits f32 [M,V] = logitScale * h Eᵀ for h act [M,D].
    func headForward(_ h: Tensor, _ workspace: Workspace, into logits: Tensor) {
        backend.linearForward(x: h, weight: head, y: logits, scratch: workspace.scratch)
        if config.logitScale != 1 { backend.scale(logits, by: config.logitScale) }
    }

    /// Fills `workspace.h` with the final norm's output. With `cached`, the tokens continue cached sequences.
    func forward(_ batch: TokenBatch, _ workspace: Workspace, cached: CachedPass? = nil) {
        let rows = 0..<batch.tokenCount
        embed(batch, into: workspace.inputs[0].rows(rows))
        var x = workspace.inputs[0].rows(rows)
        for (index, block) in blocks.enumerated() {
            // The block adds the previous block's feed-forward branch to the residual stream on the way in.
            block.forward(
                x: x, branch: index == 0 ? nil : workspace.branch.rows(rows), batch: batch, model: self,
                input: workspace.inputs[index].rows(rows), saved: workspace.layer(index), workspace: workspace,
                cached: cached)
            x = workspace.layer(index).xMid.rows(rows)
        }
        backend.residualRMSNormForward(
            x: x, branch: workspace.branch.rows(rows), alpha: config.feedForwardResidualScale,
            weight: network.finalNorm, eps: config.normEps, xOut: workspace.xFinal.rows(rows),
            y: workspace.h.rows(rows), rstd: workspace.rstdFinal)
    }

    /// x = embedding scale * table[ids], f32 [M,D].
    private func embed(_ batch: TokenBatch, into x: Tensor) {
        switch network.table {
        case .masters(let store):
            backend.embeddingForward(batch, table: store.embedding, scale: config.embeddingScale, out: x)
        case .blocks(let table):
            backend.embeddingForward(batch, table: table, scale: config.embeddingScale, out: x)
        }
    }

    /// From dh (gradient of the final norm's output) to dx (gradient of the embedding's output). dx starts at zero and
    /// accumulates through every norm; that is the residual path.
    private func backward(
        _ batch: TokenBatch, _ workspace: Workspace, _ gradients: ParameterStore,
        _ onLayerGradients: (_ layer: Int) throws -> Void
    ) rethrows {
        let rows = 0..<batch.tokenCount
        let d = workspace.gradients!
        backend.zero(d.dx.rows(rows))
        backend.residualRMSNormBackward(
            dy: d.dh.rows(rows), x: workspace.xFinal.rows(rows), weight: network.finalNorm,
            rstd: workspace.rstdFinal, alpha: config.feedForwardResidualScale, dx: d.dx.rows(rows),
            dbranch: d.dbranch.rows(rows), dweight: gradients.finalNorm, T: batch.length,
            scratch: workspace.scratch)
        for (index, block) in blocks.enumerated().reversed() {
            // The last block's activations are still those of the forward pass. `branch: nil`: its input already
            // includes it.
            if workspace.shape.recompute && index < blocks.count - 1 {
                block.forward(
                    x: workspace.inputs[index].rows(rows), branch: nil, batch: batch, model: self,
                    input: workspace.inputs[index].rows(rows), saved: workspace.layer(index), workspace: workspace,
                    recomputing: true)
            }
            block.backward(
                batch: batch, model: self, input: workspace.inputs[index].rows(rows), saved: workspace.layer(index),
                workspace: workspace, d: d, gradients: gradients.layer(index), isFirst: index == 0)
            try onLayerGradients(index)
        }
    }

    /// angle = position * theta^(-2i/d) (RoFormer, arXiv 2104.09864, eq. 15). cos and sin are computed in f64 from an
    /// angle rounded to f32, and stored as f32.
    private func fillRotaryTables() {
        let half = cosine.columns
        // The reference implementation (transformers) rounds the inverse frequency and the angle to f32; rounding here
        // too keeps late positions in step with it.
        let inverse = (0..<half).map { i in
            Float(pow(config.ropeTheta, -Double(2 * i) / Double(2 * half))) / (config.ropeFactors?[i] ?? 1)
        }
        for (table, function) in [(cosine, { cos($0) }), (sine, { sin($0) })] as [(Tensor, (Double) -> Double)] {
            backend.writeFloats(table) { values in
                for position in 0..<table.rows {
                    for i in 0..<half {
                        values[position * half + i] = Float(function(Double(Float(position) * inverse[i])))
                    }
                }
            }
        }
    }
}

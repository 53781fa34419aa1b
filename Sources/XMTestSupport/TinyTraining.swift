// A small model with everything a training step needs, for tests of gradients and invariance.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
package import XMTensor

extension TokenBatch {
    /// Targets are the ids shifted by one within each sequence; the last token of a sequence has none.
    package init(_ ids: [Int32], batchSize: Int) {
        let length = ids.count / batchSize
        let targets = ids.indices.map { $0 % length == length - 1 ? Self.noTarget : ids[$0 + 1] }
        self.init(batchSize: batchSize, ids: ids, targets: targets)
    }
}

/// A model with gradients and activations for B sequences of T tokens, zero until initialised.
package final class TinyTraining {
    package let arena: Arena
    package let model: Xmodel2Model
    package let workspace: Workspace
    package let gradients: ParameterStore
    package let tableGradient: Tensor

    package convenience init(
        _ config: Xmodel2Config, B: Int, T: Int, compute: DType = .f32, threads: Int = 2, recompute: Bool = false,
        instructionSet: InstructionSet = .best
    ) throws {
        let backend = try CPUBackend(
            compute: compute, pool: ThreadPool(threadCount: threads), instructionSet: instructionSet)
        try self.init(config, B: B, T: T, recompute: recompute, on: backend)
    }

    package init(_ config: Xmodel2Config, B: Int, T: Int, recompute: Bool = false, on backend: any Backend) throws {
        arena = Arena(on: backend)
        model = try Xmodel2Model(config, backend: backend, positions: T, training: true, in: arena)
        workspace = try Workspace(config, WorkspaceShape(B: B, T: T, recompute: recompute), in: arena)
        gradients = try ParameterStore(model.weights.layout, in: arena, group: "gradients")
        tableGradient = try arena.tensor(
            "gradients", "table", .f32, [config.vocabularySize, config.hiddenSize])
    }

    /// Mean loss of the batch, leaving its gradients in `gradients`. Any micro-batch size must give the same bits.
    package func lossAndGradients(_ batch: TokenBatch, microBatchSize: Int? = nil) -> Double {
        model.backend.zero(gradients.flat)
        model.backend.zero(tableGradient)
        var sum = 0.0
        let micro = microBatchSize ?? batch.batchSize
        for first in stride(from: 0, to: batch.batchSize, by: micro) {
            model.lossAndGradients(
                batch.sequences(first..<first + micro), workspace: workspace, targetCount: batch.targetCount,
                gradients: (gradients, tableGradient), onLayerGradients: { _ in })
            sum = model.backend.readFloats(workspace.loss) { losses in
                losses[..<(micro * batch.length)].reduce(sum) { $0 + Double($1) }
            }
        }
        // The table's share last, as a training step does.
        model.backend.add(tableGradient, to: gradients[gradients.layout.parameters[0]])
        return sum / Double(batch.targetCount)
    }

    /// Logits of all tokens, [B*T, V].
    package func logits(_ batch: TokenBatch) throws -> [Float] {
        let memory = Arena(on: model.backend)
        let logits = try memory.tensor("logits", "logits", .f32, [batch.tokenCount, model.config.vocabularySize])
        model.logits(batch, workspace: workspace, into: logits)
        return model.backend.floats(logits)
    }
}

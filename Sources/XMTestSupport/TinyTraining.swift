// A small model with everything that a training step needs, for tests.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
package import XMTensor

/// Token rows as a test writes them.
package struct TokenRows: Sendable {
    package let B: Int
    package let T: Int
    package var ids: [Int32]
    package var targets: [Int32]

    /// Targets are the ids shifted by one inside each row; the last one of a row predicts nothing.
    package init(_ ids: [Int32], B: Int) {
        self.B = B
        T = ids.count / B
        self.ids = ids
        let length = T
        targets = ids.indices.map { $0 % length == length - 1 ? -100 : ids[$0 + 1] }
    }

    package var targetCount: Int { targets.count { $0 >= 0 } }

    /// Calls `body` with the batch; the pointers live as long as the call.
    package func withBatch<Result>(_ body: (TokenBatch) throws -> Result) rethrows -> Result {
        let positions = ids.indices.map { Int32($0 % T) }
        let visible = [Int32](repeating: 0, count: ids.count)
        return try ids.withUnsafeBufferPointer { ids in
            try targets.withUnsafeBufferPointer { targets in
                try positions.withUnsafeBufferPointer { positions in
                    try visible.withUnsafeBufferPointer { visible in
                        try body(
                            TokenBatch(
                                B: B, T: T, ids: ids.baseAddress!, targets: targets.baseAddress!,
                                at: RowPositions(
                                    position: positions.baseAddress!, firstVisible: visible.baseAddress!)))
                    }
                }
            }
        }
    }
}

/// A model with gradients and activations for B x T rows.
package final class TinyTraining {
    package let arena = Arena()
    package let model: Xmodel2Model
    package let workspace: Workspace
    package let gradients: ParameterStore
    package let tableGradient: Tensor

    package init(
        _ config: Xmodel2Config, B: Int, T: Int, compute: DType = .f32, threads: Int = 2, recompute: Bool = false,
        instructionSet: InstructionSet = .best
    ) throws {
        let backend = try CPUBackend(
            compute: compute, pool: ThreadPool(threadCount: threads), instructionSet: instructionSet)
        model = try Xmodel2Model(config, backend: backend, positions: T, training: true, in: arena)
        workspace = try Workspace(
            config, WorkspaceShape(B: B, T: T, recompute: recompute), compute: compute, in: arena)
        gradients = try ParameterStore(model.weights.layout, in: arena, group: "gradients")
        tableGradient = try arena.tensor(
            "gradients", "table", .f32, [config.vocabularySize, config.hiddenSize])
        try backend.reserveScratch(
            shape: AttentionShape(
                B: B, T: T, H: config.heads, K: config.keyValueHeads, d: config.headSize, scale: config.softmaxScale),
            vocabulary: config.vocabularySize, training: true, in: arena)
    }

    /// Mean loss of the rows; gradients of it in `gradients`.
    package func lossAndGradients(_ rows: TokenRows, microBatchSize: Int? = nil) -> Double {
        model.backend.zero(gradients.flat)
        model.backend.zero(tableGradient)
        var sum = 0.0
        let micro = microBatchSize ?? rows.B
        for first in stride(from: 0, to: rows.B, by: micro) {
            var part = TokenRows(Array(rows.ids[first * rows.T..<(first + micro) * rows.T]), B: micro)
            part.targets = Array(rows.targets[first * rows.T..<(first + micro) * rows.T])
            part.withBatch {
                model.lossAndGradients(
                    $0, workspace: workspace, targetCount: rows.targetCount, gradients: (gradients, tableGradient),
                    onLayerGradients: { _ in })
            }
            sum = (0..<micro * rows.T).reduce(sum) { $0 + Double(workspace.loss.f32[$1]) }
        }
        model.backend.add(tableGradient, to: gradients[gradients.layout.parameters[0]])
        return sum / Double(rows.targetCount)
    }

    /// Logits of all rows, [B*T, V].
    package func logits(_ rows: TokenRows) throws -> [Float] {
        let V = model.config.vocabularySize
        let memory = Arena()
        let logits = try memory.tensor("logits", "logits", .f32, [rows.B * rows.T, V])
        rows.withBatch { model.logits($0, workspace: workspace, into: logits) }
        return logits.floats()
    }
}

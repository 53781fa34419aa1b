// The tensors of an engine and the passes over them: runs new tokens of several sequences over the cache and hands out
// rows of logits in host memory. Which tokens run, and what becomes of the logits, is decided in Engine.swift.
// SPDX-License-Identifier: Apache-2.0

import XMModel
import XMTensor

final class EngineForward {
    /// Most new tokens of one pass.
    let rows: Int
    let vocabulary: Int
    private let model: Xmodel2Model
    private let cache: any KVCache
    private let workspace: Workspace
    private let gathered: Tensor  // act [headRows, D]
    private let logits: Tensor  // f32 [headRows, V]
    private let largest: Tensor  // f32 [headRows]
    private let logSumExp: Tensor  // f32 [headRows]
    /// Owns the memory of all of these.
    private let arena: Arena

    /// Rows of logits that exist at one time.
    private static let headRows = 32

    init(model: Xmodel2Model, shape: EngineShape, in arena: Arena) throws {
        self.model = model
        self.arena = arena
        let config = model.config
        vocabulary = config.vocabularySize
        rows = max(shape.slots, min(shape.chunk, shape.capacity))
        cache = try model.backend.makeKVCache(
            config.cacheShape(
                slots: shape.slots, capacity: shape.capacity,
                type: shape.cacheType ?? CacheType(model.backend.compute)), in: arena)
        workspace = try Workspace(
            config, WorkspaceShape(B: 1, T: rows, positions: shape.capacity, training: false), in: arena)
        let headRows = min(Self.headRows, rows)
        gathered = try arena.tensor("logits", "head input", model.backend.compute, [headRows, config.hiddenSize])
        logits = try arena.tensor("logits", "logits", .f32, [headRows, config.vocabularySize])
        largest = try arena.tensor("logits", "largest", .f32, [headRows])
        logSumExp = try arena.tensor("logits", "log sum", .f32, [headRows])
    }

    func copyPrefix(from source: Int, to slot: Int, positions: Int) {
        model.backend.copyPrefix(in: cache, from: source, to: slot, positions: positions)
    }

    /// Runs `tokens`, those of `spans` one after the other.
    func run(_ tokens: [Int32], _ spans: [CacheSpan]) {
        model.run(tokens, continuing: spans, in: cache, workspace: workspace)
    }

    /// Calls `body(index, row)` with the logits of rows of the last pass, ascending; a row is valid within the call.
    func forEachRow(_ wanted: [Int], _ body: (Int, LogitRow) -> Void) {
        for first in stride(from: 0, to: wanted.count, by: gathered.rows) {
            let group = Array(wanted[first..<min(first + gathered.rows, wanted.count)])
            model.logits(of: group, workspace: workspace, gathered: gathered, into: logits)
            LogitRow.read(
                logits, count: group.count, largest: largest, logSumExp: logSumExp, on: model.backend
            ) { rows in
                for (row, logits) in rows.enumerated() { body(first + row, logits) }
            }
        }
    }
}

// Passes that continue stored sequences: new tokens in, logits of chosen rows out. Next: KVCache.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

extension Xmodel2Model {
    /// Runs new tokens of several sequences over the cache, rows in the order of the parts; the workspace then holds
    /// the final norm's output of every row, for `logits(ofRows:)`. It must have room for all rows.
    package func run(_ tokens: [Int32], continuing cached: CachedRows, workspace: Workspace) {
        let M = tokens.count
        precondition(M == cached.parts.reduce(0) { $0 + $1.rows } && M <= workspace.shape.B * workspace.shape.T)
        let positions = cached.parts.flatMap { part in (0..<part.rows).map { Int32(part.start + $0) } }
        let none = [Int32](repeating: -1, count: M)
        tokens.withUnsafeBufferPointer { ids in
            positions.withUnsafeBufferPointer { positions in
                none.withUnsafeBufferPointer { none in
                    let at = RowPositions(position: positions.baseAddress!, firstVisible: none.baseAddress!)
                    let batch = TokenBatch(B: 1, T: M, ids: ids.baseAddress!, targets: none.baseAddress!, at: at)
                    forward(batch, workspace, cached: cached)
                }
            }
        }
    }

    /// Logits of some rows of the last pass, ascending, f32 [rows, V]. Rows are gathered into `gathered`, act [rows,
    /// D].
    package func logits(ofRows rows: [Int], workspace: Workspace, gathered: Tensor, into logits: Tensor) {
        precondition(rows.count <= gathered.rows && rows.count <= logits.rows)
        let bytes = workspace.h.columns * workspace.h.dtype.size
        for (index, row) in rows.enumerated() {
            (gathered.pointer + index * bytes).copyMemory(from: workspace.h.pointer + row * bytes, byteCount: bytes)
        }
        let target = logits.rows(0..<rows.count)
        backend.linearForward(x: gathered.rows(0..<rows.count), weight: head, y: target)
        guard config.logitScale != 1 else { return }
        backend.scale(target, by: config.logitScale)
    }
}

// Keys and values of past positions, so that a new token costs one row of work. Contiguous: one slot a sequence.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMTensor

/// Room for `slots` sequences of up to `capacity` positions.
package final class KVCache: @unchecked Sendable {
    package let slots: Int
    package let capacity: Int
    /// act [slots, capacity, K*d] per layer.
    private let keys: [Tensor]
    private let values: [Tensor]

    package init(_ config: Xmodel2Config, slots: Int, capacity: Int, compute: DType, in arena: Arena) throws {
        self.slots = slots
        self.capacity = capacity
        let shape = [slots, capacity, config.keyValueHeads * config.headSize]
        keys = try (0..<config.layers).map { try arena.tensor("KV cache", "layer \($0) keys", compute, shape) }
        values = try (0..<config.layers).map { try arena.tensor("KV cache", "layer \($0) values", compute, shape) }
    }

    /// Bytes for one position of one sequence.
    package static func bytesPerPosition(_ config: Xmodel2Config, compute: DType) -> Int {
        2 * config.layers * config.keyValueHeads * config.headSize * compute.size
    }

    fileprivate func slot(_ slot: Int, layer: Int) -> (keys: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer) {
        let offset = slot * capacity * keys[layer].columns * keys[layer].dtype.size
        return (keys[layer].pointer + offset, values[layer].pointer + offset)
    }
}

/// Which sequences the rows of a cached pass continue, in row order.
package struct CachedRows: Sendable {
    package struct Part: Sendable, Equatable {
        /// Slot of the cache.
        package let slot: Int
        /// Positions already stored.
        package let start: Int
        /// New rows.
        package let rows: Int

        package init(slot: Int, start: Int, rows: Int) {
            (self.slot, self.start, self.rows) = (slot, start, rows)
        }
    }

    package let cache: KVCache
    package let parts: [Part]

    package init(cache: KVCache, parts: [Part]) {
        precondition(parts.allSatisfy { $0.slot < cache.slots && $0.start + $0.rows <= cache.capacity })
        self.cache = cache
        self.parts = parts
    }

    /// Stores the new keys and values of one layer, then attends over everything stored.
    /// fused act [rows, (H+2K)d] after rope; out act [rows, H*d].
    func attend(fused: Tensor, layer: Int, shape: AttentionShape, backend: any Backend, out: Tensor) {
        let size = fused.dtype.size
        let (queryBytes, sideBytes) = (shape.H * shape.d * size, shape.K * shape.d * size)
        let rowBytes = fused.columns * size
        var row = 0
        var jobs: [CachedAttention] = []
        for part in parts {
            let (keys, values) = cache.slot(part.slot, layer: layer)
            let first = fused.pointer + row * rowBytes
            for index in 0..<part.rows {
                let source = first + index * rowBytes + queryBytes
                let offset = (part.start + index) * sideBytes
                memcpy(keys + offset, source, sideBytes)
                memcpy(values + offset, source + sideBytes, sideBytes)
            }
            jobs.append(
                CachedAttention(
                    q: first, ldq: fused.columns, keys: keys, values: values, capacity: cache.capacity,
                    start: part.start, rows: part.rows, out: out.pointer + row * out.columns * size,
                    ldo: out.columns))
            row += part.rows
        }
        backend.attentionCached(jobs, H: shape.H, K: shape.K, d: shape.d, scale: shape.scale)
    }
}

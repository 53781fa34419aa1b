// Keys and values of past positions, so that a new token costs one row of work. Contiguous: one slot a sequence.
// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XMTensor

/// Room for `slots` sequences of up to `capacity` positions, in the order that attention reads (`CacheLayout`).
package final class KVCache: @unchecked Sendable {
    package let slots: Int
    package let capacity: Int
    private let layout: CacheLayout
    /// Per layer: [slots, K heads] of stored keys, and of stored values.
    private let keys: [UnsafeMutableRawPointer]
    private let values: [UnsafeMutableRawPointer]

    /// - Parameter type: nil stores the activations as they are.
    package init(
        _ config: Xmodel2Config, slots: Int, capacity: Int, compute: DType, type: CacheType? = nil, in arena: Arena
    ) throws {
        let type = type ?? CacheType(compute)
        guard type != .f32 || compute == .f32 else { throw CacheTypeError.widerThanActivations(type, compute) }
        self.slots = slots
        self.capacity = capacity
        let layout = CacheLayout(K: config.keyValueHeads, d: config.headSize, capacity: capacity, type: type)
        self.layout = layout
        func reserve(_ name: String, _ headBytes: Int) throws -> UnsafeMutableRawPointer {
            try arena.reserve("KV cache", name, bytes: slots * layout.K * headBytes)
        }
        keys = try (0..<config.layers).map { try reserve("layer \($0) keys", layout.headKeyBytes) }
        values = try (0..<config.layers).map { try reserve("layer \($0) values", layout.headValueBytes) }
    }

    /// Makes the first `positions` of slot `to` those of slot `from`.
    package func copyPrefix(from: Int, to: Int, positions: Int) {
        precondition(from < slots && to < slots && positions <= capacity)
        guard from != to else { return }
        let whole = (positions + CacheLayout.block - 1) / CacheLayout.block * CacheLayout.block
        for layer in keys.indices {
            let (source, target) = (slot(from, layer: layer), slot(to, layer: layer))
            for kv in 0..<layout.K {
                let (key, value) = (kv * layout.headKeyBytes, kv * layout.headValueBytes)
                memcpy(target.keys + key, source.keys + key, whole * layout.keyBytes)
                memcpy(target.values + value, source.values + value, whole * layout.valueBytes)
            }
        }
    }

    fileprivate func slot(_ slot: Int, layer: Int) -> (keys: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer) {
        let heads = slot * layout.K
        return (keys[layer] + heads * layout.headKeyBytes, values[layer] + heads * layout.headValueBytes)
    }

    /// Attention's view of new rows in one layer.
    fileprivate func job(
        _ part: CachedRows.Part, layer: Int, fused: UnsafeMutableRawPointer, ld: Int, out: UnsafeMutableRawPointer,
        ldo: Int
    ) -> CachedAttention {
        let (keys, values) = slot(part.slot, layer: layer)
        return CachedAttention(
            fused: fused, ld: ld, keys: keys, values: values, layout: layout, start: part.start, rows: part.rows,
            out: out, ldo: ldo)
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
    package func attend(fused: Tensor, layer: Int, shape: AttentionShape, backend: any Backend, out: Tensor) {
        let size = fused.dtype.size
        var row = 0
        var jobs: [CachedAttention] = []
        for part in parts {
            jobs.append(
                cache.job(
                    part, layer: layer, fused: fused.pointer + row * fused.columns * size, ld: fused.columns,
                    out: out.pointer + row * out.columns * size, ldo: out.columns))
            row += part.rows
        }
        backend.attentionCached(jobs, H: shape.H, K: shape.K, d: shape.d, scale: shape.scale)
    }
}

// The CPU's key/value cache: keys and values in the order of the packed forms that attention kernels read, so that a
// new token repacks nothing. CXMKernels/include/CXMCache.h has the exact order.
// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Sizes of one sequence's keys and values in one layer. Both are stored in blocks of 16 positions; the width of values
/// is padded to a multiple of 16.
struct CacheLayout: Sendable, Equatable {
    let K: Int
    let d: Int
    /// Positions, rounded up to whole blocks.
    let capacity: Int
    let type: CacheType

    /// Positions per block, XM_CACHE_POSITIONS.
    static let block = 16

    init(K: Int, d: Int, capacity: Int, type: CacheType) {
        (self.K, self.d, self.type) = (K, d, type)
        self.capacity = (capacity + Self.block - 1) / Self.block * Self.block
    }

    /// Bytes of one position of one head.
    var keyBytes: Int { type.rowBytes(width: d) }
    var valueBytes: Int { type.rowBytes(width: (d + 15) / 16 * 16) }
    /// Bytes of all positions of one head.
    var headKeyBytes: Int { capacity * keyBytes }
    var headValueBytes: Int { capacity * valueBytes }
}

final class CPUKVCache: KVCache {
    let shape: KVCacheShape
    let layout: CacheLayout
    /// Per layer: [slots, K heads, headKeyBytes], and the same for values.
    private let keys: [DeviceRegion]
    private let values: [DeviceRegion]

    init(_ shape: KVCacheShape, in arena: Arena) throws {
        self.shape = shape
        let layout = CacheLayout(K: shape.K, d: shape.d, capacity: shape.capacity, type: shape.type)
        self.layout = layout
        func reserve(_ name: String, _ headBytes: Int) throws -> DeviceRegion {
            try arena.reserve("KV cache", name, bytes: shape.slots * layout.K * headBytes)
        }
        keys = try (0..<shape.layers).map { try reserve("layer \($0) keys", layout.headKeyBytes) }
        values = try (0..<shape.layers).map { try reserve("layer \($0) values", layout.headValueBytes) }
    }

    /// Start of a slot's heads in one layer.
    func slot(_ slot: Int, layer: Int) -> (keys: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer) {
        let heads = slot * layout.K
        return (
            keys[layer].pointer + heads * layout.headKeyBytes, values[layer].pointer + heads * layout.headValueBytes
        )
    }
}

extension CPUBackend {
    package func makeKVCache(_ shape: KVCacheShape, in arena: Arena) throws -> any KVCache {
        guard shape.type != .f32 || compute == .f32 else {
            throw CacheTypeError.widerThanActivations(shape.type, compute)
        }
        return try CPUKVCache(shape, in: arena)
    }

    package func copyPrefix(in cache: any KVCache, from source: Int, to target: Int, positions: Int) {
        let (cache, shape) = (cache as! CPUKVCache, cache.shape)
        precondition(source < shape.slots && target < shape.slots && positions <= shape.capacity)
        guard source != target else { return }
        let layout = cache.layout
        // Whole blocks: positions past the prefix are copied too, and overwritten or never read.
        let whole = (positions + CacheLayout.block - 1) / CacheLayout.block * CacheLayout.block
        for layer in 0..<shape.layers {
            let (from, to) = (cache.slot(source, layer: layer), cache.slot(target, layer: layer))
            for kv in 0..<layout.K {
                let (key, value) = (kv * layout.headKeyBytes, kv * layout.headValueBytes)
                memcpy(to.keys + key, from.keys + key, whole * layout.keyBytes)
                memcpy(to.values + value, from.values + value, whole * layout.valueBytes)
            }
        }
    }
}

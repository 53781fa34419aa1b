// What a key/value cache looks like to a backend: keys and values in the order of the packed forms that the attention
// kernels read, so that a new token repacks nothing. XMModel/KVCache.swift owns the memory.
// SPDX-License-Identifier: Apache-2.0

/// Sizes of one sequence's stored keys and values in one layer. Both lie in blocks of 16 positions, the values with
/// their width padded to 16; CXMCache.h has the exact order.
package struct CacheLayout: Sendable, Equatable {
    package let K: Int
    package let d: Int
    /// Positions, rounded up to whole blocks.
    package let capacity: Int
    package let type: CacheType

    /// Positions of a block.
    package static let block = 16

    package init(K: Int, d: Int, capacity: Int, type: CacheType) {
        (self.K, self.d, self.type) = (K, d, type)
        self.capacity = (capacity + Self.block - 1) / Self.block * Self.block
    }

    /// Bytes of one position of one head.
    package var keyBytes: Int { type.rowBytes(width: d) }
    package var valueBytes: Int { type.rowBytes(width: (d + 15) / 16 * 16) }
    /// Bytes of all positions of one head.
    package var headKeyBytes: Int { capacity * keyBytes }
    package var headValueBytes: Int { capacity * valueBytes }
}

/// One sequence's part of a cached attention call: `rows` new rows after `start` cached positions.
package struct CachedAttention: @unchecked Sendable {
    /// act, row r at fused + r*ld elements: H query heads, K key heads, K value heads of d, after rope.
    package let fused: UnsafeMutableRawPointer
    package let ld: Int
    /// As `layout` says, K heads each.
    package let keys: UnsafeMutableRawPointer
    package let values: UnsafeMutableRawPointer
    package let layout: CacheLayout
    package let start: Int
    package let rows: Int
    /// act, row r at out + r*ldo elements: H heads of d.
    package let out: UnsafeMutableRawPointer
    package let ldo: Int

    package init(
        fused: UnsafeMutableRawPointer, ld: Int, keys: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer,
        layout: CacheLayout, start: Int, rows: Int, out: UnsafeMutableRawPointer, ldo: Int
    ) {
        (self.fused, self.ld, self.keys, self.values, self.layout) = (fused, ld, keys, values, layout)
        (self.start, self.rows, self.out, self.ldo) = (start, rows, out, ldo)
    }
}

// Keys and values of past positions, so that a new token costs one row of work instead of a pass over the whole
// context. A backend makes the cache and alone knows its layout; callers name slots and positions. CacheType.swift has
// the storage types.
// SPDX-License-Identifier: Apache-2.0

/// Room for `slots` sequences of up to `capacity` positions.
package struct KVCacheShape: Sendable, Equatable {
    package let layers: Int
    package let slots: Int
    package let capacity: Int
    /// Key/value heads and their width.
    package let K: Int
    package let d: Int
    package let type: CacheType

    package init(layers: Int, slots: Int, capacity: Int, K: Int, d: Int, type: CacheType) {
        (self.layers, self.slots, self.capacity) = (layers, slots, capacity)
        (self.K, self.d, self.type) = (K, d, type)
    }
}

/// A cache in a device's memory, made by `Backend.makeKVCache`. It does not track what is stored: callers keep the
/// length of each slot and pass it as `CacheSpan.start`.
package protocol KVCache: AnyObject, Sendable {
    var shape: KVCacheShape { get }
}

/// One sequence's share of a cached pass: `tokens` new tokens that follow `start` stored positions of `slot`.
package struct CacheSpan: Sendable, Equatable {
    package let slot: Int
    package let start: Int
    package let tokens: Int

    package init(slot: Int, start: Int, tokens: Int) {
        (self.slot, self.start, self.tokens) = (slot, start, tokens)
    }

    /// Positions stored once the pass has run.
    package var end: Int { start + tokens }
}

// Attention of new rows over a key/value cache: the training kernels over memory that is already packed, or stored in
// another type. A row's result has the same bits in a prompt's chunk, alone, and beside other sequences.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

extension CPUBackend {
    /// Query heads of one key/value head that a single-token task takes together: they share the loads of its keys and
    /// values.
    private static let headTile = 4

    package func attentionCached(
        qkv: Tensor, cache: any KVCache, layer: Int, spans: [CacheSpan], shape: AttentionShape, out: Tensor,
        scratch: any Scratch
    ) {
        let (cache, scratch) = (cache as! CPUKVCache, scratch as! CPUScratch)
        let sequences = cachedSequences(qkv, cache, layer, spans, out)
        precondition(sequences.allSatisfy { $0.start + $0.tokens <= scratch.shape.attention.T })
        let (H, K, d, scale) = (shape.H, shape.K, shape.d, shape.scale)
        store(sequences, H: H, K: K, d: d)
        // With many query tokens, unpacking a cache of another type once is cheaper than inside every kernel call: same
        // bits.
        let isUnpacked = sequences.map { $0.tokens > 1 && $0.layout.type != CacheType(compute) }
        attend(zip(sequences, isUnpacked).filter { !$1 }.map(\.0), H: H, d: d, scale: scale, scratch)
        for (sequence, _) in zip(sequences, isUnpacked).filter({ $1 }) {
            attend([unpacked(sequence, scratch)], H: H, d: d, scale: scale, scratch)
        }
    }

    /// Resolves spans to addresses: rows of qkv and out in order, and the slot's keys and values.
    private func cachedSequences(
        _ qkv: Tensor, _ cache: CPUKVCache, _ layer: Int, _ spans: [CacheSpan], _ out: Tensor
    ) -> [CachedSequence] {
        var row = 0
        return spans.map { span in
            precondition(span.slot < cache.shape.slots && span.end <= cache.shape.capacity)
            let (keys, values) = cache.slot(span.slot, layer: layer)
            defer { row += span.tokens }
            return CachedSequence(
                fused: qkv.pointer + row * qkv.columns * compute.size, ld: qkv.columns, keys: keys, values: values,
                layout: cache.layout, start: span.start, tokens: span.tokens,
                out: out.pointer + row * out.columns * compute.size, ldo: out.columns)
        }
    }

    private func attend(_ sequences: [CachedSequence], H: Int, d: Int, scale: Float, _ scratch: CPUScratch) {
        // Tasks of a sequence with many new tokens: (query head, query tile). With one: (key/value head, tile of its
        // query heads), where the heads play the part of rows at the same position (step 0).
        var tasks: [CachedTask] = []
        for (index, sequence) in sequences.enumerated() {
            // Query heads per key/value head.
            let group = H / sequence.layout.K
            if sequence.tokens == 1 {
                for kv in 0..<sequence.layout.K {
                    for first in stride(from: 0, to: group, by: Self.headTile) {
                        let heads = kv * group + first..<kv * group + min(first + Self.headTile, group)
                        tasks.append(CachedTask(sequence: index, kv: kv, heads: heads, firstRow: 0))
                    }
                }
            } else {
                for h in 0..<H {
                    for first in stride(from: 0, to: sequence.tokens, by: Self.queryTile) {
                        tasks.append(CachedTask(sequence: index, kv: h / group, heads: h..<h + 1, firstRow: first))
                    }
                }
            }
        }
        // Sequences of different lengths share one call: their tasks balance each other.
        pool.run(tasks.count) { number, worker in
            let task = tasks[number]
            let sequence = sequences[task.sequence]
            let (isSingle, size) = (sequence.tokens == 1, compute.size)
            attend(
                q: sequence.fused + (task.firstRow * sequence.ld + task.heads.lowerBound * d) * size,
                ldq: isSingle ? d : sequence.ld, type: sequence.layout.type,
                keys: sequence.keys + task.kv * sequence.layout.headKeyBytes,
                values: sequence.values + task.kv * sequence.layout.headValueBytes,
                rows: isSingle ? task.heads.count : min(Self.queryTile, sequence.tokens - task.firstRow),
                position: sequence.start + task.firstRow, step: isSingle ? 0 : 1, firstVisible: nil, d: d, scale: scale,
                out: sequence.out + (task.firstRow * sequence.ldo + task.heads.lowerBound * d) * size,
                ldo: isSingle ? d : sequence.ldo, lse: nil, scratch: scratch.attention[worker])
        }
    }

    /// Stores the new rows' keys and values at their positions; one task per (sequence, key/value head).
    private func store(_ sequences: [CachedSequence], H: Int, K: Int, d: Int) {
        func store(
            _ x: UnsafeMutableRawPointer, _ sequence: CachedSequence, keys: UnsafeMutableRawPointer?,
            values: UnsafeMutableRawPointer?
        ) {
            switch compute {
            case .bf16:
                kernels.attention_store_bf16(
                    sequence.layout.type.kernelType, x.assumingMemoryBound(to: UInt16.self), sequence.ld,
                    sequence.start, sequence.tokens, d,
                    keys, values)
            case .f32:
                kernels.attention_store_f32(
                    sequence.layout.type.kernelType, x.assumingMemoryBound(to: Float.self), sequence.ld, sequence.start,
                    sequence.tokens, d,
                    keys, values)
            }
        }
        pool.run(sequences.count * K) { task, _ in
            let (sequence, kv) = (sequences[task / K], task % K)
            let key = sequence.fused + (H + kv) * d * compute.size
            store(key, sequence, keys: sequence.keys + kv * sequence.layout.headKeyBytes, values: nil)
            store(
                key + K * d * compute.size, sequence, keys: nil,
                values: sequence.values + kv * sequence.layout.headValueBytes)
        }
    }

    /// The sequence over scratch that holds its keys and values in the type of the activations.
    private func unpacked(_ sequence: CachedSequence, _ scratch: CPUScratch) -> CachedSequence {
        let positions = sequence.start + sequence.tokens
        let from = sequence.layout
        let to = CacheLayout(K: from.K, d: from.d, capacity: positions, type: CacheType(compute))
        // One task per (key/value head, tile of 16 blocks).
        let (blocks, tile) = (to.capacity / CacheLayout.block, 16)
        let tiles = (blocks + tile - 1) / tile
        pool.run(from.K * tiles) { task, _ in
            let (kv, first) = (task / tiles, task % tiles * tile)
            let (count, position) = (min(tile, blocks - first), first * CacheLayout.block)
            let keys = sequence.keys + kv * from.headKeyBytes + position * from.keyBytes
            let values = sequence.values + kv * from.headValueBytes + position * from.valueBytes
            let dot = scratch.packedKeys.pointer + kv * to.headKeyBytes + position * to.keyBytes
            let pairs = scratch.packedValues.pointer + kv * to.headValueBytes + position * to.valueBytes
            switch compute {
            case .bf16:
                kernels.attention_unpack_bf16(
                    from.type.kernelType, keys, values, count, from.d, dot.assumingMemoryBound(to: UInt16.self),
                    pairs.assumingMemoryBound(to: UInt16.self))
            case .f32:
                kernels.attention_unpack_f32(
                    from.type.kernelType, keys, values, count, from.d, dot.assumingMemoryBound(to: Float.self),
                    pairs.assumingMemoryBound(to: Float.self))
            }
        }
        return CachedSequence(
            fused: sequence.fused, ld: sequence.ld, keys: scratch.packedKeys.pointer,
            values: scratch.packedValues.pointer, layout: to,
            start: sequence.start, tokens: sequence.tokens, out: sequence.out, ldo: sequence.ldo)
    }
}

/// Query rows of one task: a tile of positions of one head, or several heads of one position.
private struct CachedTask {
    let sequence: Int
    // Key/value head that `heads` read.
    let kv: Int
    let heads: Range<Int>
    // First new token, 0-based within the span.
    let firstRow: Int
}

/// One sequence's part of a cached call: `tokens` new tokens after `start` stored positions, resolved to addresses.
private struct CachedSequence: @unchecked Sendable {
    /// act; token m at fused + m*ld elements: H query heads, K key heads, K value heads of d, after rope.
    let fused: UnsafeMutableRawPointer
    let ld: Int
    /// Stored as `layout` says, K heads each.
    let keys: UnsafeMutableRawPointer
    let values: UnsafeMutableRawPointer
    let layout: CacheLayout
    let start: Int
    let tokens: Int
    /// act; token m at out + m*ldo elements: H heads of d.
    let out: UnsafeMutableRawPointer
    let ldo: Int
}

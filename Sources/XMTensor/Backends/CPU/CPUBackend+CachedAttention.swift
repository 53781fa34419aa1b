// Attention of new rows over a key/value cache: the kernels of training over memory that is packed already, or stored
// in another type. A row's result has the same bits in a prompt's chunk, alone, and beside other sequences.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

extension CPUBackend {
    /// Query heads of one key/value head that a task of single rows takes together: they share the loads of the keys.
    private static let headTile = 4

    package func attentionCached(_ jobs: [CachedAttention], H: Int, K: Int, d: Int, scale: Float) {
        store(jobs, H: H, K: K, d: d)
        // Where many rows read what is stored in another type it is unpacked once, else inside the kernel: same bits.
        let isUnpacked = jobs.map { $0.rows > 1 && $0.layout.type != CacheType(compute) }
        attend(zip(jobs, isUnpacked).filter { !$1 }.map(\.0), H: H, d: d, scale: scale)
        for (job, _) in zip(jobs, isUnpacked).filter({ $1 }) {
            attend([unpacked(job)], H: H, d: d, scale: scale)
        }
    }

    private func attend(_ jobs: [CachedAttention], H: Int, d: Int, scale: Float) {
        // Tasks of one job: (query head, query tile) for many rows; (key/value head, tile of its query heads) for one.
        var tasks: [CachedTask] = []
        for (index, job) in jobs.enumerated() {
            let group = H / job.layout.K
            if job.rows == 1 {
                for kv in 0..<job.layout.K {
                    for first in stride(from: 0, to: group, by: Self.headTile) {
                        let heads = kv * group + first..<kv * group + min(first + Self.headTile, group)
                        tasks.append(CachedTask(job: index, kv: kv, heads: heads, firstRow: 0))
                    }
                }
            } else {
                for h in 0..<H {
                    for first in stride(from: 0, to: job.rows, by: Self.queryTile) {
                        tasks.append(CachedTask(job: index, kv: h / group, heads: h..<h + 1, firstRow: first))
                    }
                }
            }
        }
        pool.run(tasks.count) { number, worker in
            let task = tasks[number]
            let job = jobs[task.job]
            let (isSingle, size) = (job.rows == 1, compute.size)
            attend(
                q: job.fused + (task.firstRow * job.ld + task.heads.lowerBound * d) * size,
                ldq: isSingle ? d : job.ld, type: job.layout.type, keys: job.keys + task.kv * job.layout.headKeyBytes,
                values: job.values + task.kv * job.layout.headValueBytes,
                rows: isSingle ? task.heads.count : min(Self.queryTile, job.rows - task.firstRow),
                position: job.start + task.firstRow, step: isSingle ? 0 : 1, firstVisible: nil, d: d, scale: scale,
                out: job.out + (task.firstRow * job.ldo + task.heads.lowerBound * d) * size,
                ldo: isSingle ? d : job.ldo, lse: nil, worker: worker)
        }
    }

    /// Puts the new rows' keys and values into their places.
    private func store(_ jobs: [CachedAttention], H: Int, K: Int, d: Int) {
        func store(
            _ x: UnsafeMutableRawPointer, _ job: CachedAttention, keys: UnsafeMutableRawPointer?,
            values: UnsafeMutableRawPointer?
        ) {
            switch compute {
            case .bf16:
                kernels.attention_store_bf16(
                    job.layout.type.kernelType, x.assumingMemoryBound(to: UInt16.self), job.ld, job.start, job.rows, d,
                    keys, values)
            case .f32:
                kernels.attention_store_f32(
                    job.layout.type.kernelType, x.assumingMemoryBound(to: Float.self), job.ld, job.start, job.rows, d,
                    keys, values)
            }
        }
        pool.run(jobs.count * K) { task, _ in
            let (job, kv) = (jobs[task / K], task % K)
            let key = job.fused + (H + kv) * d * compute.size
            store(key, job, keys: job.keys + kv * job.layout.headKeyBytes, values: nil)
            store(key + K * d * compute.size, job, keys: nil, values: job.values + kv * job.layout.headValueBytes)
        }
    }

    /// The same job over scratch memory that holds its keys and values in the type of the activations.
    private func unpacked(_ job: CachedAttention) -> CachedAttention {
        let positions = job.start + job.rows
        precondition(positions <= scratch.keyCapacity)
        let from = job.layout
        let to = CacheLayout(K: from.K, d: from.d, capacity: positions, type: CacheType(compute))
        // Tasks: (key/value head, tile of blocks).
        let (blocks, tile) = (to.capacity / CacheLayout.block, 16)
        let tiles = (blocks + tile - 1) / tile
        pool.run(from.K * tiles) { task, _ in
            let (kv, first) = (task / tiles, task % tiles * tile)
            let (count, position) = (min(tile, blocks - first), first * CacheLayout.block)
            let keys = job.keys + kv * from.headKeyBytes + position * from.keyBytes
            let values = job.values + kv * from.headValueBytes + position * from.valueBytes
            let dot = scratch.packedKeys + kv * to.headKeyBytes + position * to.keyBytes
            let pairs = scratch.packedValues + kv * to.headValueBytes + position * to.valueBytes
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
        return CachedAttention(
            fused: job.fused, ld: job.ld, keys: scratch.packedKeys, values: scratch.packedValues, layout: to,
            start: job.start, rows: job.rows, out: job.out, ldo: job.ldo)
    }
}

/// Query rows of one task: one head of many positions, or several heads of one position.
private struct CachedTask {
    let job: Int
    let kv: Int
    let heads: Range<Int>
    let firstRow: Int
}

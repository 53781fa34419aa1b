// Attention of new rows over a key/value cache: the kernels of training over memory that is already packed.
// A row's result has the same bits in a prompt's chunk, alone, and beside other sequences.
// SPDX-License-Identifier: Apache-2.0

extension CPUBackend {
    /// Query heads of one key/value head that a task of single rows takes together: they share the loads of the keys.
    private static let headTile = 4

    package func attentionCached(_ jobs: [CachedAttention], H: Int, K: Int, d: Int, scale: Float) {
        store(jobs, H: H, K: K, d: d)
        let group = H / K
        // Tasks of one job: (query head, query tile) for many rows; (key/value head, tile of its query heads) for one.
        var tasks: [CachedTask] = []
        for (index, job) in jobs.enumerated() {
            if job.rows == 1 {
                for kv in 0..<K {
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
                ldq: isSingle ? d : job.ld, keys: job.keys + task.kv * job.layout.headKeyBytes,
                values: job.values + task.kv * job.layout.headValueBytes,
                rows: isSingle ? task.heads.count : min(Self.queryTile, job.rows - task.firstRow),
                position: job.start + task.firstRow, step: isSingle ? 0 : 1, firstVisible: nil, d: d, scale: scale,
                out: job.out + (task.firstRow * job.ldo + task.heads.lowerBound * d) * size,
                ldo: isSingle ? d : job.ldo, lse: nil, worker: worker)
        }
    }

    /// Packs the new rows' keys and values into their places.
    private func store(_ jobs: [CachedAttention], H: Int, K: Int, d: Int) {
        func storeHead(_ job: CachedAttention, _ kv: Int) {
            let key = job.fused + (H + kv) * d * compute.size
            pack(
                key, ld: job.ld, first: job.start, count: job.rows, d: d,
                dot: job.keys + kv * job.layout.headKeyBytes, pairs: nil)
            pack(
                key + K * d * compute.size, ld: job.ld, first: job.start, count: job.rows, d: d, dot: nil,
                pairs: job.values + kv * job.layout.headValueBytes)
        }
        pool.run(jobs.count * K) { task, _ in storeHead(jobs[task / K], task % K) }
    }
}

/// Query rows of one task: one head of many positions, or several heads of one position.
private struct CachedTask {
    let job: Int
    let kv: Int
    let heads: Range<Int>
    let firstRow: Int
}

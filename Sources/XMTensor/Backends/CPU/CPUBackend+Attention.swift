// Causal attention: keys and values are packed once per sequence and key/value head, then fused kernels take query rows
// in tiles. The backward pass recomputes probabilities from the saved log-sum-exp instead of storing [B, H, T, T].
// CPUBackend+CachedAttention.swift does the same over a cache; CXMKernels/vector/attention.h is the kernel.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

extension CPUBackend {
    package func rope(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, cosine: Tensor, sine: Tensor, direction: Float
    ) {
        let rotated = shape.H + shape.K  // query and key heads are adjacent in a row
        batch.positions.withUnsafeBufferPointer { positions in
            pool.runTiles(qkv.rows, tile: Self.rowTile) { rows, _ in
                switch compute {
                case .bf16:
                    kernels.rope_bf16(
                        qkv.bf16, qkv.columns, rotated, shape.d, cosine.f32, sine.f32, positions.baseAddress,
                        direction, rows.lowerBound, rows.upperBound)
                case .f32:
                    kernels.rope_f32(
                        qkv.f32, qkv.columns, rotated, shape.d, cosine.f32, sine.f32, positions.baseAddress,
                        direction, rows.lowerBound, rows.upperBound)
                }
            }
        }
    }

    package func attentionForward(
        qkv: Tensor, _ batch: TokenBatch, shape: AttentionShape, out: Tensor, lse: Tensor, scratch: any Scratch
    ) {
        let (T, H, d) = (shape.T, shape.H, shape.d)
        let scratch = scratch as! CPUScratch
        precondition(scratch.holds(shape))
        let rows = FusedRows(qkv: qkv, shape: shape)
        // keys in dot layout for scores, values in pairs for the weighted sum; one task per (sequence, key/value head)
        pool.run(shape.B * shape.K) { task, _ in
            pack(rows.key(task), shape: shape, dot: scratch.keys(task, shape), pairs: nil, ld: qkv.columns)
            pack(rows.value(task), shape: shape, dot: nil, pairs: scratch.values(task, shape), ld: qkv.columns)
        }
        let tiles = (T + Self.queryTile - 1) / Self.queryTile
        batch.firstVisible.withUnsafeBufferPointer { firstVisible in
            // One task per (sequence, query head, query tile): rows are independent of each other.
            pool.run(shape.B * H * tiles) { task, worker in
                let (head, first) = (task / tiles, task % tiles * Self.queryTile)
                let (b, h) = (head / H, head % H)
                let size = compute.size
                attend(
                    q: rows.query(head) + first * qkv.columns * size, ldq: qkv.columns, type: CacheType(compute),
                    keys: scratch.keys(rows.group(head), shape), values: scratch.values(rows.group(head), shape),
                    rows: min(Self.queryTile, T - first), position: first, step: 1,
                    firstVisible: firstVisible.baseAddress! + b * T + first, d: d, scale: shape.scale,
                    out: out.pointer + ((b * T + first) * out.columns + h * d) * size, ldo: out.columns,
                    lse: lse.f32 + head * T + first, scratch: scratch.attention[worker])
            }
        }
    }

    package func attentionBackward(
        dout: Tensor, out: Tensor, qkv: Tensor, lse: Tensor, _ batch: TokenBatch, shape: AttentionShape, dqkv: Tensor,
        scratch: any Scratch
    ) {
        let (T, H, d, size) = (shape.T, shape.H, shape.d, compute.size)
        let scratch = scratch as! CPUScratch
        precondition(scratch.holds(shape))
        guard let keyGradients = scratch.keyGradients?.floats, let valueGradients = scratch.valueGradients?.floats
        else {
            preconditionFailure("the scratch is for inference")
        }
        let rows = FusedRows(qkv: qkv, shape: shape)
        // dq, dk and dv go straight into their columns of dqkv.
        let gradients = FusedRows(qkv: dqkv, shape: shape)
        pool.run(shape.B * shape.K) { task, _ in
            pack(
                rows.key(task), shape: shape, dot: scratch.keys(task, shape), pairs: scratch.keyPairs(task, shape),
                ld: qkv.columns)
            pack(rows.value(task), shape: shape, dot: scratch.values(task, shape), pairs: nil, ld: qkv.columns)
        }
        // One task per (sequence, key/value head, chunk of its query heads). A chunk has its own dk and dv, to which
        // its heads and their query tiles add in order: no two tasks share a buffer, and the order of summation is
        // fixed.
        let (members, chunks, count) = (H / shape.K, CPUScratch.headChunks(shape), CPUScratch.packedCount(shape))
        batch.firstVisible.withUnsafeBufferPointer { firstVisible in
            pool.run(shape.B * shape.K * chunks) { task, worker in
                let (group, chunk) = (task / chunks, task % chunks)
                let (dk, dv) = (keyGradients + task * count, valueGradients + task * count)
                // Chunks of nearly equal size that together cover the group's query heads.
                let heads =
                    group * members + chunk * members / chunks..<group * members + (chunk + 1) * members / chunks
                for head in heads {
                    for first in stride(from: 0, to: T, by: Self.queryTile) {
                        let outOffset = ((head / H * T + first) * out.columns + head % H * d) * size
                        gradientTile(
                            q: rows.query(head) + first * qkv.columns * size, ldq: qkv.columns,
                            out: out.pointer + outOffset,
                            dout: dout.pointer + outOffset, ldo: out.columns, keys: scratch.keys(group, shape),
                            keyPairs: scratch.keyPairs(group, shape), values: scratch.values(group, shape),
                            lse: lse.f32 + head * T + first,
                            firstVisible: firstVisible.baseAddress! + head / H * T + first,
                            rows: min(Self.queryTile, T - first), position: first, d: d, scale: shape.scale,
                            dq: gradients.query(head) + first * qkv.columns * size, dk: dk, dv: dv,
                            follows: head > heads.lowerBound, scratch: scratch.attention[worker])
                    }
                }
            }
        }
        sumChunkGradients(
            shape: shape, keyGradients: keyGradients, valueGradients: valueGradients, into: gradients,
            ld: dqkv.columns)
    }

    /// One query tile of one head, dispatched by type; see `attention_backward` in CXMKernels.h.
    private func gradientTile(
        q: UnsafeMutableRawPointer, ldq: Int, out: UnsafeMutableRawPointer, dout: UnsafeMutableRawPointer, ldo: Int,
        keys: UnsafeMutableRawPointer, keyPairs: UnsafeMutableRawPointer, values: UnsafeMutableRawPointer,
        lse: UnsafePointer<Float>, firstVisible: UnsafePointer<Int32>, rows: Int, position: Int, d: Int, scale: Float,
        dq: UnsafeMutableRawPointer, dk: UnsafeMutablePointer<Float>, dv: UnsafeMutablePointer<Float>, follows: Bool,
        scratch: DeviceRegion
    ) {
        let scratch = scratch.floats
        switch compute {
        case .bf16:
            func typed(_ x: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt16> {
                x.assumingMemoryBound(to: UInt16.self)
            }
            kernels.attention_backward_bf16(
                typed(q), ldq, typed(out), typed(dout), ldo, typed(keys), typed(keyPairs), typed(values), lse,
                firstVisible, rows, position, d, scale, typed(dq), dk, dv, follows ? 1 : 0, scratch)
        case .f32:
            func typed(_ x: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Float> {
                x.assumingMemoryBound(to: Float.self)
            }
            kernels.attention_backward_f32(
                typed(q), ldq, typed(out), typed(dout), ldo, typed(keys), typed(keyPairs), typed(values), lse,
                firstVisible, rows, position, d, scale, typed(dq), dk, dv, follows ? 1 : 0, scratch)
        }
    }

    /// Sums the chunks' dk and dv, f32 [B, K, chunks, padded T, padded d], in chunk order into the fused gradient rows.
    private func sumChunkGradients(
        shape: AttentionShape, keyGradients: UnsafeMutablePointer<Float>, valueGradients: UnsafeMutablePointer<Float>,
        into gradients: FusedRows, ld: Int
    ) {
        let (T, d, chunks) = (shape.T, shape.d, CPUScratch.headChunks(shape))
        let (count, padded) = (CPUScratch.packedCount(shape), CPUScratch.paddedWidth(d))
        let tiles = (T + Self.rowTile - 1) / Self.rowTile
        pool.run(shape.B * shape.K * tiles) { task, _ in
            let (group, first) = (task / tiles, task % tiles * Self.rowTile)
            let last = min(first + Self.rowTile, T)
            for (parts, target) in [
                (keyGradients, gradients.key(group)), (valueGradients, gradients.value(group)),
            ] {
                // f32 [chunks, padded T, padded d] of this group.
                let start = parts + group * chunks * count
                switch compute {
                case .bf16:
                    kernels.attention_sum_heads_bf16(
                        start, padded, count, chunks, target.assumingMemoryBound(to: UInt16.self), ld, first, last, d)
                case .f32:
                    kernels.attention_sum_heads_f32(
                        start, padded, count, chunks, target.assumingMemoryBound(to: Float.self), ld, first, last, d)
                }
            }
        }
    }

    /// All T positions of one head of a sequence.
    private func pack(
        _ x: UnsafeMutableRawPointer, shape: AttentionShape, dot: UnsafeMutableRawPointer?,
        pairs: UnsafeMutableRawPointer?, ld: Int
    ) {
        pack(x, ld: ld, first: 0, count: shape.T, d: shape.d, dot: dot, pairs: pairs)
    }

    /// Packs rows x [count, d] (row stride `ld`) as positions `first`... of the dot and pair layouts; nil skips one.
    func pack(
        _ x: UnsafeMutableRawPointer, ld: Int, first: Int, count: Int, d: Int, dot: UnsafeMutableRawPointer?,
        pairs: UnsafeMutableRawPointer?
    ) {
        switch compute {
        case .bf16:
            kernels.attention_pack_bf16(
                x.assumingMemoryBound(to: UInt16.self), ld, first, count, d,
                dot?.assumingMemoryBound(to: UInt16.self), pairs?.assumingMemoryBound(to: UInt16.self))
        case .f32:
            kernels.attention_pack_f32(
                x.assumingMemoryBound(to: Float.self), ld, first, count, d,
                dot?.assumingMemoryBound(to: Float.self), pairs?.assumingMemoryBound(to: Float.self))
        }
    }

    /// Query rows over the keys and values of one head, dispatched by type; see `attention_forward` in CXMKernels.h.
    func attend(
        q: UnsafeMutableRawPointer, ldq: Int, type: CacheType, keys: UnsafeMutableRawPointer,
        values: UnsafeMutableRawPointer, rows: Int, position: Int, step: Int, firstVisible: UnsafePointer<Int32>?,
        d: Int, scale: Float,
        out: UnsafeMutableRawPointer, ldo: Int, lse: UnsafeMutablePointer<Float>?, scratch: DeviceRegion
    ) {
        let scratch = scratch.floats
        switch compute {
        case .bf16:
            kernels.attention_forward_bf16(
                q.assumingMemoryBound(to: UInt16.self), ldq, type.kernelType, keys, values, rows, position, step,
                firstVisible, d, scale,
                out.assumingMemoryBound(to: UInt16.self), ldo, lse, scratch)
        case .f32:
            kernels.attention_forward_f32(
                q.assumingMemoryBound(to: Float.self), ldq, type.kernelType, keys, values, rows, position, step,
                firstVisible, d, scale,
                out.assumingMemoryBound(to: Float.self), ldo, lse, scratch)
        }
    }
}

/// Where heads start in fused rows [B*T, (H+2K)d]. `head` counts query heads over all sequences, `group` key/value
/// heads.
private struct FusedRows {
    let qkv: Tensor
    let shape: AttentionShape

    func query(_ head: Int) -> UnsafeMutableRawPointer { start(sequence: head / shape.H, head: head % shape.H) }
    func key(_ group: Int) -> UnsafeMutableRawPointer {
        start(sequence: group / shape.K, head: shape.H + group % shape.K)
    }
    func value(_ group: Int) -> UnsafeMutableRawPointer {
        start(sequence: group / shape.K, head: shape.H + shape.K + group % shape.K)
    }
    /// The key/value head that a query head reads (grouped-query attention, Ainslie et al. 2023).
    func group(_ head: Int) -> Int { head / (shape.H / shape.K) }

    private func start(sequence: Int, head: Int) -> UnsafeMutableRawPointer {
        qkv.pointer + (sequence * shape.T * qkv.columns + head * shape.d) * qkv.dtype.size
    }
}

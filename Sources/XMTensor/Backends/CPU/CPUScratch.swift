// Scratch memory of the CPU operations, reserved once from an arena by whoever runs batches up to some shape.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

/// Buffers used inside one operation; their contents mean nothing to the next. Sizes follow from the largest batch.
final class CPUScratch: Scratch {
    let shape: ScratchShape
    /// Partial sums of norm weight gradients, f32 [row tiles, D]; training only.
    let normPartials: DeviceRegion?
    /// Per worker: scratch of one attention kernel call, f32; `xm_attention_scratch` counts it.
    let attention: [DeviceRegion]
    /// act [B, K, padded T, padded d] each: keys in dot layout; values in pairs (forward) or dot layout (backward);
    /// keys in pairs (backward).
    let packedKeys: DeviceRegion
    let packedValues: DeviceRegion
    let packedKeyPairs: DeviceRegion?
    /// f32 [B, K, head chunks, padded T, padded d] each: key and value gradients before the sum over a group's chunks.
    let keyGradients: DeviceRegion?
    let valueGradients: DeviceRegion?
    /// Quantised activations, [`QuantizedWeight.tokenChunk`, widest input]; inference only.
    let quantizedActivations: DeviceRegion?
    /// Per worker: f32 logits of one row tile and one vocabulary tile. This and the following members serve the output
    /// head.
    let logits: [DeviceRegion]
    /// Exponentials, then gradients, of the logits of one chunk: act [chunk, V]; training only.
    let logitGradients: DeviceRegion?
    /// f32 [chunk, vocabulary tiles]: largest logit and sum of exponentials of each row in each tile.
    let tileMaxima: DeviceRegion?
    let tileSums: DeviceRegion?
    /// f32 [chunk]: scaled logit of each row's target.
    let targetLogits: DeviceRegion?
    /// Bytes of an element of the packed keys and values.
    private let elementSize: Int

    init(_ shape: ScratchShape, compute: DType, workers: Int, in arena: Arena) throws {
        func reserve(_ name: String, _ bytes: Int) throws -> DeviceRegion {
            try arena.reserve("scratch", name, bytes: bytes)
        }
        func floats(_ name: String, _ count: Int) throws -> DeviceRegion { try reserve(name, count * 4) }
        self.shape = shape
        elementSize = compute.size
        let (B, T, H, K, d) = (
            shape.attention.B, shape.attention.T, shape.attention.H, shape.attention.K, shape.attention.d
        )
        let packedBytes = B * K * Self.packedCount(shape.attention) * compute.size
        packedKeys = try reserve("packed keys", packedBytes)
        packedValues = try reserve("packed values", packedBytes)
        let V = shape.vocabulary
        let tileLogits = CPUBackend.headRowTile * min(V, CPUBackend.widestTile)
        var (attention, logits): ([DeviceRegion], [DeviceRegion]) = ([], [])
        for worker in 0..<workers {
            attention.append(try floats("attention of worker \(worker)", xm_attention_scratch(T, d)))
            if V > 0 { logits.append(try floats("logits of worker \(worker)", tileLogits)) }
        }
        (self.attention, self.logits) = (attention, logits)
        let chunk = min(CPUBackend.reductionChunk, T)
        let tiles = (V + CPUBackend.tileWidth - 1) / CPUBackend.tileWidth
        tileMaxima = V > 0 ? try floats("logit maxima", chunk * tiles) : nil
        tileSums = V > 0 ? try floats("logit sums", chunk * tiles) : nil
        targetLogits = V > 0 ? try floats("target logits", chunk) : nil
        guard shape.training else {
            let bytes = QuantizedWeight.tokenChunk * CPUBackend.quantizedStride(K: shape.widestInput)
            quantizedActivations = try reserve("quantised activations", bytes)
            (normPartials, packedKeyPairs, keyGradients, valueGradients, logitGradients) = (nil, nil, nil, nil, nil)
            return
        }
        quantizedActivations = nil
        let rowTiles = B * ((T + CPUBackend.rowTile - 1) / CPUBackend.rowTile)
        normPartials = try floats("norm partial sums", rowTiles * H * d)
        packedKeyPairs = try reserve("packed key pairs", packedBytes)
        let chunkGradients = B * K * Self.headChunks(shape.attention) * Self.packedCount(shape.attention)
        keyGradients = try floats("key gradients per head chunk", chunkGradients)
        valueGradients = try floats("value gradients per head chunk", chunkGradients)
        logitGradients = try reserve("logit gradients", chunk * V * compute.size)
    }

    /// Elements of one head's packed keys or values; kernels write whole blocks of 32 positions.
    static func packedCount(_ shape: AttentionShape) -> Int { (shape.T + 31) / 32 * 32 * paddedWidth(shape.d) }
    /// Query heads that share one pair of gradient buffers: few buffers, yet enough tasks for the threads.
    static let headsInChunk = 3
    static func headChunks(_ shape: AttentionShape) -> Int {
        (shape.H / shape.K + headsInChunk - 1) / headsInChunk
    }
    static func paddedWidth(_ d: Int) -> Int { (d + 15) / 16 * 16 }

    /// Packed form of key/value head `group`, counted over all sequences of a batch of that shape.
    func keys(_ group: Int, _ shape: AttentionShape) -> UnsafeMutableRawPointer { head(group, of: packedKeys, shape) }
    func values(_ group: Int, _ shape: AttentionShape) -> UnsafeMutableRawPointer {
        head(group, of: packedValues, shape)
    }
    func keyPairs(_ group: Int, _ shape: AttentionShape) -> UnsafeMutableRawPointer {
        head(group, of: packedKeyPairs!, shape)
    }

    private func head(_ group: Int, of region: DeviceRegion, _ shape: AttentionShape) -> UnsafeMutableRawPointer {
        region.pointer + group * Self.packedCount(shape) * elementSize
    }

    /// Whether a batch of that shape fits into this scratch.
    func holds(_ batch: AttentionShape) -> Bool {
        batch.T <= shape.attention.T && batch.B * batch.K <= shape.attention.B * shape.attention.K
            && batch.d == shape.attention.d
    }
}

extension CPUBackend {
    /// Rows of one loss chunk, and of one partial sum of a weight gradient. Changing it changes the bits of training.
    static let reductionChunk = 512
    /// Query rows of one attention task, and of one call of the backward kernel.
    static let queryTile = Int(XM_QUERY_TILE)

    package func makeScratch(_ shape: ScratchShape, in arena: Arena) throws -> any Scratch {
        try CPUScratch(shape, compute: compute, workers: pool.threadCount, in: arena)
    }
}

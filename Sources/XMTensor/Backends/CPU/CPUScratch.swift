// Scratch memory of the CPU operations, reserved once from the arena.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

/// Buffers that live between two lines of one operation. Sizes follow from the largest batch.
struct CPUScratch {
    /// Partial sums of norm weight gradients, [row tiles, D].
    var normPartials = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var normPartialCount = 0
    /// Per worker: what one attention kernel call needs, f32; `xm_attention_scratch` counts it.
    var attention: [UnsafeMutablePointer<Float>] = []
    /// Most positions that an attention call may see.
    var keyCapacity = 0
    /// act [B, K, padded T, padded d] each: keys in dot layout; values in pairs (forward) or dot layout (backward);
    /// keys in pairs (backward).
    var packedKeys = UnsafeMutableRawPointer(bitPattern: 64)!
    var packedValues = UnsafeMutableRawPointer(bitPattern: 64)!
    var packedKeyPairs = UnsafeMutableRawPointer(bitPattern: 64)!
    /// Bytes of an element of these.
    var elementSize = 0
    /// f32 [B, K, head chunks, padded T, padded d] each: key and value gradients before the sum over a group's chunks.
    var keyGradients = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var valueGradients = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var chunkGradientCount = 0
    /// Per worker: logits of a row tile and a vocabulary tile, f32.
    var logits: [UnsafeMutablePointer<Float>] = []
    /// Exponentials, then gradient of the logits of one chunk, [chunk, V] in the compute type.
    var logitGradients = UnsafeMutableRawPointer(bitPattern: 64)!
    /// f32 [chunk, vocabulary tiles]: largest logit and sum of exponentials of each row in each tile.
    var tileMaxima = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var tileSums = UnsafeMutablePointer<Float>(bitPattern: 64)!
    /// f32 [chunk]: scaled logit of each row's target.
    var targetLogits = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var vocabulary = 0

    /// Elements of one head's packed keys or values; kernels write whole blocks.
    static func packedCount(_ shape: AttentionShape) -> Int { (shape.T + 31) / 32 * 32 * paddedWidth(shape.d) }
    /// Query heads of a group whose key and value gradients add up in one buffer: few buffers, enough tasks.
    static let headsInChunk = 3
    static func headChunks(_ shape: AttentionShape) -> Int {
        (shape.H / shape.K + headsInChunk - 1) / headsInChunk
    }
    static func paddedWidth(_ d: Int) -> Int { (d + 15) / 16 * 16 }

    /// Packed forms of key/value head `group`, counted over all sequences.
    func keys(_ group: Int, _ shape: AttentionShape) -> UnsafeMutableRawPointer {
        packedKeys + group * Self.packedCount(shape) * elementSize
    }
    func values(_ group: Int, _ shape: AttentionShape) -> UnsafeMutableRawPointer {
        packedValues + group * Self.packedCount(shape) * elementSize
    }
    func keyPairs(_ group: Int, _ shape: AttentionShape) -> UnsafeMutableRawPointer {
        packedKeyPairs + group * Self.packedCount(shape) * elementSize
    }
}

extension CPUBackend {
    /// Rows of one loss chunk, and of one partial sum of a weight gradient.
    static let reductionChunk = 512
    /// Query rows of one attention task, and of one call of the backward kernel.
    static let queryTile = Int(XM_QUERY_TILE)

    package func reserveScratch(
        shape: AttentionShape, vocabulary: Int, training: Bool, in arena: Arena
    ) throws {
        let group = "scratch"
        func floats(_ name: String, _ count: Int) throws -> UnsafeMutablePointer<Float> {
            try arena.reserve(group, name, bytes: count * 4).assumingMemoryBound(to: Float.self)
        }
        var new = CPUScratch()
        let (B, T, H, K, d) = (shape.B, shape.T, shape.H, shape.K, shape.d)
        new.keyCapacity = T
        new.elementSize = compute.size
        let packedBytes = B * K * CPUScratch.packedCount(shape) * compute.size
        new.packedKeys = try arena.reserve(group, "packed keys", bytes: packedBytes)
        new.packedValues = try arena.reserve(group, "packed values", bytes: packedBytes)
        for worker in 0..<pool.threadCount {
            new.attention.append(try floats("attention of worker \(worker)", xm_attention_scratch(T, d)))
            guard vocabulary > 0 else { continue }
            let width = min(vocabulary, Self.widestTile)
            new.logits.append(try floats("logits of worker \(worker)", Self.headRowTile * width))
        }
        new.vocabulary = vocabulary
        if vocabulary > 0 {
            let chunk = min(Self.reductionChunk, T)
            let tiles = (vocabulary + Self.tileWidth - 1) / Self.tileWidth
            new.tileMaxima = try floats("logit maxima", chunk * tiles)
            new.tileSums = try floats("logit sums", chunk * tiles)
            new.targetLogits = try floats("target logits", chunk)
        }
        if training {
            let tiles = B * ((T + Self.rowTile - 1) / Self.rowTile)
            new.normPartialCount = tiles * H * d
            new.normPartials = try floats("norm partial sums", new.normPartialCount)
            new.packedKeyPairs = try arena.reserve(group, "packed key pairs", bytes: packedBytes)
            new.chunkGradientCount = B * K * CPUScratch.headChunks(shape) * CPUScratch.packedCount(shape)
            new.keyGradients = try floats("key gradients per head chunk", new.chunkGradientCount)
            new.valueGradients = try floats("value gradients per head chunk", new.chunkGradientCount)
            new.logitGradients = try arena.reserve(
                group, "logit gradients", bytes: min(Self.reductionChunk, T) * vocabulary * compute.size)
        }
        scratch = new
    }
}

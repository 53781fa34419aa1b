// Scratch memory of the CPU operations, reserved once from the arena.
// SPDX-License-Identifier: Apache-2.0

/// Buffers that live between two lines of one operation. Sizes follow from the largest batch.
struct CPUScratch {
    /// Partial sums of norm weight gradients, [row tiles, D].
    var normPartials = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var normPartialCount = 0
    /// Per worker: score rows [queryTile, keys] f32 twice (scores, their gradients).
    var scores: [UnsafeMutablePointer<Float>] = []
    var scoreGradients: [UnsafeMutablePointer<Float>] = []
    /// Per worker: probabilities and score gradients [queryTile, keys] in the compute type.
    var probabilities: [UnsafeMutableRawPointer] = []
    var roundedGradients: [UnsafeMutableRawPointer] = []
    /// Longest key range that the score buffers hold.
    var keyCapacity = 0
    /// f32 [B, H, T, d] each: key and value gradients of every query head before they are summed over its group.
    var keyGradients = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var valueGradients = UnsafeMutablePointer<Float>(bitPattern: 64)!
    var headGradientCount = 0
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
}

extension CPUBackend {
    /// Rows of one loss chunk, and of one partial sum of a weight gradient.
    static let reductionChunk = 512
    /// Query rows of one attention block: scores are never larger than [queryTile, T] per thread.
    static let queryTile = 64

    package func reserveScratch(
        shape: AttentionShape, vocabulary: Int, training: Bool, in arena: Arena
    ) throws {
        let group = "scratch"
        func floats(_ name: String, _ count: Int) throws -> UnsafeMutablePointer<Float> {
            try arena.reserve(group, name, bytes: count * 4).assumingMemoryBound(to: Float.self)
        }
        var new = CPUScratch()
        let (B, T, H, d) = (shape.B, shape.T, shape.H, shape.d)
        new.keyCapacity = (T + 63) / 64 * 64
        let scoreCount = Self.queryTile * new.keyCapacity
        for worker in 0..<pool.threadCount {
            new.scores.append(try floats("scores of worker \(worker)", scoreCount))
            new.probabilities.append(
                try arena.reserve(group, "probabilities of worker \(worker)", bytes: scoreCount * compute.size))
            if vocabulary > 0 {
                let width = min(vocabulary, Self.widestTile)
                new.logits.append(try floats("logits of worker \(worker)", Self.headRowTile * width))
            }
            guard training else { continue }
            new.scoreGradients.append(try floats("score gradients of worker \(worker)", scoreCount))
            new.roundedGradients.append(
                try arena.reserve(
                    group, "rounded score gradients of worker \(worker)", bytes: scoreCount * compute.size))
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
            new.headGradientCount = B * H * T * d
            new.keyGradients = try floats("key gradients per head", new.headGradientCount)
            new.valueGradients = try floats("value gradients per head", new.headGradientCount)
            new.logitGradients = try arena.reserve(
                group, "logit gradients", bytes: min(Self.reductionChunk, T) * vocabulary * compute.size)
        }
        scratch = new
    }
}

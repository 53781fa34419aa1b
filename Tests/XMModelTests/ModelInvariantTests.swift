// What must not change the numbers: threads, micro-batches, recomputation, instruction set; and what muP promises.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTestSupport

@Suite("ModelInvariantTests")
struct ModelInvariantTests {
    static func config(width: Int = 64, mup: Bool = true, V: Int = 96) -> Xmodel2Config {
        var config = Xmodel2Config(
            vocabularySize: V, hiddenSize: width, intermediateSize: width * 5 / 2, layers: 2, heads: width / 16,
            keyValueHeads: 2)
        config.mup = mup ? MuP() : nil
        config.mup?.baseWidth = 64
        return config
    }

    static func rows(B: Int, T: Int, V: Int32 = 96) -> TokenRows {
        var random = RandomStream(seed: 5, "rows")
        return TokenRows((0..<B * T).map { _ in Int32.random(in: 0..<V, using: &random) }, B: B)
    }

    private func gradients(
        compute: DType, threads: Int = 2, microBatchSize: Int = 8, recompute: Bool = false
    ) throws -> (Double, [Float]) {
        let training = try TinyTraining(
            Self.config(), B: microBatchSize, T: 70, compute: compute, threads: threads, recompute: recompute)
        training.model.initialize(seed: 1)
        let loss = training.lossAndGradients(Self.rows(B: 8, T: 70), microBatchSize: microBatchSize)
        return (loss, training.gradients.flat.floats())
    }

    @Test("1 x 8 = 2 x 4 = 8 x 1 rows, to the last bit", arguments: DType.withMatmul)
    func accumulation(compute: DType) throws {
        let whole = try gradients(compute: compute)
        for micro in [1, 2, 4] {
            let parts = try gradients(compute: compute, microBatchSize: micro)
            #expect(parts.0 == whole.0 && parts.1 == whole.1, "\(micro) rows at once")
        }
    }

    @Test("1, 2 and 3 threads give the same bits", arguments: DType.withMatmul)
    func threads(compute: DType) throws {
        let one = try gradients(compute: compute, threads: 1)
        for threads in [2, 3] {
            let more = try gradients(compute: compute, threads: threads)
            #expect(more.0 == one.0 && more.1 == one.1)
        }
    }

    @Test("recomputation changes no bit", arguments: DType.withMatmul)
    func recomputation(compute: DType) throws {
        let (kept, again) = (try gradients(compute: compute), try gradients(compute: compute, recompute: true))
        #expect(kept.0 == again.0 && kept.1 == again.1)
    }

    @Test("with neutral constants muP is the plain network")
    func neutral() throws {
        var neutral = Self.config()
        neutral.mup?.embeddingScale = 1
        neutral.mup?.attentionDepthScale = 2.0.squareRoot()
        neutral.mup?.feedForwardDepthScale = 2.0.squareRoot()
        let (a, b) = (
            try TinyTraining(neutral, B: 1, T: 9), try TinyTraining(Self.config(mup: false), B: 1, T: 9)
        )
        a.model.initialize(seed: 1)
        b.model.weights.flat.f32.update(from: a.model.weights.flat.f32, count: a.model.weights.flat.count)
        b.model.packWeights()
        let rows = Self.rows(B: 1, T: 9)
        #expect(try relativeDifference(a.logits(rows), b.logits(rows)) < 1e-6)
    }

    /// 5000 pieces: an output head that is packed in several tiles.
    @Test("decoding over the cache equals the full pass", arguments: [(1, 96), (5, 5000), (64, 96)])
    func cache(promptLength: Int, V: Int) throws {
        let config = Self.config(V: V)
        let training = try TinyTraining(config, B: 1, T: 80)
        training.model.initialize(seed: 1)
        let rows = Self.rows(B: 1, T: 80, V: Int32(V))
        let prompt = Array(rows.ids[..<promptLength])
        let continued = try continued([prompt], by: training.model, slots: 1, maxTokens: 10)[0]
        // The same by full passes.
        let full = try TinyTraining(config, B: 1, T: 80)
        full.model.initialize(seed: 1)
        var ids = prompt
        for _ in 0..<10 {
            let padded = TokenRows(ids + Array(repeating: 0, count: 80 - ids.count), B: 1)
            let logits = try full.logits(padded)[(ids.count - 1) * V..<ids.count * V]
            ids.append(Int32(logits.indices.max { logits[$0] < logits[$1] }! - logits.startIndex))
        }
        #expect(continued == Array(ids[promptLength...]))
    }

    @Test("sequences generated together equal those generated alone")
    func neighbours() throws {
        let training = try TinyTraining(Self.config(), B: 1, T: 80)
        training.model.initialize(seed: 1)
        let prompts = [[1, 2, 3], [4], Array(5...40)].map { $0.map(Int32.init) }
        let together = try continued(prompts, by: training.model, slots: 3, maxTokens: 12)
        let alone = try prompts.map { try continued([$0], by: training.model, slots: 1, maxTokens: 12)[0] }
        #expect(together == alone)
    }

    /// Logits of the last row of every part of a cached pass over `cuts`.
    private func cachedLogits(
        _ training: TinyTraining, _ cache: KVCache, slot: Int, ids: [Int32], cuts: [Int]
    ) throws -> [[Float]] {
        let config = training.model.config
        let logits = try training.arena.tensor("logits", "logits", .f32, [1, config.vocabularySize])
        let gathered = try training.arena.tensor(
            "logits", "gathered", training.model.backend.compute, [1, config.hiddenSize])
        return zip(cuts, cuts.dropFirst()).map { first, last in
            let part = CachedRows.Part(slot: slot, start: first, rows: last - first)
            training.model.run(
                Array(ids[first..<last]), continuing: CachedRows(cache: cache, parts: [part]),
                workspace: training.workspace)
            training.model.logits(
                ofRows: [last - first - 1], workspace: training.workspace, gathered: gathered, into: logits)
            return logits.floats()
        }
    }

    /// Activations and the types that hold them exactly.
    private static let exact: [(DType, CacheType)] = [(.f32, .f32), (.bf16, .bf16), (.bf16, .f16)]

    @Test("the attention of a cached pass has the bits of the full pass, in any chunks", arguments: exact)
    func chunks(compute: DType, type: CacheType) throws {
        let config = Self.config()
        let shape = AttentionShape(
            B: 1, T: 70, H: config.heads, K: config.keyValueHeads, d: config.headSize, scale: config.softmaxScale)
        let arena = Arena()
        let backend = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: 2))
        try backend.reserveScratch(shape: shape, vocabulary: 0, training: false, in: arena)
        let fused = try arena.tensor("test", "fused", compute, [shape.T, shape.width])
        let out = try arena.tensor("test", "out", compute, [shape.T, shape.H * shape.d])
        let lse = try arena.tensor("test", "lse", .f32, [shape.H, shape.T])
        var random = RandomStream(seed: 2, "fused")
        for index in 0..<fused.count {
            let value = Float.random(in: -2...2, using: &random)
            switch compute {
            case .f32: fused.f32[index] = value
            case .bf16: fused.bf16[index] = UInt16(value.bitPattern >> 16)
            }
        }
        let visible = [Int32](repeating: 0, count: shape.T)
        visible.withUnsafeBufferPointer {
            backend.attentionForward(
                qkv: fused, shape: shape, at: RowPositions(position: $0.baseAddress!, firstVisible: $0.baseAddress!),
                out: out, lse: lse)
        }
        let whole = out.floats()
        for cuts in [[0, 70], Array(0...70), [0, 1, 2, 19, 64, 65, 70]] {
            let cache = try KVCache(config, slots: 2, capacity: 70, compute: compute, type: type, in: arena)
            backend.zero(out)
            for (first, last) in zip(cuts, cuts.dropFirst()) {
                let rows = CachedRows(cache: cache, parts: [.init(slot: 1, start: first, rows: last - first)])
                rows.attend(
                    fused: fused.rows(first..<last), layer: 1, shape: shape, backend: backend,
                    out: out.rows(first..<last))
            }
            #expect(out.floats() == whole, "\(cuts.count - 1) chunks")
        }
    }

    @Test(
        "a copied prefix continues as the original",
        arguments: [
            (DType.f32, CacheType.f32), (.f32, .bf16), (.f32, .q8), (.bf16, .bf16), (.bf16, .f16), (.bf16, .q8),
        ].filter { DType.withMatmul.contains($0.0) })
    func copyPrefix(compute: DType, type: CacheType) throws {
        let training = try TinyTraining(Self.config(), B: 1, T: 80, compute: compute)
        training.model.initialize(seed: 1)
        let ids = Self.rows(B: 1, T: 40).ids
        let cache = try KVCache(Self.config(), slots: 3, capacity: 40, compute: compute, type: type, in: training.arena)
        _ = try cachedLogits(training, cache, slot: 0, ids: ids, cuts: [0, 21, 40])
        _ = try cachedLogits(training, cache, slot: 2, ids: Array(ids.reversed()), cuts: [0, 40])
        cache.copyPrefix(from: 0, to: 2, positions: 21)
        let copied = try cachedLogits(training, cache, slot: 2, ids: ids, cuts: Array(21...40))
        let original = try cachedLogits(training, cache, slot: 0, ids: ids, cuts: Array(21...40))
        #expect(copied == original)
    }

    private func continued(
        _ prompts: [[Int32]], by model: Xmodel2Model, slots: Int, maxTokens: Int
    ) throws -> [[Int32]] {
        let arena = Arena()
        let engine = try Engine(model: model, shape: EngineShape(slots: slots, capacity: 80), in: arena)
        let options = GenerationOptions(maxTokens: maxTokens)
        return try engine.run(prompts.map { EngineRequest(prompt: $0, generation: options) }).map {
            $0.tokens.map(\.id)
        }
    }
}

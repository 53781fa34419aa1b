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

    static func batch(B: Int, T: Int, V: Int32 = 96) -> TokenBatch {
        var random = RandomStream(seed: 5, "rows")
        return TokenBatch((0..<B * T).map { _ in Int32.random(in: 0..<V, using: &random) }, batchSize: B)
    }

    private func gradients(
        compute: DType, threads: Int = 2, microBatchSize: Int = 8, recompute: Bool = false
    ) throws -> (Double, [Float]) {
        let training = try TinyTraining(
            Self.config(), B: microBatchSize, T: 70, compute: compute, threads: threads, recompute: recompute)
        training.model.initialize(seed: 1)
        let loss = training.lossAndGradients(Self.batch(B: 8, T: 70), microBatchSize: microBatchSize)
        return (loss, training.gradients.floats())
    }

    @Test("1 x 8 = 2 x 4 = 8 x 1 sequences, to the last bit", arguments: DType.withMatmul)
    func accumulation(compute: DType) throws {
        let whole = try gradients(compute: compute)
        for micro in [1, 2, 4] {
            let parts = try gradients(compute: compute, microBatchSize: micro)
            #expect(parts.0 == whole.0 && parts.1 == whole.1, "\(micro) sequences at once")
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
        let values = a.model.weights.floats()
        b.model.backend.writeFloats(b.model.weights.flat) { _ = $0.update(from: values) }
        b.model.packWeights()
        let batch = Self.batch(B: 1, T: 9)
        #expect(try relativeDifference(a.logits(batch), b.logits(batch)) < 1e-6)
    }

    /// 5000 pieces: an output head that is packed in several tiles.
    @Test("decoding over the cache equals the full pass", arguments: [(1, 96), (5, 5000), (64, 96)])
    func cache(promptLength: Int, V: Int) throws {
        let config = Self.config(V: V)
        let training = try TinyTraining(config, B: 1, T: 80)
        training.model.initialize(seed: 1)
        let batch = Self.batch(B: 1, T: 80, V: Int32(V))
        let prompt = Array(batch.ids[..<promptLength])
        let continued = try continued([prompt], by: training.model, slots: 1, maxTokens: 10)[0]
        // The same by full passes.
        let full = try TinyTraining(config, B: 1, T: 80)
        full.model.initialize(seed: 1)
        var ids = prompt
        for _ in 0..<10 {
            let padded = TokenBatch(ids + Array(repeating: 0, count: 80 - ids.count), batchSize: 1)
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

    /// Logits of the last token of every part of a cached pass over `cuts`.
    private func cachedLogits(
        _ training: TinyTraining, _ cache: any KVCache, slot: Int, ids: [Int32], cuts: [Int]
    ) throws -> [[Float]] {
        let config = training.model.config
        let workspace = try Workspace(
            config, WorkspaceShape(B: 1, T: 80, training: false), in: training.arena)
        let logits = try training.arena.tensor("logits", "logits", .f32, [1, config.vocabularySize])
        let gathered = try training.arena.tensor(
            "logits", "gathered", training.model.backend.compute, [1, config.hiddenSize])
        return zip(cuts, cuts.dropFirst()).map { first, last in
            training.model.run(
                Array(ids[first..<last]), continuing: [CacheSpan(slot: slot, start: first, tokens: last - first)],
                in: cache, workspace: workspace)
            training.model.logits(
                of: [last - first - 1], workspace: workspace, gathered: gathered, into: logits)
            return training.model.backend.floats(logits)
        }
    }

    /// Activations and the types that hold them exactly.
    private static let exact: [(DType, CacheType)] = [(.f32, .f32), (.bf16, .bf16), (.bf16, .f16)]

    @Test("the attention of a cached pass has the bits of the full pass, in any chunks", arguments: exact)
    func chunks(compute: DType, type: CacheType) throws {
        let config = Self.config()
        let shape = config.attentionShape(B: 1, T: 70)
        let backend = try CPUBackend(compute: compute, pool: ThreadPool(threadCount: 2))
        let arena = Arena(on: backend)
        let scratch = try backend.makeScratch(
            ScratchShape(attention: shape, widestInput: config.hiddenSize, vocabulary: 0, training: false), in: arena)
        let fused = try arena.tensor("test", "fused", compute, [shape.T, shape.width])
        let out = try arena.tensor("test", "out", compute, [shape.T, shape.H * shape.d])
        let lse = try arena.tensor("test", "lse", .f32, [shape.H, shape.T])
        var random = RandomStream(seed: 2, "fused")
        backend.write(fused) { bytes in
            for index in 0..<fused.count {
                let value = Float.random(in: -2...2, using: &random)
                switch compute {
                case .f32: bytes.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
                case .bf16:
                    let half = UInt16(value.bitPattern >> 16)
                    bytes.storeBytes(of: half, toByteOffset: 2 * index, as: UInt16.self)
                }
            }
        }
        let batch = TokenBatch([Int32](repeating: 0, count: shape.T), batchSize: 1)
        backend.attentionForward(qkv: fused, batch, shape: shape, out: out, lse: lse, scratch: scratch)
        let whole = backend.floats(out)
        for cuts in [[0, 70], Array(0...70), [0, 1, 2, 19, 64, 65, 70]] {
            let cache = try backend.makeKVCache(config.cacheShape(slots: 2, capacity: 70, type: type), in: arena)
            backend.zero(out)
            for (first, last) in zip(cuts, cuts.dropFirst()) {
                backend.attentionCached(
                    qkv: fused.rows(first..<last), cache: cache, layer: 1,
                    spans: [CacheSpan(slot: 1, start: first, tokens: last - first)], shape: shape,
                    out: out.rows(first..<last), scratch: scratch)
            }
            #expect(backend.floats(out) == whole, "\(cuts.count - 1) chunks")
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
        let ids = Array(Self.batch(B: 1, T: 40).ids)
        let backend = training.model.backend
        let cache = try backend.makeKVCache(
            Self.config().cacheShape(slots: 3, capacity: 40, type: type), in: training.arena)
        _ = try cachedLogits(training, cache, slot: 0, ids: ids, cuts: [0, 21, 40])
        _ = try cachedLogits(training, cache, slot: 2, ids: Array(ids.reversed()), cuts: [0, 40])
        backend.copyPrefix(in: cache, from: 0, to: 2, positions: 21)
        let copied = try cachedLogits(training, cache, slot: 2, ids: ids, cuts: Array(21...40))
        let original = try cachedLogits(training, cache, slot: 0, ids: ids, cuts: Array(21...40))
        #expect(copied == original)
    }

    private func continued(
        _ prompts: [[Int32]], by model: Xmodel2Model, slots: Int, maxTokens: Int
    ) throws -> [[Int32]] {
        let arena = Arena(on: model.backend)
        let engine = try Engine(model: model, shape: EngineShape(slots: slots, capacity: 80), in: arena)
        let options = GenerationOptions(maxTokens: maxTokens)
        return try engine.run(prompts.map { EngineRequest(prompt: $0, generation: options) }).map {
            $0.tokens.map(\.id)
        }
    }
}

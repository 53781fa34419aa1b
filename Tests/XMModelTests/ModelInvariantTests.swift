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
        compute: DType, threads: Int = 2, microRows: Int = 8, recompute: Bool = false
    ) throws -> (Double, [Float]) {
        let training = try TinyTraining(
            Self.config(), B: microRows, T: 70, compute: compute, threads: threads, recompute: recompute)
        training.model.initialize(seed: 1)
        let loss = training.lossAndGradients(Self.rows(B: 8, T: 70), microRows: microRows)
        return (loss, training.gradients.flat.floats())
    }

    @Test("1 x 8 = 2 x 4 = 8 x 1 rows, to the last bit", arguments: [DType.f32, .bf16])
    func accumulation(compute: DType) throws {
        let whole = try gradients(compute: compute)
        for micro in [1, 2, 4] {
            let parts = try gradients(compute: compute, microRows: micro)
            #expect(parts.0 == whole.0 && parts.1 == whole.1, "\(micro) rows at once")
        }
    }

    @Test("1, 2 and 3 threads give the same bits", arguments: [DType.f32, .bf16])
    func threads(compute: DType) throws {
        let one = try gradients(compute: compute, threads: 1)
        for threads in [2, 3] {
            let more = try gradients(compute: compute, threads: threads)
            #expect(more.0 == one.0 && more.1 == one.1)
        }
    }

    @Test("recomputation changes no bit", arguments: [DType.f32, .bf16])
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
        #expect(relativeDifference(a.logits(rows), b.logits(rows)) < 1e-6)
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
            let logits = full.logits(padded)[(ids.count - 1) * V..<ids.count * V]
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

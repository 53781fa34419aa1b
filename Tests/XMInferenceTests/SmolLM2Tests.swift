// A real model from end to end: per-token losses, likeliest tokens and greedy continuations of SmolLM2-135M-Instruct
// against another implementation's, on the weights dequantised from the same file.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMInference
import XMModel
import XMTensor
import XMTestSupport

private struct Golden: Decodable {
    struct Row: Decodable {
        let text: String
        let ids: [Int32]
        let token_nll: [Double]
        let top10: [[Double]]
        let greedy: [Int32]
    }
    let rows: [Row]

    static var file: URL { GoldenModel.folder.url.appending(path: "smollm2.json") }
    static var isPresent: Bool { FileManager.default.fileExists(atPath: file.path) }
}

@Suite(
    "SmolLM2Tests", .enabled(if: SmolLM2.isPresent, "\(SmolLM2.reason)"),
    .enabled(if: Golden.isPresent, "no golden folder: set XMODEL_GOLDEN"))
struct SmolLM2Tests {
    /// Loss of a token in nats: f32 products of dequantised weights, and the quantised kernels, which round activations
    /// to eight bits.
    enum Tolerance {
        static let exact = 1e-3
        /// Mean of the signed differences, median of their sizes, and the largest: few blocks of this model's
        /// activations are far larger than the others, and tokens that rest on them move most. Found: 0.006, 0.053,
        /// 1.02.
        static let quantizedMean = 0.02
        static let quantizedMedian = 0.1
        static let quantizedLargest = 1.5
    }

    private func load(slots: Int, _ matmul: QuantizedMatmul) throws -> LoadedModel {
        let backend = try CPUBackend(
            compute: .f32, pool: ThreadPool(threadCount: 2), quantizedMatmul: matmul)
        return try LoadedModel(
            try ModelBundle(SmolLM2.file.path), backend: backend, shape: EngineShape(slots: slots, capacity: 96))
    }

    @Test("losses and continuations on dequantised weights")
    func exact() throws {
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Golden.file))
        let loaded = try load(slots: golden.rows.count, .dequantized)
        let results = try loaded.engine.run(
            golden.rows.map { row in
                EngineRequest(
                    prompt: row.ids, scoredFrom: 1,
                    generation: GenerationOptions(maxTokens: row.greedy.count, topLogprobs: 10))
            })
        for (row, result) in zip(golden.rows, results) {
            for (loss, score) in zip(row.token_nll, result.scores) {
                #expect(abs(loss + Double(score.logprob)) < Tolerance.exact, "\(row.text)")
            }
            #expect(result.tokens.map(\.id) == row.greedy, "\(row.text)")
            #expect(result.tokens[0].top.map(\.id) == row.top10.map { Int32($0[0]) }, "\(row.text)")
        }
    }

    @Test("losses through the quantised kernels")
    func quantized() throws {
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: Golden.file))
        let loaded = try load(slots: 1, .integer)
        let results = try loaded.engine.run(golden.rows.map { EngineRequest(prompt: $0.ids, scoredFrom: 1) })
        let differences = zip(golden.rows, results).flatMap { row, result in
            zip(row.token_nll, result.scores).map { $0 + Double($1.logprob) }
        }
        let mean = differences.reduce(0, +) / Double(differences.count)
        let sizes = differences.map(abs).sorted()
        #expect(abs(mean) < Tolerance.quantizedMean)
        #expect(sizes[sizes.count / 2] < Tolerance.quantizedMedian)
        #expect(sizes[sizes.count - 1] < Tolerance.quantizedLargest)
    }
}

// Log probabilities of texts by the rules of lm-evaluation-harness (docs/scoring.md): where texts are cut, which
// windows are read, what is scored; on tokens made by hand and against numbers of a real model
// (Tests/Fixtures/scoring).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMInference
import XMModel
import XMTensor
import XMTestSupport
import XMTokenizer

private struct Golden: Decodable {
    struct Pair: Decodable {
        let context: String
        let continuation: String
        let context_ids: [Int32]
        let ids: [Int32]
        let logprobs: [Double]
        let greedy: Bool
    }
    struct Text: Decodable {
        let text: String
        let logprobs: [Double]
    }
    let length: Int
    let pairs: [Pair]
    let texts: [Text]

    static func all() throws -> [Golden] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONDecoder().decode(
            [Golden].self, from: Data(contentsOf: tests.appending(path: "Fixtures/scoring/smollm2.json")))
    }
}

@Suite("ScoringTests")
struct ScoringTests {
    // MARK: - Windows

    private static func windows(_ count: Int, _ length: Int) -> [[Int]] {
        RollingWindows.windows(count: count, length: length).map {
            [$0.tokens.lowerBound, $0.tokens.upperBound, $0.scored]
        }
    }

    @Test("windows score every token once; the last one reaches back")
    func windows() {
        #expect(Self.windows(0, 4) == [])
        #expect(Self.windows(1, 4) == [[0, 2, 1]])
        #expect(Self.windows(4, 4) == [[0, 5, 4]])
        #expect(Self.windows(5, 4) == [[0, 5, 4], [1, 6, 1]])
        #expect(Self.windows(8, 4) == [[0, 5, 4], [4, 9, 4]])
        #expect(Self.windows(10, 4) == [[0, 5, 4], [4, 9, 4], [6, 11, 2]])
        #expect(Self.windows(3, 1) == [[0, 2, 1], [1, 3, 1], [2, 4, 1]])
    }

    // MARK: - Cutting texts

    /// Pieces of `TinySentencePiece`: 1 is BOS, 3 the chat markup, 262 a blank, 263 "a", 264 "▁a", 265 "b".
    private static let cuts: [(context: String, continuation: String, [Int32], [Int32])] = [
        ("a", "b", [264], [265]),
        ("a", " a", [264], [264]),
        ("a ", "a", [264], [264]),
        ("a \n", "a", [264], [262, 16, 263]),
        ("a\u{3000}", "b", [264], [6 + 0xE3, 6 + 0x80, 6 + 0x80, 265]),
        ("", "a", [1], [264]),
        (" ", "a", [1], [262, 264]),
        ("a<|im_start|>", "b", [264, 3], [265]),
    ]

    @Test("blanks go to the continuation, and the cut is where the context alone would end", arguments: cuts)
    func cut(context: String, continuation: String, start: [Int32], rest: [Int32]) throws {
        let tokenizer = try SentencePieceTokenizer(model: TinySentencePiece.file, file: "tiny")
        let ids = try tokenizer.encode(context: context, continuation: continuation)
        #expect(ids.context == start && ids.continuation == rest)
        let withBOS = try tokenizer.encode(context: context, continuation: continuation, withBOS: true)
        #expect(withBOS.context == (start == [1] ? [1] : [1] + start) && withBOS.continuation == rest)
    }

    @Test("a continuation without a token of its own is an error that shows it")
    func emptyContinuation() throws {
        let tokenizer = try SentencePieceTokenizer(model: TinySentencePiece.file, file: "tiny")
        #expect(throws: ScoringError.emptyContinuation(context: "a", continuation: "")) {
            try tokenizer.encode(context: "a", continuation: "")
        }
    }

    // MARK: - Scores

    private func load(_ folder: URL, capacity: Int) throws -> LoadedModel {
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
        return try LoadedModel(
            try ModelBundle(folder.path), backend: backend, shape: EngineShape(slots: 2, capacity: capacity))
    }

    @Test("what is longer than the context loses its beginning, and one token more than fits is scored")
    func truncation() throws {
        let folder = try TemporaryFolder()
        try TinyModelFolder.write(to: folder.url)
        let (short, long) = (try load(folder.url, capacity: 8), try load(folder.url, capacity: 64))
        let context = (0..<20).map { Int32(($0 * 7) % 50 + 5) }
        let continuation: [Int32] = [9, 30, 12]
        let wanted = try long.loglikelihood([(Array(context.suffix(6)), continuation)])
        #expect(try short.loglikelihood([(context, continuation)]) == wanted)
        #expect(wanted[0].tokenLogprobs.count == 3)
        // A whole text: the windows of `RollingWindows`, each as a continuation of its own.
        let text = Array(context.prefix(19))
        let start = long.tokenizer.startID
        let parts = try long.loglikelihood([
            ([start], Array(text[..<8])), ([text[7]], Array(text[8..<16])), (Array(text[10..<16]), Array(text[16...])),
        ])
        let whole = try short.rollingLoglikelihood([text, []])
        #expect(whole[0].tokenLogprobs == parts.flatMap(\.tokenLogprobs))
        #expect(whole[1].logprob == 0 && whole[1].tokenLogprobs.isEmpty)
        #expect(throws: ScoringError.continuationTooLong(tokens: 9, contextLength: 8)) {
            try short.loglikelihood([([5], Array(text[..<9]))])
        }
        #expect(throws: ScoringError.emptyContext) { try short.loglikelihood([([], continuation)]) }
        #expect(try short.loglikelihood([([5], Array(text[..<8]))])[0].tokenLogprobs.count == 8)
    }

    @Test("where all tokens are equally likely, a score is their number times log V, and the lowest id is greedy")
    func uniform() throws {
        var config = Xmodel2Config(
            vocabularySize: 100, hiddenSize: 32, intermediateSize: 64, layers: 1, heads: 2, keyValueHeads: 1)
        config.mup?.baseWidth = 32
        let training = try TinyTraining(config, B: 1, T: 8, threads: 1)
        training.model.initialize(seed: 1)
        training.model.backend.zero(training.model.weights.flat)
        let arena = Arena(on: training.model.backend)
        let engine = try Engine(model: training.model, shape: EngineShape(slots: 1, capacity: 8), in: arena)
        let scores = try engine.run([EngineRequest(prompt: [5, 0, 7, 0], scoredFrom: 1)])[0].scores
        #expect(scores.allSatisfy { abs(Double($0.logprob) + log(100)) < 1e-6 })
        #expect(scores.map(\.isGreedy) == [true, false, true])
    }

    /// Of one token's log probability; found is 2.3e-4.
    private static let tolerance = 5e-4

    @Test(
        "ids, log probabilities and greediness of a real model",
        .enabled(if: SmolLM2.isPresent, "\(SmolLM2.reason)"))
    func real() throws {
        for golden in try Golden.all() {
            let backend = try CPUBackend(
                compute: .f32, pool: ThreadPool(threadCount: 2), quantizedMatmul: .dequantized)
            let loaded = try LoadedModel(
                try ModelBundle(SmolLM2.file.path), backend: backend,
                shape: EngineShape(slots: 4, capacity: golden.length))
            func expect(_ found: [Float], _ wanted: [Double], _ text: String) {
                #expect(found.count == wanted.count, "\(text)")
                let difference = zip(found, wanted).map { abs(Double($0) - $1) }.max() ?? 0
                #expect(difference < Self.tolerance, "\(text)")
            }
            let scores = try loaded.loglikelihood(texts: golden.pairs.map { ($0.context, $0.continuation) })
            for (pair, score) in zip(golden.pairs, scores) {
                let ids = try loaded.tokenizer.encode(context: pair.context, continuation: pair.continuation)
                #expect(ids.context == pair.context_ids && ids.continuation == pair.ids, "\(pair.context)")
                expect(score.tokenLogprobs, pair.logprobs, pair.context)
                #expect(score.isGreedy == pair.greedy, "\(pair.context)")
            }
            let whole = try loaded.rollingLoglikelihood(texts: golden.texts.map(\.text))
            for (text, score) in zip(golden.texts, whole) { expect(score.tokenLogprobs, text.logprobs, text.text) }
        }
    }
}

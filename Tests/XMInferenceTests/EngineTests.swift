// What must not change an answer: batch, chunk, neighbours, order, what the cache remembers; and how answers end.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMInference
import XMModel
import XMSupport
import XMTensor
import XMTestSupport

@Suite("EngineTests")
struct EngineTests {
    /// A random model; 5000 pieces make an output head of several tiles.
    private static func model(_ compute: DType, threads: Int = 2) throws -> TinyTraining {
        var config = Xmodel2Config(
            vocabularySize: 5000, hiddenSize: 64, intermediateSize: 160, layers: 2, heads: 4, keyValueHeads: 2)
        config.mup?.baseWidth = 32
        let training = try TinyTraining(config, B: 1, T: 80, compute: compute, threads: threads)
        training.model.initialize(seed: 1)
        return training
    }

    private static func prompts() -> [[Int32]] {
        var random = RandomStream(seed: 3, "prompts")
        return [1, 2, 17, 40, 63].map { count in (0..<count).map { _ in Int32.random(in: 0..<5000, using: &random) } }
    }

    /// Activations and the types that a cache may have beside them.
    private static let storage: [(DType, CacheType)] = [
        (.f32, .f32), (.f32, .bf16), (.f32, .f16), (.f32, .q8), (.bf16, .bf16), (.bf16, .f16), (.bf16, .q8),
    ].filter { DType.withMatmul.contains($0.0) }

    private static func engine(
        _ model: Xmodel2Model, slots: Int, chunk: Int = 512, cacheType: CacheType? = nil, _ arena: Arena
    ) throws -> Engine {
        var shape = EngineShape(slots: slots, capacity: 80, cacheType: cacheType)
        shape.chunk = chunk
        return try Engine(model: model, shape: shape, in: arena)
    }

    /// Every prompt scored from its second token on, and eight tokens drawn after it.
    private static func requests() -> [EngineRequest] {
        prompts().map {
            EngineRequest(
                prompt: $0, scoredFrom: 1,
                generation: GenerationOptions(maxTokens: 8, sampling: .random(temperature: 1.5), topLogprobs: 3))
        }
    }

    @Test("batch, chunk and threads change no bit", arguments: storage)
    func invariance(compute: DType, cacheType: CacheType) throws {
        var reference: [EngineResult] = []
        for (slots, chunk, threads) in [(5, 512, 2), (1, 512, 2), (2, 7, 1), (3, 1, 3), (5, 64, 2)] {
            let training = try Self.model(compute, threads: threads)
            let arena = Arena(on: training.model.backend)
            let engine = try Self.engine(training.model, slots: slots, chunk: chunk, cacheType: cacheType, arena)
            let results = try engine.run(Self.requests())
            if reference.isEmpty { reference = results }
            let isSame = results == reference
            #expect(isSame, "\(slots) slots, chunks of \(chunk), \(threads) threads")
        }
        for (result, prompt) in zip(reference, Self.prompts()) {
            #expect(result.scores.count == prompt.count - 1 && result.tokens.count == 8)
            #expect(result.tokens.allSatisfy { $0.top.count == 3 && $0.top[0].logprob >= $0.logprob })
        }
    }

    @Test("a list run in groups draws as in one run, where each request has its stream's number")
    func groups() throws {
        let training = try Self.model(.f32)
        let arena = Arena(on: training.model.backend)
        let engine = try Self.engine(training.model, slots: 5, arena)
        let whole = try engine.run(Self.requests())
        let numbered = Self.requests().enumerated().map { index, request in
            var request = request
            request.generation?.stream = index
            return request
        }
        let grouped = try [numbered[..<2], numbered[2...]].flatMap { try engine.run(Array($0)) }
        #expect(grouped == whole)
        let again = try engine.run([numbered[3], numbered[3], Self.requests()[3]])
        #expect(again[0] == whole[3] && again[1] == whole[3] && again[2].tokens != whole[3].tokens)
    }

    @Test("a remembered beginning changes no bit", arguments: storage)
    func reuse(compute: DType, cacheType: CacheType) throws {
        let training = try Self.model(compute)
        let arena = Arena(on: training.model.backend)
        let engine = try Self.engine(training.model, slots: 2, cacheType: cacheType, arena)
        let prompt = Self.prompts()[4]
        let options = GenerationOptions(maxTokens: 6)
        let fresh = try engine.run([EngineRequest(prompt: prompt, generation: options)])[0]
        let again = try engine.run([EngineRequest(prompt: prompt, generation: options)])[0]
        #expect(fresh.reusedPositions == 0 && again.reusedPositions == prompt.count - 1)
        #expect(again.tokens == fresh.tokens)
        // Scoring from token 20 on needs the logits of token 19, so 19 positions can be kept.
        let scored = try engine.run([EngineRequest(prompt: prompt, scoredFrom: 20)])[0]
        let whole = try Self.engine(training.model, slots: 1, cacheType: cacheType, arena)
            .run([EngineRequest(prompt: prompt, scoredFrom: 1)])[0]
        #expect(scored.reusedPositions == 19 && scored.scores == Array(whole.scores[19...]))
    }

    @Test("requests that begin alike share the beginning and answer as if alone", arguments: storage)
    func shared(compute: DType, cacheType: CacheType) throws {
        let training = try Self.model(compute)
        let context = Self.prompts()[4]
        let requests = (0..<5).map { number in
            EngineRequest(prompt: context + [Int32(number), 7, 8], scoredFrom: context.count)
        }
        let arena = Arena(on: training.model.backend)
        func answers(_ requests: [EngineRequest], slots: Int) throws -> [EngineResult] {
            try Self.engine(training.model, slots: slots, cacheType: cacheType, arena).run(requests)
        }
        let together = try answers(requests, slots: 4)
        let alone = try requests.map { try answers([$0], slots: 1)[0] }
        #expect(together.map(\.scores) == alone.map(\.scores))
        // The first one stores the context but for its last token, which gives the first score.
        #expect(together.map(\.reusedPositions) == [0] + Array(repeating: context.count - 1, count: 4))
    }

    @Test("scores are the log-softmax of the full pass")
    func scores() throws {
        let training = try Self.model(.f32)
        let prompt = Self.prompts()[2]
        let arena = Arena(on: training.model.backend)
        let scores = try Self.engine(training.model, slots: 1, arena).run([EngineRequest(prompt: prompt, scoredFrom: 1)]
        )[0].scores
        let V = 5000
        let logits = try training.logits(TokenBatch(prompt, batchSize: 1))
        for (index, score) in scores.enumerated() {
            let row = logits[index * V..<(index + 1) * V].map(Double.init)
            let largest = row.max()!
            let logSumExp = largest + log(row.reduce(0) { $0 + exp($1 - largest) })
            let expected = row[Int(prompt[index + 1])]
            #expect(abs(Double(score.logprob) - (expected - logSumExp)) < 2e-6)
            #expect(score.isGreedy == (expected == largest))
        }
    }

    /// Largest difference of a log probability from that with an f32 cache; found are 5e-5, 5e-4 and 1.4e-3.
    private static let tolerance: [(type: CacheType, logprob: Float)] = [(.f16, 2e-4), (.bf16, 2e-3), (.q8, 5e-3)]
    /// Of 63 positions, those where the likeliest token may be another: a random model's logits lie close together.
    private static let mostChanged = 2

    @Test("a smaller cache moves log probabilities little and the likeliest token hardly ever", arguments: tolerance)
    func closeToExact(type: CacheType, logprob: Float) throws {
        let training = try Self.model(.f32)
        let arena = Arena(on: training.model.backend)
        // Every prompt scored, then the likeliest token behind each beginning of the longest one.
        let beginnings = (1...63).map { Array(Self.prompts()[4].prefix($0)) }
        func run(_ type: CacheType) throws -> [EngineResult] {
            try Self.engine(training.model, slots: 5, cacheType: type, arena).run(
                Self.prompts().map { EngineRequest(prompt: $0, scoredFrom: 1) }
                    + beginnings.map { EngineRequest(prompt: $0, generation: GenerationOptions(maxTokens: 1)) })
        }
        let (exact, small) = (try run(.f32), try run(type))
        let differences = zip(exact, small).flatMap { zip($0.scores, $1.scores).map { abs($0.logprob - $1.logprob) } }
        #expect(differences.count == 118 && differences.max()! < logprob && differences.max()! > 0)
        let changed = zip(exact, small).count { $0.tokens.map(\.id) != $1.tokens.map(\.id) }
        #expect(changed <= Self.mostChanged)
    }

    @Test("an answer ends at a stop token, the limit, a full context, or when the caller says so")
    func endings() throws {
        let training = try Self.model(.f32)
        let arena = Arena(on: training.model.backend)
        let engine = try Self.engine(training.model, slots: 1, arena)
        let prompt = Self.prompts()[2]
        func run(_ options: GenerationOptions, stopAfter: Int = .max) throws -> EngineResult {
            var seen = 0
            return try engine.run([EngineRequest(prompt: prompt, generation: options)]) { _, _ in
                seen += 1
                return seen < stopAfter
            }[0]
        }
        let full = try run(GenerationOptions(maxTokens: 1000))
        #expect(full.finish == .contextFull && full.tokens.count == 80 - prompt.count + 1)
        #expect(try run(GenerationOptions(maxTokens: 4)).finish == .length)
        let third = full.tokens[2].id
        let stopped = try run(GenerationOptions(maxTokens: 9, stopIDs: [third]))
        #expect(stopped.finish == .stop && stopped.tokens == Array(full.tokens.prefix { $0.id != third }))
        let cancelled = try run(GenerationOptions(maxTokens: 9), stopAfter: 2)
        #expect(cancelled.finish == .cancelled && cancelled.tokens.count == 2)
        var passes = 0
        let ended = try engine.run(
            [EngineRequest(prompt: prompt, generation: GenerationOptions(maxTokens: 50))],
            shouldContinue: {
                passes += 1
                return passes < 4
            })[0]
        #expect(ended.finish == .cancelled && ended.tokens.count == 3)
    }

    @Test("of a prompt that is only scored the last token does not run: it may be one more than fits, or the only one")
    func scoredOnly() throws {
        let training = try Self.model(.f32)
        let arena = Arena(on: training.model.backend)
        let engine = try Self.engine(training.model, slots: 2, arena)
        let prompt = (0..<81).map { Int32($0 * 37 % 5000) }
        let results = try engine.run([
            EngineRequest(prompt: prompt, scoredFrom: 79), EngineRequest(prompt: [7], scoredFrom: 1),
            EngineRequest(prompt: Array(prompt.prefix(80)), scoredFrom: 79),
        ])
        #expect(results.map(\.scores.count) == [2, 0, 1] && results[0].scores[0] == results[2].scores[0])
        // All that must run is in the cache, and nothing is scored.
        _ = try engine.run([EngineRequest(prompt: prompt, scoredFrom: 79)])
        let stored = try engine.run([EngineRequest(prompt: prompt, scoredFrom: 81)])[0]
        #expect(stored.reusedPositions == 80 && stored.scores.isEmpty)
        #expect(throws: EngineError.promptTooLong(tokens: 82, capacity: 80)) {
            try engine.run([EngineRequest(prompt: prompt + [1], scoredFrom: 1)])
        }
        #expect(throws: EngineError.promptTooLong(tokens: 81, capacity: 80)) {
            try engine.run([EngineRequest(prompt: prompt)])
        }
    }

    @Test("what cannot be run is refused with one sentence")
    func refused() throws {
        let training = try Self.model(.f32)
        let arena = Arena(on: training.model.backend)
        let engine = try Self.engine(training.model, slots: 1, arena)
        #expect(throws: EngineError.emptyPrompt) { try engine.run([EngineRequest(prompt: [])]) }
        #expect(throws: EngineError.wrongToken(id: 5000, vocabulary: 5000)) {
            try engine.run([EngineRequest(prompt: [1, 5000])])
        }
        #expect(throws: EngineError.promptTooLong(tokens: 80, capacity: 80)) {
            try engine.run(
                [EngineRequest(prompt: Array(repeating: 1, count: 80), generation: GenerationOptions(maxTokens: 1))])
        }
        #expect(throws: CacheTypeError.widerThanActivations(.f32, .bf16)) {
            let bf16 = try CPUBackend(compute: .bf16, pool: ThreadPool(threadCount: 1))
            _ = try bf16.makeKVCache(
                training.model.config.cacheShape(slots: 1, capacity: 80, type: .f32), in: Arena(on: bf16))
        }
        training.model.backend.modifyFloats(training.model.weights.flat) { $0[7] = .nan }
        for cacheType in CacheType.allCases {
            let engine = try Self.engine(training.model, slots: 1, cacheType: cacheType, arena)
            #expect(throws: EngineError.notANumber) {
                try engine.run([EngineRequest(prompt: [0], generation: GenerationOptions(maxTokens: 1))])
            }
        }
    }
}

// The engine as a state machine: requests come, fail and are cancelled at any time, and each one's result is what it
// would be if it ran alone.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMInference
import XMModel
import XMTensor
import XMTestSupport

@Suite("EngineSessionTests")
struct EngineSessionTests {
    /// What became of requests, in the order of their submission.
    private enum Outcome: Equatable {
        case result(EngineResult)
        case failure(EngineError)

        var result: EngineResult? { if case .result(let result) = self { result } else { nil } }
    }

    /// Steps until nothing is left; `beforeStep` may submit and cancel.
    private static func drive(
        _ engine: Engine, _ ids: [RequestID], beforeStep: (Int) throws -> Void = { _ in }
    ) throws -> [Outcome?] {
        var outcomes: [RequestID: Outcome] = [:]
        var steps = 0
        while !engine.isIdle {
            try beforeStep(steps)
            for event in engine.step() {
                switch event.outcome {
                case .success(.ended(let result)): outcomes[event.id] = .result(result)
                case .failure(let error): outcomes[event.id] = .failure(error)
                case .success: break
                }
            }
            steps += 1
        }
        return ids.map { outcomes[$0] }
    }

    private static func alone(_ requests: [EngineRequest], _ model: Xmodel2Model) throws -> [EngineResult] {
        try requests.map { try EngineTests.engine(model, slots: 1, Arena(on: model.backend)).run([$0])[0] }
    }

    private static func prompt(_ count: Int, _ first: Int32) -> [Int32] { (0..<count).map { first + Int32($0) * 3 } }

    @Test("a bad request is refused when it is submitted, and those before and after it run")
    func badRequest() throws {
        let training = try EngineTests.model(.f32)
        let engine = try EngineTests.engine(training.model, slots: 2, Arena(on: training.model.backend))
        let good = EngineTests.requests()
        let first = try engine.submit(good[2])
        #expect(throws: EngineError.unknownToken(id: 5000, vocabulary: 5000)) {
            try engine.submit(EngineRequest(prompt: [1, 5000]))
        }
        #expect(throws: SamplingError.self) {
            let options = GenerationOptions(maxTokens: 1, sampling: .random(temperature: -1))
            _ = try engine.submit(EngineRequest(prompt: [1], generation: options))
        }
        let second = try engine.submit(good[3])
        #expect(engine.load == Engine.Load(queued: 2))
        let wanted = try Self.alone([good[2], good[3]], training.model)
        #expect(try Self.drive(engine, [first, second]) == wanted.map { .result($0) })
    }

    @Test(
        "a row that is not a number ends its own request alone, and leaves nothing in its slot",
        arguments: EngineTests.storage)
    func notANumber(compute: DType, cacheType: CacheType) throws {
        let training = try EngineTests.model(compute)
        // Only what reads token 7 overflows: the final norm drops that feature, so the tied head never sees it.
        let weights = training.model.weights
        func parameter(_ name: String) throws -> Tensor {
            weights[try #require(weights.layout.parameters.first { $0.name == name })]
        }
        training.model.backend.modifyFloats(try parameter("model.embed_tokens.weight")) { $0[7 * 64] = 1e38 }
        training.model.backend.modifyFloats(try parameter("model.norm.weight")) { $0[0] = 0 }
        training.model.packWeights()
        func engine(slots: Int) throws -> Engine {
            try EngineTests.engine(
                training.model, slots: slots, cacheType: cacheType, Arena(on: training.model.backend))
        }
        let options = GenerationOptions(maxTokens: 8)
        let good = [17, 40].map { EngineRequest(prompt: Self.prompt($0, 100), scoredFrom: 1, generation: options) }
        let wanted = try good.map { try engine(slots: 1).run([$0])[0] }
        #expect(wanted.allSatisfy { $0.tokens.count == 8 })
        let bad = EngineRequest(prompt: Self.prompt(20, 1) + [7] + Self.prompt(30, 2), generation: options)
        let together = try engine(slots: 3)
        let ids = try [good[0], bad, good[1]].map { try together.submit($0) }
        #expect(
            try Self.drive(together, ids) == [.result(wanted[0]), .failure(.notANumber), .result(wanted[1])])
        // One slot for all, so that the good ones run where the bad one was.
        let after = try engine(slots: 1)
        for count in [17, 40] {
            let id = try after.submit(bad)
            #expect(try Self.drive(after, [id]) == [.failure(.notANumber)])
            let request = good.first { $0.prompt.count == count }!
            let result = try after.run([request])[0]
            #expect(result == wanted[count == 17 ? 0 : 1])
        }
        // The same prompt again fails again, instead of continuing what it stored.
        let again = try after.submit(bad)
        #expect(try Self.drive(after, [again]) == [.failure(.notANumber)])
    }

    @Test("a prompt that waits for a prefix does not hold up those behind it")
    func noBlocking() throws {
        let training = try EngineTests.model(.f32)
        let engine = try EngineTests.engine(training.model, slots: 2, chunk: 8, Arena(on: training.model.backend))
        let context = Self.prompt(60, 50)
        let options = GenerationOptions(maxTokens: 2)
        // The second waits for what the first is about to store; the third has nothing to do with them.
        let requests = [context + [1], context + [2], Self.prompt(4, 3000)].map {
            EngineRequest(prompt: $0, generation: options)
        }
        let ids = try requests.map { try engine.submit($0) }
        var started: [RequestID] = []
        var ended: [RequestID] = []
        var results: [RequestID: EngineResult] = [:]
        while !engine.isIdle {
            for event in engine.step() {
                switch try event.outcome.get() {
                case .started: started.append(event.id)
                case .token: break
                case .ended(let result):
                    ended.append(event.id)
                    results[event.id] = result
                }
            }
        }
        #expect(started == [ids[0], ids[2], ids[1]] && ended.first == ids[2])
        // It waits until what is missing is not worth waiting for.
        let reused = try #require(results[ids[1]]?.reusedPositions)
        #expect((60 - 32...60).contains(reused))
        let wanted = try Self.alone(requests, training.model)
        #expect(ids.map { results[$0]?.tokens } == wanted.map(\.tokens))
    }

    @Test("a request is cancelled while it is queued, being read, and being answered; its slot is free at once")
    func cancel() throws {
        let training = try EngineTests.model(.f32)
        let engine = try EngineTests.engine(training.model, slots: 1, chunk: 10, Arena(on: training.model.backend))
        let request = EngineRequest(prompt: Self.prompt(35, 9), generation: GenerationOptions(maxTokens: 20))
        let wanted = try Self.alone([request], training.model)[0].tokens
        for steps in [0, 2, 4, 6] {
            let first = try engine.submit(request)
            let second = try engine.submit(EngineRequest(prompt: Self.prompt(12, 4000 + Int32(steps))))
            for _ in 0..<steps { _ = engine.step() }
            #expect(
                engine.load
                    == (steps == 0
                        ? Engine.Load(queued: 2)
                        : Engine.Load(queued: 1, reading: steps < 4 ? 1 : 0, answering: steps < 4 ? 0 : 1)))
            let result = try #require(engine.cancel(first))
            #expect(result.finish == .cancelled && result.tokens == Array(wanted.prefix(max(0, steps - 3))))
            #expect(engine.cancel(first) == nil)
            // The other one gets the slot in the next pass.
            let events = engine.step()
            #expect(events.first?.id == second)
            #expect(try Self.drive(engine, [second]).count == 1 && engine.isIdle)
            // No trace of it is left: what the next prompt reuses is right.
            #expect(try engine.run([request])[0].tokens == wanted)
            _ = try engine.run([EngineRequest(prompt: Self.prompt(50, 2500))])
        }
        #expect(engine.step().isEmpty)
    }

    @Test("how much of the prompts a pass reads changes no bit", arguments: [1, 3, 7, 64])
    func promptLimits(tokens: Int) throws {
        let training = try EngineTests.model(.f32)
        let requests = EngineTests.requests()
        let wanted = try Self.alone(requests, training.model)
        for (slots, chunk) in [(2, 512), (3, 5), (5, 17)] {
            let engine = try EngineTests.engine(
                training.model, slots: slots, chunk: chunk, promptLimit: .tokens(tokens),
                Arena(on: training.model.backend))
            // Requests arrive while others are being answered.
            var ids = [try engine.submit(requests[0])]
            let outcomes = try Self.drive(engine, []) { step in
                if step > 0, step % 2 == 0, ids.count < requests.count {
                    ids.append(try engine.submit(requests[ids.count]))
                }
            }
            #expect(outcomes.isEmpty)
            // The same once more, all at once, so that outcomes can be compared.
            ids = try requests.map { try engine.submit($0) }
            let again = try Self.drive(engine, ids)
            for (outcome, result) in zip(again, wanted) {
                let found = try #require(outcome?.result)
                #expect(found.tokens == result.tokens && found.scores == result.scores)
            }
        }
    }

    @Test("while an answer comes, prompts are read in turn and within the limit")
    func roundRobin() throws {
        let training = try EngineTests.model(.f32)
        let engine = try EngineTests.engine(
            training.model, slots: 3, promptLimit: .tokens(4), Arena(on: training.model.backend))
        func submit(_ count: Int, _ first: Int32, maxTokens: Int) throws -> RequestID {
            try engine.submit(
                EngineRequest(prompt: Self.prompt(count, first), generation: GenerationOptions(maxTokens: maxTokens)))
        }
        let answered = try submit(2, 10, maxTokens: 60)
        _ = engine.step()
        // 40 tokens before 8: in turn, the short prompt is read in four passes instead of waiting for eleven.
        let long = try submit(40, 1000, maxTokens: 1)
        let short = try submit(8, 3000, maxTokens: 1)
        var ends: [RequestID: Int] = [:]
        var passes = 0
        while ends[long] == nil {
            let events = engine.step()
            passes += 1
            // The answer gets a token in every pass.
            let tokens = events.filter { if case .success(.token) = $0.outcome { $0.id == answered } else { false } }
            #expect(tokens.count == 1)
            for event in events { if case .success(.ended) = event.outcome { ends[event.id] = passes } }
        }
        #expect(ends[short] == 4 && ends[long] == 12)
    }

    @Test("a request whose masks exclude every token fails alone")
    func noTokenLeft() throws {
        let training = try EngineTests.model(.f32)
        let engine = try EngineTests.engine(training.model, slots: 2, Arena(on: training.model.backend))
        let nothing = LogitBias(Dictionary(uniqueKeysWithValues: (0..<5000).map { (Int32($0), -Float.infinity) }))
        func request(_ masks: [any TokenMask]) -> EngineRequest {
            EngineRequest(prompt: [5, 6, 8], generation: GenerationOptions(maxTokens: 3, masks: masks))
        }
        let free = try Self.alone([request([])], training.model)[0]
        let without = request([LogitBias([free.tokens[0].id: -.infinity])])
        let ids = try [request([nothing]), request([]), without].map { try engine.submit($0) }
        let outcomes = try Self.drive(engine, ids)
        #expect(outcomes[0] == .failure(.noTokenLeft) && outcomes[1] == .result(free))
        let other = try #require(outcomes[2]?.result)
        #expect(other.tokens.count == 3 && other.tokens[0].id != free.tokens[0].id)
        // Log probabilities are the model's own, whatever a mask does.
        #expect(other.tokens[0].logprob < free.tokens[0].logprob)
        #expect(throws: EngineError.unknownBiasToken(id: 5000, vocabulary: 5000)) {
            try engine.submit(request([LogitBias([5000: 1])]))
        }
    }
}

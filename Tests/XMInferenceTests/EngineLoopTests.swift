// The thread that serves an engine: a stream for every request, readers that are slow or go away. A mask that waits for
// the test lets passes happen one by one.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
@testable import XMInference
import XMTensor
import XMTestSupport

@Suite("EngineLoopTests", .timeLimit(.minutes(2)))
struct EngineLoopTests {
    /// Excludes nothing; every pass in which it is asked waits for a permit.
    private struct Gate: TokenMask {
        let permits = DispatchSemaphore(value: 0)
        func apply(to logits: UnsafeMutableBufferPointer<Float>) { permits.wait() }
    }

    /// The thread keeps the engine, the engine its memory; the model's is the caller's.
    private static func loop(_ training: TinyTraining, slots: Int, chunk: Int = 512) throws -> EngineLoop {
        EngineLoop(
            try EngineTests.engine(
                training.model, slots: slots, chunk: chunk, promptLimit: .tokens(1), Arena(on: training.model.backend)))
    }

    private static func tokens(_ stream: TokenStream) async throws -> [GeneratedToken] {
        var tokens: [GeneratedToken] = []
        for try await event in stream {
            switch event {
            case .started: #expect(tokens.isEmpty)
            case .token(let token): tokens.append(token)
            case .ended(let result): #expect(result.tokens == tokens)
            }
        }
        return tokens
    }

    /// The status when the loop has done that many passes.
    private static func status(_ loop: EngineLoop, afterPasses passes: Int) async throws -> Engine.Load {
        while loop.status.passes < passes { try await Task.sleep(for: .milliseconds(1)) }
        #expect(loop.status.passes == passes)
        return loop.status.load
    }

    @Test("streams give what the engine gives, and a bad request ends its own stream")
    func streams() async throws {
        let training = try EngineTests.model(.f32)
        let requests = EngineTests.requests()
        let wanted = try EngineTests.engine(training.model, slots: 5, Arena(on: training.model.backend)).run(requests)
            .map(\.tokens)
        let loop = try Self.loop(training, slots: 2)
        let bad = loop.stream(EngineRequest(prompt: [1, 5000]))
        let streams = requests.map { loop.stream($0) }
        await #expect(throws: EngineError.unknownToken(id: 5000, vocabulary: 5000)) { try await Self.tokens(bad) }
        for (stream, tokens) in zip(streams, wanted) { #expect(try await Self.tokens(stream) == tokens) }
    }

    @Test("a reader that does not read delays nobody, and finds all of its answer later")
    func slowReader() async throws {
        let training = try EngineTests.model(.f32)
        let loop = try Self.loop(training, slots: 2)
        func request(_ first: Int32) -> EngineRequest {
            EngineRequest(prompt: [first, 2, 3], generation: GenerationOptions(maxTokens: 50))
        }
        let slow = loop.stream(request(1))
        // As many as never fit beside the first one in two slots, unless its slot becomes free.
        for first in 2..<8 { #expect(try await Self.tokens(loop.stream(request(first))).count == 50) }
        #expect(loop.status.load.answering <= 1)
        #expect(try await Self.tokens(slow).count == 50)
    }

    @Test("ending a stream frees its place within a pass: queued, being read, being answered")
    func endedStreams() async throws {
        let training = try EngineTests.model(.f32)
        let loop = try Self.loop(training, slots: 2, chunk: 1)
        let gate = Gate()
        var answered: TokenStream? = loop.stream(
            EngineRequest(prompt: [1], generation: GenerationOptions(maxTokens: 70, masks: [gate])))
        gate.permits.signal()
        #expect(try await Self.status(loop, afterPasses: 1) == Engine.Load(answering: 1))
        // One token of this prompt runs in a pass.
        let long = EngineRequest(
            prompt: (100..<160).map { Int32($0) }, generation: GenerationOptions(maxTokens: 3))
        var read: TokenStream? = loop.stream(long)
        var queued: TokenStream? = loop.stream(EngineRequest(prompt: [9], generation: GenerationOptions(maxTokens: 3)))
        gate.permits.signal()
        gate.permits.signal()
        // The pass of the first permit may have begun before the requests came.
        _ = try await Self.status(loop, afterPasses: 3)
        #expect(loop.status.load == Engine.Load(queued: 1, reading: 1, answering: 1))
        _ = (answered, read, queued)

        queued = nil
        gate.permits.signal()
        gate.permits.signal()
        #expect(try await Self.status(loop, afterPasses: 5) == Engine.Load(reading: 1, answering: 1))
        read = nil
        gate.permits.signal()
        gate.permits.signal()
        #expect(try await Self.status(loop, afterPasses: 7) == Engine.Load(answering: 1))
        // The place is good for another.
        let next = loop.stream(EngineRequest(prompt: [9], generation: GenerationOptions(maxTokens: 3)))
        for _ in 0..<4 { gate.permits.signal() }
        #expect(try await Self.tokens(next).count == 3)
        answered = nil
        for _ in 0..<2 { gate.permits.signal() }
        while loop.status.load != Engine.Load() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("cancelling the reading task ends the request")
    func cancelledReader() async throws {
        let training = try EngineTests.model(.f32)
        let loop = try Self.loop(training, slots: 1)
        let gate = Gate()
        let stream = loop.stream(
            EngineRequest(prompt: [1], generation: GenerationOptions(maxTokens: 70, masks: [gate])))
        let reader = Task { try await Self.tokens(stream) }
        gate.permits.signal()
        _ = try await Self.status(loop, afterPasses: 1)
        reader.cancel()
        #expect(try await reader.value.count <= 1)
        gate.permits.signal()
        while loop.status.load != Engine.Load() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("a loop that goes away waits for its pass and ends open streams with an error")
    func closing() async throws {
        let training = try EngineTests.model(.f32)
        var loop: EngineLoop? = try Self.loop(training, slots: 1)
        let request = EngineRequest(prompt: [1], generation: GenerationOptions(maxTokens: 79))
        let streams = try (0..<20).map { _ in try #require(loop?.stream(request)) }
        loop = nil
        await #expect(throws: CancellationError.self) { try await Self.tokens(streams[19]) }
    }

    @Test("the time limit becomes tokens by the measured rate, whatever answers cost")
    func pace() {
        var pace = PromptPace()
        pace.record(promptTokens: 500, answers: 0, seconds: 2)
        #expect(pace.tokens(in: 0.1) == 25)
        // A pass of answers alone takes 40 ms; what a prompt adds to such a pass counts.
        for _ in 0..<5 { pace.record(promptTokens: 0, answers: 8, seconds: 0.04) }
        for _ in 0..<50 { pace.record(promptTokens: 25, answers: 8, seconds: 0.04 + 0.1) }
        #expect(pace.tokens(in: 0.1) == 25)
        // A machine that becomes slower is noticed, and a pass always reads something.
        for _ in 0..<50 { pace.record(promptTokens: 10, answers: 8, seconds: 0.04 + 0.2) }
        #expect(pace.tokens(in: 0.1) == 5 && pace.tokens(in: 1e-9) == 1)
    }
}

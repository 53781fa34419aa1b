// The engine: many sequences over one cache, as a state machine. Requests are submitted and cancelled at any time; each
// step runs one pass over the new tokens of all sequences: one for every sequence that is being answered, and the next
// part of prompts that are still being read. A row's result does not depend on the rows beside it, so batch, chunks and
// neighbours change no bit. Nothing here waits or locks: EngineLoop.swift gives an engine to a thread.
// Read next: EngineRequest.swift, EngineSequence.swift, EngineForward.swift, PrefixCache.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
import XMSupport
package import XMTensor

/// How much the engine holds.
package struct EngineShape: Sendable, Equatable {
    /// Sequences that run together.
    package var slots: Int
    /// Positions of each, prompt and answer.
    package var capacity: Int
    /// Most new tokens of one pass.
    package var chunk = 512
    /// Limit on prompt tokens per pass while some sequence is being answered, so that answers keep flowing; nil: none,
    /// for lists of prompts that nobody watches. Results do not depend on it.
    package var promptLimit: PromptLimit? = .seconds(0.1)
    /// How keys and values are stored; nil: as the activations are.
    package var cacheType: CacheType?

    package init(slots: Int, capacity: Int, cacheType: CacheType? = nil) {
        (self.slots, self.capacity, self.cacheType) = (slots, capacity, cacheType)
    }
}

package final class Engine {
    package let shape: EngineShape
    private let forward: EngineForward
    private var slots: PrefixCache
    /// Requests without a slot, in the order of their submission.
    private var waiting: [(id: RequestID, request: EngineRequest)] = []
    /// Those that are read come first to last in the order of their next turn.
    private var running: [EngineSequence] = []
    private var pace = PromptPace()
    private var nextNumber = 0
    /// For samplers to work in; f32 [V].
    private var scratch: [Float]

    /// Reserves the cache and all working memory in `arena`, which may be a plan to learn how much that is.
    package init(model: Xmodel2Model, shape: EngineShape, in arena: Arena) throws {
        precondition(shape.slots > 0 && shape.capacity > 0 && shape.chunk > 0)
        self.shape = shape
        forward = try EngineForward(model: model, shape: shape, in: arena)
        slots = PrefixCache(count: arena.isPlan ? 0 : shape.slots)
        scratch = [Float](repeating: 0, count: arena.isPlan ? 0 : forward.vocabulary)
    }

    // MARK: Requests

    /// How many requests are in each state.
    package struct Load: Sendable, Equatable {
        package var queued = 0
        package var reading = 0
        package var answering = 0

        package init(queued: Int = 0, reading: Int = 0, answering: Int = 0) {
            (self.queued, self.reading, self.answering) = (queued, reading, answering)
        }
    }

    package var load: Load {
        let reading = running.count(where: \.isReading)
        return Load(queued: waiting.count, reading: reading, answering: running.count - reading)
    }

    package var isIdle: Bool { waiting.isEmpty && running.isEmpty }

    /// Queues a request. Throws what is wrong with it, `EngineError` or `SamplingError`, and then changes nothing.
    package func submit(_ request: EngineRequest) throws -> RequestID {
        try request.validate(capacity: shape.capacity, vocabularySize: forward.vocabulary)
        let id = RequestID(number: nextNumber)
        nextNumber += 1
        waiting.append((id, request))
        return id
    }

    /// Ends a request at once and frees its slot; returns its result so far. nil: it has ended already. No event
    /// follows.
    @discardableResult
    package func cancel(_ id: RequestID) -> EngineResult? {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: index)
            return EngineResult().cancelled
        }
        guard let index = running.firstIndex(where: { $0.id == id }) else { return nil }
        let sequence = running.remove(at: index)
        slots.release(sequence.slot)
        return sequence.result.cancelled
    }

    // MARK: Passes

    /// Runs one pass and returns what came of it. Does nothing if there is nothing to do.
    package func step() -> [EngineEvent] {
        var events = admit()
        let parts = nextParts()
        if !parts.isEmpty {
            let start = ContinuousClock.now
            let wanted = run(parts)
            forward.forEachRow(wanted.map(\.row)) { index, row in accept(row, wanted[index].sequence, &events) }
            let prompts = parts.filter(\.isPrompt)
            pace.record(
                promptTokens: prompts.reduce(0) { $0 + $1.count }, answers: parts.count - prompts.count,
                seconds: (ContinuousClock.now - start).seconds)
            takeTurns(after: prompts)
        }
        for sequence in running where sequence.isFinished {
            if sequence.failure != nil { slots.forget(sequence.slot) }
            slots.release(sequence.slot)
            let outcome = sequence.failure.map { .failure($0) } ?? Result.success(SequenceEvent.ended(sequence.result))
            events.append(EngineEvent(id: sequence.id, outcome: outcome))
        }
        running.removeAll(where: \.isFinished)
        return events
    }

    /// Gives waiting requests the free slots, first come, first served. A beginning that another sequence has stored is
    /// kept or copied. A prompt whose beginning is about to be stored waits for it; those behind it do not.
    private func admit() -> [EngineEvent] {
        var events: [EngineEvent] = []
        var index = 0
        while index < waiting.count, running.count < shape.slots {
            let (id, request) = waiting[index]
            let reusable = request.reusablePrompt
            let stored = slots.longestStored(of: reusable)
            let isComing = running.contains {
                $0.isReading && $0.prompt.commonPrefix(with: reusable) >= stored + PrefixCache.minimumSharedPrefix
            }
            guard !isComing else {
                index += 1
                continue
            }
            waiting.remove(at: index)
            let place = slots.take(for: reusable)
            if let source = place.source { forward.copyPrefix(from: source, to: place.slot, positions: place.kept) }
            running.append(EngineSequence(request, id: id, slot: place.slot, reused: place.kept))
            events.append(EngineEvent(id: id, outcome: .success(.started(reusedPositions: place.kept))))
        }
        return events
    }

    /// The next `count` tokens of a sequence.
    private struct Part {
        /// Index in `running`.
        let sequence: Int
        let count: Int
        let isPrompt: Bool
    }

    /// What the next pass runs: a token of every answer, then prompts in turn as far as there is room.
    private func nextParts() -> [Part] {
        var parts: [Part] = []
        var room = forward.rows
        for (index, sequence) in running.enumerated() where !sequence.isReading && !sequence.pending.isEmpty {
            parts.append(Part(sequence: index, count: sequence.pending.count, isPrompt: false))
            room -= sequence.pending.count
        }
        if !parts.isEmpty, let limit = shape.promptLimit {
            switch limit {
            case .seconds(let seconds): room = min(room, pace.tokens(in: seconds))
            case .tokens(let count): room = min(room, max(count, 1))
            }
        }
        for (index, sequence) in running.enumerated() where sequence.isReading && room > 0 {
            let count = min(sequence.pending.count, room)
            parts.append(Part(sequence: index, count: count, isPrompt: true))
            room -= count
        }
        return parts
    }

    /// Runs the parts; returns the rows whose logits are wanted, each with the index of its sequence.
    private func run(_ parts: [Part]) -> [(row: Int, sequence: Int)] {
        var tokens: [Int32] = []
        var wanted: [(row: Int, sequence: Int)] = []
        for part in parts {
            let sequence = running[part.sequence]
            wanted += sequence.wantedRows(part.count).map { (tokens.count + $0, part.sequence) }
            tokens += sequence.pending.prefix(part.count)
        }
        forward.run(
            tokens,
            parts.map {
                let sequence = running[$0.sequence]
                return CacheSpan(slot: sequence.slot, start: sequence.stored, tokens: $0.count)
            })
        for part in parts {
            slots.store(running[part.sequence].pending.prefix(part.count), in: running[part.sequence].slot)
            running[part.sequence].stored += part.count
        }
        return wanted
    }

    /// Scores the next prompt token with a row of logits, or samples the next token of the answer.
    private func accept(_ row: LogitRow, _ index: Int, _ events: inout [EngineEvent]) {
        guard !running[index].isEnded else { return }
        guard row.logSumExp.isFinite else { return running[index].fail(.notANumber) }
        if let expected = running[index].nextScored {
            running[index].append(
                TokenScore(
                    logprob: row.logprob(expected), isGreedy: row.isArgmax(expected),
                    top: row.top(running[index].scoredTop)))
            return
        }
        guard let id = running[index].sampler.choose(row.logits, scratch: &scratch) else {
            return running[index].fail(.noTokenLeft)
        }
        let token = GeneratedToken(id: id, logprob: row.logprob(id), top: row.top(running[index].topLogprobs))
        if running[index].append(token, capacity: shape.capacity) {
            events.append(EngineEvent(id: running[index].id, outcome: .success(.token(token))))
        }
    }

    /// Round robin: prompts that had a turn and need more go behind those that had none.
    private func takeTurns(after prompts: [Part]) {
        let served = prompts.map(\.sequence).filter { running[$0].isReading }
        guard !served.isEmpty, running.count > 1 else { return }
        let unfinished = served.map { running[$0] }
        for index in served.reversed() { running.remove(at: index) }
        running += unfinished
    }
}

extension Engine {
    /// Runs requests to their ends; results in their order. For callers that have the engine to themselves.
    ///
    /// `onToken(request, token)` is called as tokens come and ends that request by returning false. Before every pass
    /// `shouldContinue` is asked; when it says no, or the task is cancelled, what is unfinished ends as `.cancelled`.
    /// The first error ends all requests and is thrown.
    package func run(
        _ requests: [EngineRequest], onToken: (Int, GeneratedToken) -> Bool = { _, _ in true },
        shouldContinue: () -> Bool = { true }
    ) throws -> [EngineResult] {
        var results = [EngineResult](repeating: EngineResult(), count: requests.count)
        var numbers: [RequestID: Int] = [:]
        defer { for id in numbers.keys { cancel(id) } }
        for (number, request) in requests.enumerated() { numbers[try submit(request)] = number }
        while !numbers.isEmpty {
            guard shouldContinue(), !Task.isCancelled else {
                for (id, number) in numbers { results[number] = cancel(id) ?? EngineResult().cancelled }
                return results
            }
            for event in step() {
                guard let number = numbers[event.id] else { continue }
                switch try event.outcome.get() {
                case .started: break
                case .token(let token):
                    guard !onToken(number, token), let result = cancel(event.id) else { continue }
                    results[number] = result
                    numbers[event.id] = nil
                case .ended(let result):
                    results[number] = result
                    numbers[event.id] = nil
                }
            }
        }
        return results
    }
}

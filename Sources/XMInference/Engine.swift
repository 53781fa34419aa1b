// The engine: many sequences over one cache. Each step runs one pass over the new tokens of all of them: one for every
// sequence that is answering, and the next part of prompts that are still being read. A row's result does not depend on
// the rows beside it, so batch, chunk and neighbours change nothing. Next: EngineSequence.swift, LanguageModel.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
package import XMTensor

/// How much the engine holds.
package struct EngineShape: Sendable, Equatable {
    /// Sequences that run together.
    package var slots: Int
    /// Positions of each, prompt and answer.
    package var capacity: Int
    /// Most new tokens of one pass.
    package var chunk = 512
    /// How keys and values are stored; nil: as the activations are.
    package var cacheType: CacheType?

    package init(slots: Int, capacity: Int, cacheType: CacheType? = nil) {
        (self.slots, self.capacity, self.cacheType) = (slots, capacity, cacheType)
    }
}

package final class Engine {
    package let shape: EngineShape
    private let model: Xmodel2Model
    private let cache: any KVCache
    private let workspace: Workspace
    private let gathered: Tensor  // act [headRows, D]
    private let logits: Tensor  // f32 [headRows, V]
    private let largest: Tensor  // f32 [headRows]
    private let logSumExp: Tensor  // f32 [headRows]
    /// A row for samplers to work in.
    private let sampled: Tensor  // f32 [1, V]
    private var slots: PrefixCache

    /// Rows of logits that exist at one time.
    private static let headRows = 32

    /// Reserves the cache and all working memory in `arena`, which may be a dry run to learn how much that is.
    package init(model: Xmodel2Model, shape: EngineShape, in arena: Arena) throws {
        precondition(shape.slots > 0 && shape.capacity > 0 && shape.chunk > 0)
        self.shape = shape
        self.model = model
        let config = model.config
        let rows = max(shape.slots, min(shape.chunk, shape.capacity))
        cache = try model.backend.makeKVCache(
            config.cacheShape(
                slots: shape.slots, capacity: shape.capacity,
                type: shape.cacheType ?? CacheType(model.backend.compute)), in: arena)
        workspace = try Workspace(
            config, WorkspaceShape(B: 1, T: rows, positions: shape.capacity, training: false), in: arena)
        let headRows = min(Self.headRows, rows)
        gathered = try arena.tensor("logits", "head input", model.backend.compute, [headRows, config.hiddenSize])
        logits = try arena.tensor("logits", "logits", .f32, [headRows, config.vocabularySize])
        largest = try arena.tensor("logits", "largest", .f32, [headRows])
        logSumExp = try arena.tensor("logits", "log sum", .f32, [headRows])
        sampled = try arena.tensor("logits", "sampled row", .f32, [1, config.vocabularySize])
        slots = PrefixCache(count: arena.isPlan ? 0 : shape.slots)
    }

    /// Runs requests to their ends; results in their order. Requests beyond the slots wait for a free one.
    ///
    /// `onToken(request, token)` is called as tokens come and ends that request by returning false. Between two passes
    /// `shouldContinue` is asked; when it says no, or the task is cancelled, what is unfinished ends as `.cancelled`.
    package func run(
        _ requests: [EngineRequest], onToken: (Int, GeneratedToken) -> Bool = { _, _ in true },
        shouldContinue: () -> Bool = { true }
    ) throws -> [EngineResult] {
        for request in requests { try check(request) }
        var results = [EngineResult](repeating: EngineResult(), count: requests.count)
        var waiting = Array(requests.indices)
        var running: [EngineSequence] = []
        defer { for sequence in running { slots.release(sequence.slot) } }
        while !waiting.isEmpty || !running.isEmpty {
            guard shouldContinue(), !Task.isCancelled else {
                for sequence in running { results[sequence.request] = sequence.result.cancelled }
                for request in waiting { results[request].finish = .cancelled }
                return results
            }
            admit(&waiting, requests, &running)
            try step(&running, onToken: onToken)
            for sequence in running where sequence.isFinished {
                results[sequence.request] = sequence.result
                slots.release(sequence.slot)
            }
            running.removeAll(where: \.isFinished)
        }
        return results
    }

    private func check(_ request: EngineRequest) throws {
        guard !request.prompt.isEmpty else { throw EngineError.emptyPrompt }
        let room = shape.capacity + (request.isScoredOnly ? 1 : request.generation == nil ? 0 : -1)
        guard request.prompt.count <= room else {
            throw EngineError.promptTooLong(tokens: request.prompt.count, capacity: shape.capacity)
        }
        precondition(request.scoredFrom ?? 1 >= 1, "the first token of a prompt has no probability")
        let vocabulary = Int32(model.config.vocabularySize)
        if let id = request.prompt.first(where: { $0 < 0 || $0 >= vocabulary }) {
            throw EngineError.wrongToken(id: id, vocabulary: Int(vocabulary))
        }
        try request.generation?.sampling.validate()
    }

    /// Gives waiting requests the free slots. What another sequence has stored of a prompt is kept or copied; a prompt
    /// whose beginning another is about to store waits for it.
    private func admit(_ waiting: inout [Int], _ requests: [EngineRequest], _ running: inout [EngineSequence]) {
        while let next = waiting.first, running.count < shape.slots {
            let request = requests[next]
            // The last token that runs must give logits, and so must the one before the first that is scored.
            let most = min(request.prompt.count - 1, (request.scoredFrom ?? .max) - 1)
            let reusable = request.prompt.prefix(max(most, 0))
            let stored = slots.longestStored(of: reusable)
            let isComing = running.contains {
                $0.isPrompt && $0.prompt.commonPrefix(with: reusable) >= stored + PrefixCache.minimumSharedPrefix
            }
            guard !isComing else { return }
            let place = slots.take(for: reusable)
            if let source = place.source {
                model.backend.copyPrefix(in: cache, from: source, to: place.slot, positions: place.kept)
            }
            running.append(EngineSequence(request, number: next, slot: place.slot, reused: place.kept))
            waiting.removeFirst()
        }
    }

    /// One pass over the next tokens of all sequences.
    private func step(_ running: inout [EngineSequence], onToken: (Int, GeneratedToken) -> Bool) throws {
        var room = workspace.shape.T
        var spans: [CacheSpan] = []
        var tokens: [Int32] = []
        var wanted: [(row: Int, sequence: Int)] = []
        // Answers first, then prompts in the order they came.
        let order = running.indices.filter { !running[$0].pending.isEmpty }
            .sorted { (running[$0].isPrompt ? 1 : 0, $0) < (running[$1].isPrompt ? 1 : 0, $1) }
        guard !order.isEmpty else { return }
        for index in order where room > 0 {
            let sequence = running[index]
            let count = min(sequence.pending.count, room)
            spans.append(CacheSpan(slot: sequence.slot, start: sequence.stored, tokens: count))
            wanted += sequence.wantedRows(count).map { (tokens.count + $0, index) }
            tokens += sequence.pending.prefix(count)
            room -= count
        }
        model.run(tokens, continuing: spans, in: cache, workspace: workspace)
        for (index, span) in zip(order, spans) {
            slots.store(running[index].pending.prefix(span.tokens), in: span.slot)
            running[index].stored += span.tokens
        }
        for first in stride(from: 0, to: wanted.count, by: gathered.rows) {
            let group = wanted[first..<min(first + gathered.rows, wanted.count)]
            model.logits(of: group.map(\.row), workspace: workspace, gathered: gathered, into: logits)
            try LogitRow.read(
                logits, count: group.count, largest: largest, logSumExp: logSumExp, on: model.backend
            ) { rows in
                for (row, (_, index)) in zip(rows, group) {
                    guard row.logSumExp.isFinite else { throw EngineError.notANumber }
                    accept(row, &running[index], onToken: onToken)
                }
            }
        }
    }

    /// Scores the next prompt token with a row of logits, or chooses the next token of the answer.
    private func accept(_ row: LogitRow, _ sequence: inout EngineSequence, onToken: (Int, GeneratedToken) -> Bool) {
        if let expected = sequence.nextScored {
            sequence.append(TokenScore(logprob: row.logprob(expected), isGreedy: row.isArgmax(expected)))
            return
        }
        let id = sequence.sampler.choose(row.logits, scratch: sampled, on: model.backend)
        let token = GeneratedToken(id: id, logprob: row.logprob(id), top: row.top(sequence.topLogprobs))
        sequence.append(token, capacity: shape.capacity, onToken: onToken)
    }
}

// Continues token sequences: prefill in chunks, then one row a sequence and step, all sequences of a group together.
// Next: Sampler.swift (how a token is chosen), XMModel/KVCache.swift (what is remembered).
// SPDX-License-Identifier: Apache-2.0

package import XMModel
import XMTensor

/// What a generation may do.
package struct GenerationOptions: Sendable, Equatable {
    /// Tokens to generate at most.
    package var maxTokens: Int
    package var sampling: Sampling
    /// Generation ends when one of these is produced; it is not part of the result.
    package var stopIDs: Set<Int32>

    package init(maxTokens: Int, sampling: Sampling = .greedy, stopIDs: Set<Int32> = []) {
        (self.maxTokens, self.sampling, self.stopIDs) = (maxTokens, sampling, stopIDs)
    }
}

package enum GenerationError: Error, CustomStringConvertible {
    case promptTooLong(tokens: Int, capacity: Int)
    case emptyPrompt

    package var description: String {
        switch self {
        case .promptTooLong(let tokens, let capacity):
            "the prompt has \(tokens) tokens and the context holds \(capacity); shorten the prompt"
        case .emptyPrompt: "the prompt is empty; give at least one token"
        }
    }
}

/// Owns the cache and the working memory for a group of sequences of one model.
package final class Generator {
    private let model: Xmodel2Model
    private let cache: KVCache
    private let workspace: Workspace
    private let logits: Tensor  // f32 [slots, V]
    private let arena = Arena()

    /// Rows of one prefill pass.
    private static let prefillChunk = 256

    /// - Parameters:
    ///   - slots: sequences that run together.
    ///   - capacity: positions of each, prompt included.
    package init(model: Xmodel2Model, slots: Int, capacity: Int) throws {
        self.model = model
        let rows = max(slots, Self.prefillChunk)
        cache = try KVCache(
            model.config, slots: slots, capacity: capacity, compute: model.backend.compute, in: arena)
        workspace = try Workspace(
            model.config, WorkspaceShape(B: 1, T: rows, training: false), compute: model.backend.compute, in: arena)
        logits = try arena.tensor("logits", "logits", .f32, [slots, model.config.vocabularySize])
        try model.backend.reserveScratch(
            shape: AttentionShape(
                B: 1, T: max(capacity, rows), H: model.config.heads, K: model.config.keyValueHeads,
                d: model.config.headSize, scale: model.config.softmaxScale),
            vocabulary: model.config.vocabularySize, training: false, in: arena)
    }

    /// Continues every prompt; results in the order of the prompts. Prompts beyond `slots` wait for the next group.
    /// `onToken(prompt, token)` is called as tokens come and ends that sequence by returning false.
    package func generate(
        _ prompts: [[Int32]], options: GenerationOptions, onToken: (Int, Int32) -> Bool = { _, _ in true }
    ) throws -> [[Int32]] {
        var results = [[Int32]](repeating: [], count: prompts.count)
        for prompt in prompts {
            guard !prompt.isEmpty else { throw GenerationError.emptyPrompt }
            guard prompt.count < cache.capacity else {
                throw GenerationError.promptTooLong(tokens: prompt.count, capacity: cache.capacity)
            }
        }
        for first in stride(from: 0, to: prompts.count, by: cache.slots) {
            let group = first..<min(first + cache.slots, prompts.count)
            generate(group: group, prompts: prompts, options: options, results: &results, onToken: onToken)
        }
        return results
    }

    private struct Running {
        let prompt: Int
        let slot: Int
        var length: Int
        var next: Int32
        var sampler: Sampler
    }

    private func generate(
        group: Range<Int>, prompts: [[Int32]], options: GenerationOptions, results: inout [[Int32]],
        onToken: (Int, Int32) -> Bool
    ) {
        guard options.maxTokens > 0 else { return }
        /// Takes a sampled token; false when the sequence has ended.
        func accept(_ token: Int32, _ prompt: Int, length: Int) -> Bool {
            guard !options.stopIDs.contains(token) else { return false }
            results[prompt].append(token)
            return onToken(prompt, token) && results[prompt].count < options.maxTokens && length < cache.capacity
        }
        var running: [Running] = []
        for (slot, prompt) in group.enumerated() {
            var sampler = Sampler(options.sampling, sequence: UInt64(prompt))
            let length = prompts[prompt].count
            let next = sampler.choose(prefill(prompts[prompt], slot: slot))
            if accept(next, prompt, length: length) {
                running.append(Running(prompt: prompt, slot: slot, length: length, next: next, sampler: sampler))
            }
        }
        while !running.isEmpty {
            let parts = running.map { CachedRows.Part(slot: $0.slot, start: $0.length, rows: 1) }
            model.logits(
                after: running.map(\.next), continuing: CachedRows(cache: cache, parts: parts), workspace: workspace,
                into: logits)
            var alive: [Running] = []
            for (row, var sequence) in running.enumerated() {
                sequence.length += 1
                sequence.next = sequence.sampler.choose(logitsRow(row))
                if accept(sequence.next, sequence.prompt, length: sequence.length) { alive.append(sequence) }
            }
            running = alive
        }
    }

    /// Runs a prompt into its slot; the logits after its last token.
    private func prefill(_ prompt: [Int32], slot: Int) -> UnsafeBufferPointer<Float> {
        for start in stride(from: 0, to: prompt.count, by: Self.prefillChunk) {
            let chunk = Array(prompt[start..<min(start + Self.prefillChunk, prompt.count)])
            let part = CachedRows.Part(slot: slot, start: start, rows: chunk.count)
            model.logits(
                after: chunk, continuing: CachedRows(cache: cache, parts: [part]), workspace: workspace, into: logits)
        }
        return logitsRow(0)
    }

    private func logitsRow(_ row: Int) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(start: logits.f32 + row * logits.columns, count: logits.columns)
    }
}

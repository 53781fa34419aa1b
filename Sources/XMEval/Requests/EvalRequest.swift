// A question in token ids, cut to the model's context by the rules of docs/scoring.md, and the key of its answer.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport
package import XMTokenizer

package struct EvalRequest: Sendable {
    package enum Kind: Sendable, Equatable {
        /// The last `scored` ids are scored.
        case score(scored: Int)
        /// The same, and every token's log probability is wanted.
        case scoreEach(scored: Int)
        case generate(GenerationSettings, maxTokens: Int, repetition: Int)
    }

    package let ids: [Int32]
    package let kind: Kind
    /// Tokens at the front that the context had no room for.
    package let truncated: Int

    /// Tokens that the model reads, and at most generates.
    package var cost: (read: Int, generated: Int) {
        switch kind {
        case .score, .scoreEach: (ids.count - 1, 0)
        case .generate(_, let maxTokens, _): (ids.count, maxTokens)
        }
    }
}

/// Turns questions into requests for one model.
package struct RequestEncoder: Sendable {
    private let tokenizer: any Tokenizer
    private let contextLength: Int
    package let withBOS: Bool
    /// Of sampled answers.
    package let seed: UInt64
    /// What all keys of this model begin with.
    private let prefix: SHA256

    /// - Parameters:
    ///   - withBOS: prompts begin with BOS.
    ///   - weightsDigest: see `ModelIdentity`.
    ///   - numerics: how the model computes, as far as it changes results: data types, instruction set.
    package init(
        _ tokenizer: any Tokenizer, contextLength: Int, withBOS: Bool, stopIDs: Set<Int32>, weightsDigest: String,
        numerics: String, seed: UInt64 = 1234
    ) {
        (self.tokenizer, self.contextLength, self.withBOS, self.seed) = (tokenizer, contextLength, withBOS, seed)
        var hash = SHA256()
        hash.update("xmodel responses 1")
        hash.update(weightsDigest)
        hash.update(numerics)
        hash.update(tokenizer.fingerprint)
        hash.update(stopIDs.sorted().description)
        prefix = hash
    }

    /// The requests of a question: one, or one for each window of a long text.
    package func requests(_ instance: Instance) throws -> [EvalRequest] {
        switch instance.question {
        case .loglikelihood(let context, let continuation):
            let (head, tail) = try tokenizer.encode(context: context, continuation: continuation, withBOS: withBOS)
            guard tail.count <= contextLength else {
                throw ScoringError.continuationTooLong(tokens: tail.count, contextLength: contextLength)
            }
            let ids = head + tail
            let kept = ids.suffix(contextLength + 1)
            return [
                EvalRequest(
                    ids: Array(kept), kind: .score(scored: tail.count), truncated: ids.count - kept.count)
            ]
        case .rolling(let text):
            let ids = [tokenizer.startID] + tokenizer.encode(text)
            return RollingWindows.windows(count: ids.count - 1, length: contextLength).map {
                EvalRequest(ids: Array(ids[$0.tokens]), kind: .score(scored: $0.scored), truncated: 0)
            }
        case .generate(let context, let settings):
            var ids = tokenizer.encode(context)
            if withBOS, let bos = tokenizer.bosID, ids.first != bos { ids.insert(bos, at: 0) }
            if ids.isEmpty { ids = [tokenizer.startID] }
            var maxTokens = settings.maxTokens
            if let most = settings.maxLength { maxTokens = max(1, most - ids.count) }
            maxTokens = min(maxTokens, contextLength - 1)
            let kept = ids.suffix(contextLength - maxTokens)
            return [
                EvalRequest(
                    ids: Array(kept),
                    kind: .generate(settings, maxTokens: maxTokens, repetition: instance.repetition),
                    truncated: ids.count - kept.count)
            ]
        }
    }

    package func key(_ request: EvalRequest) throws -> RequestKey {
        var hash = prefix
        switch request.kind {
        case .score(let scored): hash.update("score \(scored)")
        case .scoreEach(let scored): hash.update("score each \(scored)")
        case .generate(let settings, let maxTokens, let repetition):
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            hash.update("generate \(maxTokens)")
            // Greedy answers are the same under every seed and in every repetition.
            if settings.isSampled { hash.update("seed \(seed), repetition \(repetition)") }
            hash.update(String(decoding: try encoder.encode(settings), as: UTF8.self))
        }
        request.ids.withUnsafeBytes { hash.update($0) }
        return RequestKey(digest: hash.finalize())
    }
}

extension SHA256 {
    /// A text with its length, so that no two sequences of texts are the same bytes.
    fileprivate mutating func update(_ text: String) {
        let bytes = Array(text.utf8)
        withUnsafeBytes(of: bytes.count.littleEndian) { update($0) }
        bytes.withUnsafeBytes { update($0) }
    }
}

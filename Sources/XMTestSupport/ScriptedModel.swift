// A language model that follows a script, for tests of whatever talks to a model: no weights, no threads, and a token
// only when it is asked for. Sampling, masks, stops, scores and errors are those of real models.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
package import XMInference
package import XMTokenizer

package struct ScriptedModel: LanguageModel {
    /// The most likely token after a prompt and the part of the answer that was generated so far.
    package typealias Script = @Sendable (_ prompt: [Int32], _ answer: [Int32]) -> Int32

    package let identity: ModelIdentity
    package let tokenizer: any Tokenizer
    package var chatTemplate: ChatTemplate?
    package let stopIDs: Set<Int32>
    package let contextLength: Int
    package let parallelRequests = 1
    fileprivate let script: Script

    /// The script's token has this probability at every position; the others share the rest evenly.
    package static let probability = 0.9

    package init(_ tokenizer: any Tokenizer, contextLength: Int = 512, script: @escaping Script) {
        identity = ModelIdentity(name: "script", weightsDigest: "script")
        (self.tokenizer, self.contextLength, self.script) = (tokenizer, contextLength, script)
        stopIDs = [tokenizer.eosID ?? 0]
    }

    /// A model that answers a prompt's text with another text.
    package init(
        _ tokenizer: any Tokenizer, contextLength: Int = 512, reply: @escaping @Sendable (_ prompt: String) -> String
    ) {
        self.init(tokenizer, contextLength: contextLength) { prompt, answer in
            let ids = tokenizer.encode(reply(tokenizer.decode(prompt)), matchingSymbols: false)
            return answer.count < ids.count ? ids[answer.count] : tokenizer.eosID ?? 0
        }
    }

    package func stream(_ request: EngineRequest) -> TokenStream {
        let run = Mutex(ScriptedRun(self, request))
        return TokenStream { try run.withLock { try $0.next() } }
    }
}

/// One request, one event at a time.
private struct ScriptedRun {
    private let model: ScriptedModel
    private let request: EngineRequest
    private var sampler: Sampler
    private var result = EngineResult()
    private var answer: [Int32] = []
    private enum State { case new, generating, ended, over }
    private var state = State.new

    init(_ model: ScriptedModel, _ request: EngineRequest) {
        (self.model, self.request) = (model, request)
        let options = request.generation
        sampler = Sampler(
            options?.sampling ?? .greedy, prompt: request.prompt, choice: options?.choice ?? 0,
            masks: options?.masks ?? [])
    }

    mutating func next() throws -> SequenceEvent? {
        switch state {
        case .new:
            state = .over  // of a request that is refused
            try request.validate(
                capacity: model.contextLength, vocabularySize: model.tokenizer.vocabularySize)
            score()
            state = request.generation.map { $0.maxTokens > 0 } == true ? .generating : .ended
            return .started(reusedPositions: 0)
        case .generating:
            if let token = try generate() { return .token(token) }
            state = .over
            return .ended(result)
        case .ended:
            state = .over
            return .ended(result)
        case .over: return nil
        }
    }

    private mutating func score() {
        guard let first = request.scoredFrom, first < request.prompt.count else { return }
        for index in first..<request.prompt.count {
            let row = row(expecting: model.script(Array(request.prompt[..<index]), []))
            let id = request.prompt[index]
            result.scores.append(
                TokenScore(
                    logprob: row[Int(id)], isGreedy: row.allSatisfy { $0 <= row[Int(id)] },
                    top: Self.top(request.scoredTop, of: row)))
        }
    }

    /// nil: the answer ends with a stop token.
    private mutating func generate() throws -> GeneratedToken? {
        guard let options = request.generation else { return nil }
        let row = row(expecting: model.script(request.prompt, answer))
        var scratch = row
        guard let id = row.withUnsafeBufferPointer({ sampler.choose($0, scratch: &scratch) }) else {
            state = .over
            throw EngineError.noTokenLeft
        }
        guard !options.stopIDs.contains(id) else {
            result.finish = .stop
            return nil
        }
        let token = GeneratedToken(id: id, logprob: row[Int(id)], top: Self.top(options.topLogprobs, of: row))
        result.tokens.append(token)
        answer.append(id)
        if answer.count == options.maxTokens {
            (result.finish, state) = (.length, .ended)
        } else if request.prompt.count + answer.count > model.contextLength {
            (result.finish, state) = (.contextFull, .ended)
        }
        return token
    }

    /// Log probabilities [V].
    private func row(expecting id: Int32) -> [Float] {
        let V = model.tokenizer.vocabularySize
        let other = Float(log((1 - ScriptedModel.probability) / Double(V - 1)))
        var row = [Float](repeating: other, count: V)
        row[Int(id)] = Float(log(ScriptedModel.probability))
        return row
    }

    private static func top(_ count: Int, of row: [Float]) -> [TokenLogprob] {
        guard count > 0 else { return [] }
        let order = row.indices.sorted { (row[$0], $1) > (row[$1], $0) }
        return order.prefix(count).map { TokenLogprob(id: Int32($0), logprob: row[$0]) }
    }
}

// The one way in which chats, evaluation, agents and the server see a model: who it is, how text becomes its tokens,
// and a stream of events for every request. Scoring (LanguageModel+Scoring.swift) and text (TextGeneration.swift) are
// written against these few requirements, so every conformance has them. Conformances: EngineModel.swift here, and a
// scripted model in XMTestSupport.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

/// Tells models apart in results and caches.
package struct ModelIdentity: Sendable, Equatable, Codable {
    /// For people: the name of a file or folder, or of a run and its step.
    package var name: String
    /// Two models with different weights have different digests. For files this is `WeightSource.digest`.
    package var weightsDigest: String

    package init(name: String, weightsDigest: String) {
        (self.name, self.weightsDigest) = (name, weightsDigest)
    }
}

package protocol LanguageModel: Sendable {
    var identity: ModelIdentity { get }
    var tokenizer: any Tokenizer { get }
    /// nil: the model was not made for conversations.
    var chatTemplate: ChatTemplate? { get }
    /// Tokens that end an answer.
    var stopIDs: Set<Int32> { get }
    /// Maximum number of positions of one sequence, prompt and answer.
    var contextLength: Int { get }
    /// How many requests run at the same time; more are queued.
    var parallelRequests: Int { get }

    /// Submits a request. What is wrong with it ends its stream with an error; cancelling the reading task, or dropping
    /// the stream and its iterators, ends the request.
    func stream(_ request: EngineRequest) -> TokenStream
}

extension LanguageModel {
    /// Requests of a long list to keep submitted: enough that no slot is empty while the oldest one finishes.
    private var mostInFlight: Int { 8 * parallelRequests }

    /// Starts requests in order, `mostInFlight` at most before the first has finished, and finishes them in order. Once
    /// the task is cancelled no more are started.
    func inOrder<Request, Running>(
        _ requests: some Sequence<Request>, start: (Request) -> Running,
        finish: (Int, inout Running) async throws -> Void
    ) async rethrows {
        var inFlight: [Running] = []
        var finished = 0
        func finishOldest() async throws {
            var oldest = inFlight.removeFirst()
            try await finish(finished, &oldest)
            finished += 1
        }
        for request in requests {
            if inFlight.count == mostInFlight { try await finishOldest() }
            if Task.isCancelled { break }
            inFlight.append(start(request))
        }
        while !inFlight.isEmpty { try await finishOldest() }
    }

    /// Results in the order of the requests; `onResult(finished)` is called after each. Throws the first request's
    /// error, and `CancellationError` if the task is cancelled.
    package func results(
        of requests: some Sequence<EngineRequest>, onResult: (Int) throws -> Void = { _ in }
    ) async throws -> [EngineResult] {
        var results: [EngineResult] = []
        try await inOrder(requests) {
            stream($0).makeAsyncIterator()
        } finish: { number, events in
            results.append(try await Self.result(&events))
            try onResult(number + 1)
        }
        try Task.checkCancellation()
        return results
    }

    /// The result of one request. Throws its error, and `CancellationError` if the task is cancelled.
    package func result(of request: EngineRequest) async throws -> EngineResult {
        var events = stream(request).makeAsyncIterator()
        let result = try await Self.result(&events)
        try Task.checkCancellation()
        return result
    }

    private static func result(_ events: inout TokenStream.AsyncIterator) async throws -> EngineResult {
        while let event = try await events.next() {
            if case .ended(let result) = event { return result }
        }
        throw CancellationError()
    }
}

// A thread that owns an engine and serves every request with a stream of its own. Passes take milliseconds to seconds
// and would block a thread of Swift's pool, hence a thread of its own. A stream's buffer holds all that its request can
// produce, so a slow reader delays nobody; a stream that nobody reads any more frees its slot within one pass.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// The events of one request; ends after `ended`, or with an error of this request alone.
package typealias TokenStream = AsyncThrowingStream<SequenceEvent, any Error>

package final class EngineLoop: Sendable {
    private let inbox = Inbox()
    private let capacity: Int
    /// Signalled once, when the thread has ended.
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter explain: turns an engine's error into one that says more, such as which tensor is damaged.
    package init(_ engine: sending Engine, explain: @escaping @Sendable (EngineError) -> any Error = { $0 }) {
        capacity = engine.shape.capacity
        // The thread holds the inbox and not the loop, so that an abandoned loop ends its thread.
        let served = ServedEngine(engine: engine, explain: explain)
        let thread = Thread { [inbox, ended] in
            served.run(inbox)
            ended.signal()
        }
        thread.name = "xmodel-engine"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Waits for the pass that is running, since its memory goes next. Streams that are still open end with
    /// `CancellationError`.
    deinit {
        inbox.close()
        ended.wait()
    }

    /// Submits a request. It is cancelled when the stream's reader is cancelled or goes away.
    package func stream(_ request: EngineRequest) -> TokenStream {
        // `started`, at most one token for each position left in the context and one more, `ended`.
        let answer = request.generation.map { min($0.maxTokens, capacity + 1) } ?? 0
        return TokenStream(bufferingPolicy: .bufferingOldest(max(answer, 0) + 2)) { continuation in
            let client = Client(continuation)
            continuation.onTermination = { _ in client.isGone.store(true, ordering: .releasing) }
            inbox.add(request, client)
        }
    }

    package struct Status: Sendable, Equatable {
        package var load = Engine.Load()
        /// Passes since the start.
        package var passes = 0
    }

    /// As of the last pass; reading it waits for nobody. Requests that the thread has not seen yet count as queued.
    package var status: Status { inbox.status }
}

/// The other end of a stream.
private final class Client: Sendable {
    let continuation: TokenStream.Continuation
    /// The stream has ended: nobody reads what may still come.
    let isGone = Atomic<Bool>(false)

    init(_ continuation: TokenStream.Continuation) { self.continuation = continuation }
}

/// What the thread shares with everybody else.
private final class Inbox: Sendable {
    struct State {
        var requests: [(request: EngineRequest, client: Client)] = []
        var isClosed = false
        var status = EngineLoop.Status()
    }

    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    func add(_ request: EngineRequest, _ client: Client) {
        state.withLock { $0.requests.append((request, client)) }
        news.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        news.signal()
    }

    /// The new requests; nil once the inbox is closed. With `waits`, sleeps until there is one or the other.
    func take(waits: Bool, load: Engine.Load, passes: Int) -> [(request: EngineRequest, client: Client)]? {
        while true {
            let (requests, isClosed) = state.withLock { state in
                defer { state.requests = [] }
                state.status = EngineLoop.Status(load: load, passes: passes)
                state.status.load.queued += state.requests.count
                return (state.requests, state.isClosed)
            }
            if isClosed {
                for (_, client) in requests { client.continuation.finish(throwing: CancellationError()) }
                return nil
            }
            guard waits, requests.isEmpty else { return requests }
            news.wait()
        }
    }

    var status: EngineLoop.Status {
        state.withLock { state in
            var status = state.status
            status.load.queued += state.requests.count
            return status
        }
    }
}

/// The engine with its clients, used by the loop's thread alone once it has started.
private final class ServedEngine: @unchecked Sendable {
    private let engine: Engine
    private let explain: @Sendable (EngineError) -> any Error
    private var clients: [RequestID: Client] = [:]
    private var passes = 0

    init(engine: Engine, explain: @escaping @Sendable (EngineError) -> any Error) {
        (self.engine, self.explain) = (engine, explain)
    }

    func run(_ inbox: Inbox) {
        while let requests = inbox.take(waits: engine.isIdle, load: engine.load, passes: passes) {
            for (request, client) in requests { submit(request, client) }
            for (id, client) in clients where client.isGone.load(ordering: .acquiring) {
                engine.cancel(id)
                clients[id] = nil
            }
            guard !engine.isIdle else { continue }
            for event in engine.step() { deliver(event) }
            passes += 1
        }
        for client in clients.values { client.continuation.finish(throwing: CancellationError()) }
    }

    private func submit(_ request: EngineRequest, _ client: Client) {
        guard !client.isGone.load(ordering: .acquiring) else { return }
        do {
            clients[try engine.submit(request)] = client
        } catch {
            client.continuation.finish(throwing: error)
        }
    }

    private func deliver(_ event: EngineEvent) {
        guard let client = clients[event.id] else { return }
        switch event.outcome {
        case .success(let happened):
            client.continuation.yield(happened)
            guard case .ended = happened else { return }
            client.continuation.finish()
        case .failure(let error): client.continuation.finish(throwing: explain(error))
        }
        clients[event.id] = nil
    }
}

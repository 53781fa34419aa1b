// The bridge from commands, which run on the main thread, to language models, which are asynchronous. The main thread
// stays free of Swift's concurrency, so that terminals, signals and exit statuses work as in any other program.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

/// Runs `body` in a task and waits for its end. When `interrupt` is raised the task is cancelled, once, and still
/// waited for: its answers then end as `.cancelled`.
func waiting<R>(interrupt: InterruptFlag? = nil, for body: @escaping () async throws -> R) throws -> R {
    let call = AsyncCall(body)
    let done = DispatchSemaphore(value: 0)
    let task = Task.detached {
        await call.run()
        done.signal()
    }
    // A signal handler can do no more than set a flag, hence the polling.
    while done.wait(timeout: interrupt == nil ? .distantFuture : .now() + .milliseconds(20)) == .timedOut {
        if interrupt?.isRaised == true { task.cancel() }
    }
    return try call.result!.get()
}

/// A call that crosses to another thread. The caller waits without touching anything, so no two threads share its
/// state.
private final class AsyncCall<R>: @unchecked Sendable {
    private let body: () async throws -> R
    private(set) var result: Result<R, any Error>?

    init(_ body: @escaping () async throws -> R) { self.body = body }

    func run() async {
        do { result = .success(try await body()) } catch { result = .failure(error) }
    }
}

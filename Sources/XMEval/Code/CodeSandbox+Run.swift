// Many programs at once: one thread for each worker, since starting a program and waiting for it blocks, and since a
// process is killed with the thread that started it.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

extension CodeSandbox {
    package func run(_ program: String, timeoutSeconds: Double) async throws -> CodeOutcome {
        try await run([program], timeoutSeconds: timeoutSeconds, workers: 1)[0]
    }

    /// The outcomes in the order of the programs, each of which has a process and a timer of its own. Cancelling kills
    /// those that run, and this returns when none is left.
    ///
    /// - Parameter onFinish: called with the index of a program, in the order of finishing and never twice at once.
    package func run(
        _ programs: [String], timeoutSeconds: Double, workers: Int,
        onFinish: @escaping @Sendable (Int, CodeOutcome) -> Void = { _, _ in }
    ) async throws -> [CodeOutcome] {
        precondition(workers > 0, "programs need a worker")
        if programs.isEmpty { return [] }
        let interruption = try Interruption()
        let queue = Queue(programs, workers: min(workers, programs.count), onFinish: onFinish)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.start(continuation) {
                    try runBlocking($0, timeoutSeconds: timeoutSeconds, interruption: interruption)
                } stop: {
                    interruption.raise()
                }
            }
        } onCancel: {
            interruption.raise()
        }
    }

    /// Which programs are taken, and what became of them.
    private final class Queue: Sendable {
        private struct State {
            var next = 0
            var working: Int
            var outcomes: [CodeOutcome?]
            /// The first error ends all.
            var error: (any Error)?
        }

        private let programs: [String]
        private let workers: Int
        private let onFinish: @Sendable (Int, CodeOutcome) -> Void
        private let state: Mutex<State>

        init(_ programs: [String], workers: Int, onFinish: @escaping @Sendable (Int, CodeOutcome) -> Void) {
            self.programs = programs
            self.workers = workers
            self.onFinish = onFinish
            state = Mutex(State(working: workers, outcomes: Array(repeating: nil, count: programs.count)))
        }

        /// - Parameter stop: ends the programs of the other workers after an error.
        func start(
            _ continuation: CheckedContinuation<[CodeOutcome], any Error>,
            run: @escaping @Sendable (String) throws -> CodeOutcome, stop: @escaping @Sendable () -> Void
        ) {
            for number in 0..<workers {
                let thread = Thread { [self] in
                    while let index = take() {
                        let result = Result { try run(programs[index]) }
                        finish(index, result)
                        if case .failure = result { stop() }
                    }
                    if let result = leave() { continuation.resume(with: result) }
                }
                thread.name = "xmodel-code-\(number)"
                thread.start()
            }
        }

        private func take() -> Int? {
            state.withLock { state in
                guard state.error == nil, state.next < programs.count else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        private func finish(_ index: Int, _ result: Result<CodeOutcome, any Error>) {
            state.withLock { state in
                switch result {
                case .success(let outcome):
                    state.outcomes[index] = outcome
                    onFinish(index, outcome)
                case .failure(let error): state.error = state.error ?? error
                }
            }
        }

        /// All there is to tell, when the last worker leaves.
        private func leave() -> Result<[CodeOutcome], any Error>? {
            state.withLock { state in
                state.working -= 1
                guard state.working == 0 else { return nil }
                if let error = state.error { return .failure(error) }
                return .success(state.outcomes.compactMap { $0 })
            }
        }
    }
}

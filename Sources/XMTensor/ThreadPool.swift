// The program's only pool of compute threads. Work is cut into tiles whose size never depends on the number of threads,
// and one thread computes a tile in a fixed order: results have the same bits for any thread count.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Runs numbered tasks on a fixed set of threads, the caller among them.
package final class ThreadPool: Sendable {
    /// Threads that take part, including the caller.
    package let threadCount: Int
    private let crew = Crew()

    package init(threadCount: Int = ProcessInfo.processInfo.activeProcessorCount) {
        precondition(threadCount >= 1)
        self.threadCount = threadCount
        for worker in 1..<max(threadCount, 1) {
            // Threads hold the crew, not the pool: otherwise the pool would never be released and its threads never
            // end.
            let thread = Thread { [crew] in crew.work(worker) }
            thread.stackSize = 8 << 20
            thread.name = "xmodel-\(worker)"
            thread.start()
        }
    }

    deinit { crew.stop() }

    /// Calls `body(task, worker)` for every task in 0..<count and returns when all are done. `worker` in
    /// 0..<threadCount identifies the thread, for per-thread scratch. Concurrent callers take turns; `body` must not
    /// call `run` (deadlock).
    package func run(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard count > 1, threadCount > 1 else {
            for task in 0..<count { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { crew.run(count, helpers: threadCount - 1, $0) }
    }

    /// `run` for tasks that can fail: every task runs, then the error of the lowest-numbered failed task is thrown,
    /// whatever the order in which threads reached them.
    package func tryRun(_ count: Int, _ body: (_ task: Int, _ worker: Int) throws -> Void) throws {
        let first = Mutex<(task: Int, error: any Error)?>(nil)
        run(count) { task, worker in
            do {
                try body(task, worker)
            } catch {
                first.withLock { if task < $0?.task ?? .max { $0 = (task, error) } }
            }
        }
        if let error = first.withLock({ $0?.error }) { throw error }
    }

    /// `run`, but each thread mostly walks from a task to its neighbour: what its prefetches fetched past the end of
    /// one task is the beginning of the next.
    package func runNeighbours(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        let share = count > 1 ? (count + threadCount - 1) / threadCount : 1
        run(count > 1 ? share * threadCount : count) { turn, worker in
            // Turns are taken in order by all threads, so turn i goes to share i % threadCount: each share is walked
            // front to back.
            let task = turn % threadCount * share + turn / threadCount
            if task < count { body(task, worker) }
        }
    }

    /// Splits 0..<count into ranges of `tile` (the last may be shorter) and runs each as a task.
    package func runTiles(_ count: Int, tile: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
        run((count + tile - 1) / tile) { task, worker in
            body(task * tile..<min(count, (task + 1) * tile), worker)
        }
    }
}

/// The state that the threads of a pool share. `body` and `taskCount` are written only while every worker waits for the
/// next generation; the release-acquire pair on `generation` publishes them.
private final class Crew: @unchecked Sendable {
    typealias Body = (_ task: Int, _ worker: Int) -> Void

    // Incremented once per `run`, and by `stop`; a worker waits for it to pass the one it has seen.
    private let generation = Atomic<Int>(0)
    private let nextTask = Atomic<Int>(0)
    private let busyWorkers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let parking = NSCondition()
    /// Held by the caller whose tasks are running.
    private let turn = Mutex(())
    /// Workers asleep or about to sleep; waking them needs the lock only if there are any.
    private let parkedWorkers = Atomic<Int>(0)
    private var body: Body?
    private var taskCount = 0

    /// Iterations of spinning before a worker sleeps: about 50 microseconds, longer than the gap between two operations
    /// of a training step, too short to notice in an idle program.
    private static let spinTurns = 20_000

    func run(_ count: Int, helpers: Int, _ body: @escaping Body) {
        turn.withLock { _ in
            self.body = body
            taskCount = count
            nextTask.store(0, ordering: .relaxed)
            busyWorkers.store(helpers, ordering: .relaxed)
            wake()
            drain(body, worker: 0)
            while busyWorkers.load(ordering: .acquiring) > 0 { spinHint() }
            self.body = nil
        }
    }

    /// Ends the workers; no tasks may be running.
    func stop() {
        stopped.store(true, ordering: .releasing)
        wake()
    }

    func work(_ worker: Int) {
        var seen = 0
        while true {
            var turns = 0
            while generation.load(ordering: .acquiring) == seen {
                turns += 1
                if turns < Self.spinTurns {
                    spinHint()
                } else {
                    parking.lock()
                    parkedWorkers.add(1, ordering: .sequentiallyConsistent)
                    while generation.load(ordering: .sequentiallyConsistent) == seen { parking.wait() }
                    parkedWorkers.subtract(1, ordering: .relaxed)
                    parking.unlock()
                }
            }
            seen += 1
            if stopped.load(ordering: .acquiring) { return }
            if let body { drain(body, worker: worker) }
            busyWorkers.subtract(1, ordering: .releasing)
        }
    }

    private func wake() {
        // Sequential consistency: either this sees the parking worker's count, or that worker sees the new generation
        // and does not sleep. With weaker orderings both could miss each other.
        generation.add(1, ordering: .sequentiallyConsistent)
        guard parkedWorkers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        parking.lock()
        parking.broadcast()
        parking.unlock()
    }

    /// Takes task numbers until none are left; the counter balances the load between threads of different speed.
    private func drain(_ body: Body, worker: Int) {
        while true {
            let task = nextTask.add(1, ordering: .relaxed).oldValue
            guard task < taskCount else { return }
            body(task, worker)
        }
    }

    /// Keeps the spinning loop from being optimised away; Swift exposes no pause instruction.
    @inline(__always)
    private func spinHint() {
        _ = stopped.load(ordering: .relaxed)
    }
}

// The program's only pool of compute threads. Work is cut into tiles whose size never depends on the number of
// threads, and a tile is always computed by one thread in one order: results are the same bits for any thread count.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Runs numbered tasks on a fixed set of threads; the caller is one of them.
package final class ThreadPool: Sendable {
    /// Threads that take part, the caller's included.
    package let threadCount: Int
    private let crew = Crew()

    package init(threadCount: Int = ProcessInfo.processInfo.activeProcessorCount) {
        precondition(threadCount >= 1)
        self.threadCount = threadCount
        for worker in 1..<max(threadCount, 1) {
            // The thread holds the crew and not the pool, so that an abandoned pool ends its threads.
            let thread = Thread { [crew] in crew.work(worker) }
            thread.stackSize = 8 << 20
            thread.name = "xmodel-\(worker)"
            thread.start()
        }
    }

    deinit { crew.stop() }

    /// Calls `body(task, worker)` for every task in 0..<count; returns when all are done. `worker` in 0..<threadCount
    /// names the thread, for scratch memory. Callers on several threads take turns; a body must not call it.
    package func run(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        guard count > 1, threadCount > 1 else {
            for task in 0..<count { body(task, 0) }
            return
        }
        withoutActuallyEscaping(body) { crew.run(count, helpers: threadCount - 1, $0) }
    }

    /// As `run`, for tasks that can fail: all are run, then the error of the first one that failed is thrown.
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

    /// As `run`, but hands the tasks out so that each thread mostly walks from a task to its neighbour: what is asked
    /// for ahead of the end of one is then the beginning of the next.
    package func runNeighbours(_ count: Int, _ body: (_ task: Int, _ worker: Int) -> Void) {
        let share = count > 1 ? (count + threadCount - 1) / threadCount : 1
        run(count > 1 ? share * threadCount : count) { turn, worker in
            let task = turn % threadCount * share + turn / threadCount
            if task < count { body(task, worker) }
        }
    }

    /// Splits 0..<count into ranges of `tile` (the last one shorter) and runs them as tasks.
    package func runTiles(_ count: Int, tile: Int, _ body: (_ range: Range<Int>, _ worker: Int) -> Void) {
        run((count + tile - 1) / tile) { task, worker in
            body(task * tile..<min(count, (task + 1) * tile), worker)
        }
    }
}

/// What the threads of a pool share. `body` and `taskCount` are written while every worker waits for the next
/// generation, and read after it.
private final class Crew: @unchecked Sendable {
    typealias Body = (_ task: Int, _ worker: Int) -> Void

    private let generation = Atomic<Int>(0)
    private let nextTask = Atomic<Int>(0)
    private let busyWorkers = Atomic<Int>(0)
    private let stopped = Atomic<Bool>(false)
    private let parking = NSCondition()
    /// Held by the caller whose tasks run.
    private let turn = Mutex(())
    /// Workers that sleep or are about to; only then does a wake-up take the lock.
    private let parkedWorkers = Atomic<Int>(0)
    private var body: Body?
    private var taskCount = 0

    /// Turns of waiting in a tight loop before a worker sleeps: about 50 microseconds, longer than the gap between two
    /// operations of a training step, shorter than anybody notices in an idle program.
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

    /// Lets the workers end; nothing may run any more.
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
        // Either this sees the worker that parks, or the worker sees the new generation: both orders are total.
        generation.add(1, ordering: .sequentiallyConsistent)
        guard parkedWorkers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        parking.lock()
        parking.broadcast()
        parking.unlock()
    }

    private func drain(_ body: Body, worker: Int) {
        while true {
            let task = nextTask.add(1, ordering: .relaxed).oldValue
            guard task < taskCount else { return }
            body(task, worker)
        }
    }

    @inline(__always)
    private func spinHint() {
        _ = stopped.load(ordering: .relaxed)
    }
}

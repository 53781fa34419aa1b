// The pool runs every task exactly once, whatever the counts; the arena plans what it allocates.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMTensor

@Suite("ThreadPoolTests")
struct ThreadPoolTests {
    @Test("every task runs once", arguments: [1, 2, 5], [0, 1, 2, 7, 1000])
    func everyTask(threads: Int, count: Int) {
        let pool = ThreadPool(threadCount: threads)
        for _ in 0..<20 {
            let seen = UnsafeMutablePointer<Int>.allocate(capacity: max(count, 1))
            seen.initialize(repeating: 0, count: count)
            defer { seen.deallocate() }
            pool.run(count) { task, worker in
                precondition(worker < threads)
                seen[task] += 1
            }
            #expect((0..<count).allSatisfy { seen[$0] == 1 })
            pool.runNeighbours(count) { task, _ in seen[task] += 1 }
            #expect((0..<count).allSatisfy { seen[$0] == 2 })
        }
    }

    @Test("tiles cover the range without overlap")
    func tiles() {
        let pool = ThreadPool(threadCount: 2)
        let lengths = UnsafeMutablePointer<Int>.allocate(capacity: 4)
        defer { lengths.deallocate() }
        pool.runTiles(200, tile: 64) { range, _ in lengths[range.lowerBound / 64] = range.count }
        #expect((0..<4).map { lengths[$0] } == [64, 64, 64, 8])
    }

    @Test("a plan has exactly what an arena reserves")
    func plan() throws {
        func reserve(_ arena: Arena) throws -> [Arena.Entry] {
            _ = try arena.tensor("a", "x", .bf16, [3, 5])
            _ = try arena.tensor("b", "y", .f32, [7])
            return arena.entries
        }
        let backend = try CPUBackend(compute: .f32, pool: ThreadPool(threadCount: 1))
        let (plan, real) = (try reserve(Arena(planningOn: backend)), try reserve(Arena(on: backend)))
        #expect(plan == real)
        #expect(plan.map(\.sizeBytes) == [30, 28])
    }
}

// Ranks as threads of one process, over shared memory. Tests train with it on several ranks; nothing in the trainer
// tells it from processes on several machines. A rank that fails or ends wakes every rank that waits for it.
// SPDX-License-Identifier: Apache-2.0

import Foundation

package enum LocalRanks {
    /// Runs `body` once per rank, each on a thread of its own, and returns the results in rank order.
    ///
    /// - Parameter count: the number of ranks, a power of two.
    /// - Throws: `RankError.failed` with the error of the first rank that failed by itself, when all ranks have ended.
    package static func run<Value: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (any Communicator) throws -> Value
    ) throws -> [Value] {
        precondition(count > 0 && count & (count - 1) == 0)
        let meeting = Meeting(size: count)
        let results = ResultBox<Value>(count: count)
        for rank in 0..<count {
            let thread = Thread {
                let result = Result { try body(LocalRank(rank: rank, meeting: meeting)) }
                var cause: (any Error)?
                if case .failure(let error) = result { cause = error }
                meeting.end(rank, cause: cause)
                results.set(rank, result)
            }
            thread.stackSize = 8 << 20
            thread.name = "xmodel-rank-\(rank)"
            thread.start()
        }
        let all = results.wait()
        let errors = all.enumerated().compactMap { rank, result -> (rank: Int, error: any Error)? in
            if case .failure(let error) = result { (rank, error) } else { nil }
        }
        // A rank that was only told of another one's failure is no cause.
        if let own = errors.first(where: { !($0.error is RankError) }) {
            throw RankError.failed(rank: own.rank, cause: own.error)
        }
        return try all.map { try $0.get() }
    }
}

/// One thread's view of the group.
private struct LocalRank: Communicator {
    let rank: Int
    let meeting: Meeting

    var size: Int { meeting.size }

    func gather(_ values: [Double]) throws -> [[Double]] {
        meeting.values[rank] = values
        try meeting.barrier()
        let all = Array(meeting.values)
        // Nobody gives new values before all have read these.
        try meeting.barrier()
        return all
    }

    /// Recursive halving with doubling distance, then the same way back: at level l, a rank and the one that differs in
    /// bit l of its number hold sums over neighbouring subtrees of 2^l ranks; each adds one half of the span.
    func treeSum(_ own: UnsafeMutableBufferPointer<Float>) throws {
        meeting.buffers[rank] = own
        try meeting.barrier()
        let counts = meeting.buffers.map(\.count)
        if let other = counts.firstIndex(where: { $0 != counts[0] }) {
            throw RankError.disagreement(
                subject: "number of elements to sum", rank: other, found: [Double(counts[other])],
                expected: [Double(counts[0])])
        }
        var span = 0..<own.count
        var levels: [(partner: Int, whole: Range<Int>, kept: Range<Int>)] = []
        for level in 0..<size.trailingZeroBitCount {
            let partner = rank ^ 1 << level
            let middle = span.lowerBound + span.count / 2
            let kept = rank < partner ? span.lowerBound..<middle : middle..<span.upperBound
            let theirs = meeting.buffers[partner]
            for index in kept { own[index] += theirs[index] }
            levels.append((partner, span, kept))
            span = kept
            try meeting.barrier()
        }
        for (partner, whole, kept) in levels.reversed() {
            let theirs = meeting.buffers[partner]
            for index in whole.lowerBound..<kept.lowerBound { own[index] = theirs[index] }
            for index in kept.upperBound..<whole.upperBound { own[index] = theirs[index] }
            try meeting.barrier()
        }
        meeting.buffers[rank] = Meeting.noBuffer
    }
}

/// Where the ranks wait for each other, and what they lay open to each other there.
///
/// `values` and `buffers` need no lock: each rank writes its own element before a barrier, others read it after. No
/// buffer goes away while it is read: the group can fail only outside a collective call, or before all have entered it.
private final class Meeting: @unchecked Sendable {
    let size: Int
    let values: UnsafeMutableBufferPointer<[Double]>
    let buffers: UnsafeMutableBufferPointer<UnsafeMutableBufferPointer<Float>>
    private let condition = NSCondition()
    /// Ranks in the barrier, and how many barriers have been passed.
    private var waiting = 0
    private var round = 0
    /// Why no barrier can be passed any more.
    private var failure: RankError?

    static var noBuffer: UnsafeMutableBufferPointer<Float> { UnsafeMutableBufferPointer(start: nil, count: 0) }

    init(size: Int) {
        self.size = size
        values = .allocate(capacity: size)
        values.initialize(repeating: [])
        buffers = .allocate(capacity: size)
        buffers.initialize(repeating: Self.noBuffer)
    }

    deinit {
        values.deinitialize().deallocate()
        buffers.deallocate()
    }

    func barrier() throws {
        condition.lock()
        defer { condition.unlock() }
        if let failure { throw failure }
        let entered = round
        waiting += 1
        if waiting == size {
            waiting = 0
            round += 1
            condition.broadcast()
        }
        while round == entered {
            if let failure { throw failure }
            condition.wait()
        }
    }

    /// A rank comes to no barrier any more.
    func end(_ rank: Int, cause: (any Error)?) {
        condition.lock()
        defer { condition.unlock() }
        guard failure == nil else { return }
        failure = cause.map { RankError.failed(rank: rank, cause: $0) } ?? .ended(rank: rank)
        condition.broadcast()
    }
}

/// Collects the results of threads.
private final class ResultBox<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var results: [Result<Value, any Error>?]

    init(count: Int) { results = Array(repeating: nil, count: count) }

    func set(_ index: Int, _ result: Result<Value, any Error>) {
        condition.lock()
        defer { condition.unlock() }
        results[index] = result
        condition.broadcast()
    }

    /// All results, when the last one is there.
    func wait() -> [Result<Value, any Error>] {
        condition.lock()
        defer { condition.unlock() }
        while results.contains(where: { $0 == nil }) { condition.wait() }
        return results.compactMap { $0 }
    }
}

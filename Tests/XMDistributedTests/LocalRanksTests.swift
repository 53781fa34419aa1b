// The group of threads against the protocol's promises: sums in the bits of the balanced tree, values in rank order,
// and no rank that waits for one that failed or left.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMDistributed
import XMSupport

private struct DiskFull: Error, CustomStringConvertible {
    let description = "the disk is full"
}

@Suite("LocalRanksTests", .timeLimit(.minutes(1)))
struct LocalRanksTests {
    /// Values of which almost every sum is rounded, so that another order of additions has other bits.
    private static func values(_ rank: Int, _ count: Int) -> [Float] {
        var random = RandomStream(seed: 7, "rank \(rank)")
        return (0..<count).map { _ in Float.random(in: -1...1, using: &random) * (rank % 2 == 0 ? 1e3 : 1e-3) }
    }

    /// The balanced pairwise sum, written as its definition.
    private static func pairwise(_ vectors: ArraySlice<[Float]>) -> [Float] {
        guard vectors.count > 1 else { return vectors.first ?? [] }
        let middle = vectors.startIndex + vectors.count / 2
        return zip(pairwise(vectors[..<middle]), pairwise(vectors[middle...])).map { $0 + $1 }
    }

    @Test("a sum has the bits of the balanced tree on every rank", arguments: [1, 2, 4, 8], [0, 1, 3, 17, 255, 4096])
    func sums(N: Int, count: Int) throws {
        let results = try LocalRanks.run(N) { communicator in
            var own = Self.values(communicator.rank, count)
            try own.withUnsafeMutableBufferPointer { try communicator.treeSum($0) }
            return own
        }
        let expected = Self.pairwise((0..<N).map { Self.values($0, count) }[...])
        #expect(results.allSatisfy { $0 == expected })
        // The order matters for these values: a sum from left to right has other bits.
        if N > 2, count > 100 {
            let sequential = (1..<N).reduce(Self.values(0, count)) { zip($0, Self.values($1, count)).map(+) }
            #expect(sequential != expected)
        }
    }

    @Test("values come in rank order, as many as each rank gives, call after call", arguments: [1, 2, 4])
    func gathers(N: Int) throws {
        let results = try LocalRanks.run(N) { communicator in
            try (0..<50).map { call in
                try communicator.gather(Array(repeating: Double(call), count: communicator.rank))
            }
        }
        for all in results {
            for (call, values) in all.enumerated() {
                #expect(values == (0..<N).map { Array(repeating: Double(call), count: $0) })
            }
        }
    }

    @Test("a flag that one rank raises is raised on all")
    func flags() throws {
        let raised = try LocalRanks.run(4) { try $0.anyRank($0.rank == 2) }
        let lowered = try LocalRanks.run(4) { try $0.anyRank(false) }
        #expect(raised == [true, true, true, true] && lowered == [false, false, false, false])
    }

    @Test("agreement compares bits: NaN equals itself, other values are named with their rank")
    func agreement() throws {
        _ = try LocalRanks.run(4) { try $0.requireAgreement(on: "loss", [.nan, 1]) }
        #expect {
            _ = try LocalRanks.run(4) { try $0.requireAgreement(on: "loss", [$0.rank == 3 ? 2.5 : 2]) }
        } throws: {
            "\($0)".hasPrefix("rank 3 has another loss (2.5) than rank 0 (2)")
        }
        #expect {
            _ = try LocalRanks.run(2) { communicator in
                var own = [Float](repeating: 0, count: 3 + communicator.rank)
                try own.withUnsafeMutableBufferPointer { try communicator.treeSum($0) }
            }
        } throws: {
            "\($0)".contains("another number of elements to sum (4) than rank 0 (3)")
        }
    }

    @Test("a rank that fails ends the others with its error and its number", arguments: 0..<4)
    func failure(failing: Int) throws {
        #expect {
            _ = try LocalRanks.run(4) { communicator in
                try communicator.barrier()
                if communicator.rank == failing { throw DiskFull() }
                let error = #expect(throws: RankError.self) { try communicator.barrier() }
                #expect(error.map { "\($0)" } == "rank \(failing): the disk is full")
                // Every later call fails as well.
                _ = try communicator.gather([1])
            }
        } throws: { error in
            guard case RankError.failed(failing, let cause) = error else { return false }
            return cause is DiskFull && "\(error)" == "rank \(failing): the disk is full"
        }
    }

    @Test("a rank that returns early leaves no other waiting")
    func early() throws {
        #expect {
            _ = try LocalRanks.run(2) { communicator in
                if communicator.rank == 1 { return }
                try communicator.barrier()
            }
        } throws: {
            "\($0)".hasPrefix("rank 1 has ended while another rank waits for it")
        }
    }

    @Test("one process is a group of one")
    func single() throws {
        let communicator = SingleProcess()
        var values: [Float] = [1, 2]
        values.withUnsafeMutableBufferPointer { communicator.treeSum($0) }
        #expect(values == [1, 2] && communicator.gather([3]) == [[3]] && communicator.size == 1)
    }
}

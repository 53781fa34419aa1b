// What the trainer asks of the other ranks of a run: one sum of gradients, one exchange of small values. Everything
// else (agreement, barriers) follows from these two. Memory is the host's: who trains on a device stages it.
// Next: ReductionTree.swift (the order of the sums), SingleProcess.swift, LocalRanks.swift.
// SPDX-License-Identifier: Apache-2.0

/// A fixed group of ranks that train one model together, each with a part of every step's sequences.
///
/// All ranks make the same calls in the same order. A rank's calls come one at a time, but from any thread. A call
/// returns when its result is complete on this rank; it throws `RankError` when another rank has failed or ended, so
/// that no rank waits forever.
package protocol Communicator: Sendable {
    /// This rank's number, `0 ..< size`. Rank 0 alone locks folders, writes files and talks.
    var rank: Int { get }

    /// The number of ranks, a power of two.
    var size: Int { get }

    /// Replaces every element by its sum over all ranks, added as a balanced pairwise tree: ranks 0 + 1 and 2 + 3, then
    /// those two sums, and so on. Every rank gets the same bits.
    func treeSum(_ buffer: UnsafeMutableBufferPointer<Float>) throws

    /// The values of every rank, in rank order; each rank may give another number of them.
    func gather(_ values: [Double]) throws -> [[Double]]
}

extension Communicator {
    /// Returns when every rank has called it.
    package func barrier() throws { _ = try gather([]) }

    /// Whether the flag is raised on any rank: the same answer on every rank.
    package func anyRank(_ flag: Bool) throws -> Bool {
        try gather([flag ? 1 : 0]).contains { $0 != [0] }
    }

    /// Throws `RankError.disagreement`, on every rank, unless all have the same bits.
    ///
    /// - Parameter subject: what the values are, for the error.
    package func requireAgreement(on subject: String, _ values: [Double]) throws {
        let all = try gather(values)
        let bits = all.map { $0.map(\.bitPattern) }
        if let rank = bits.firstIndex(where: { $0 != bits[0] }) {
            throw RankError.disagreement(subject: subject, rank: rank, found: all[rank], expected: all[0])
        }
    }
}

// What the trainer asks of the other processes of a run: sums, copies and a meeting point.
// The trainer is written against this protocol only, so scale-out (MPI, NCCL) adds a conformance and changes no loop.
// Next: SingleProcess.swift, the implementation for one process.
// SPDX-License-Identifier: Apache-2.0

/// A fixed group of processes that train one model together.
///
/// All processes call the same operations in the same order with buffers of the same length; every call returns when
/// the result is complete on this rank. Sums add the ranks in a fixed order, so that a run repeats to the last bit.
package protocol Communicator: Sendable {
    /// This process's number, `0 ..< size`. Rank 0 writes files and talks to the console.
    var rank: Int { get }

    /// The number of processes.
    var size: Int { get }

    /// Replaces every element by its sum over all ranks. Used for gradients (f32, as they are accumulated).
    func allReduceSum(_ buffer: UnsafeMutableBufferPointer<Float>) throws

    /// Replaces every element by its sum over all ranks. Used for losses, counts and squared norms.
    func allReduceSum(_ values: inout [Double]) throws

    /// Copies the buffer of rank `root` into the buffer of every other rank. Used for weights at start.
    func broadcast(_ buffer: UnsafeMutableBufferPointer<Float>, from root: Int) throws

    /// Returns when every rank has called it.
    func barrier() throws
}

/// What can go wrong before any byte is sent.
package enum CommunicatorError: Error, CustomStringConvertible, Equatable {
    /// `broadcast` named a rank that is not in the group.
    case noSuchRank(Int, size: Int)

    package var description: String {
        switch self {
        case .noSuchRank(let rank, let size):
            "broadcast from rank \(rank), but the run has \(size) process\(size == 1 ? "" : "es") "
                + "(ranks 0 to \(size - 1)); name one of these"
        }
    }
}

// The communicator of a run with one process: every sum is already complete, every copy already there.
// It is the default; the trainer cannot tell it from a larger group.
// SPDX-License-Identifier: Apache-2.0

/// A group of one process. All operations return at once and leave the data as it is.
package struct SingleProcess: Communicator {
    package let rank = 0
    package let size = 1

    package init() {}

    package func allReduceSum(_ buffer: UnsafeMutableBufferPointer<Float>) throws {}

    package func allReduceSum(_ values: inout [Double]) throws {}

    package func broadcast(_ buffer: UnsafeMutableBufferPointer<Float>, from root: Int) throws {
        guard root == rank else { throw CommunicatorError.noSuchRank(root, size: size) }
    }

    package func barrier() throws {}
}

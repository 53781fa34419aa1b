// The order in which a step's gradient is summed. The step's sequences are cut into K leaves; inside a leaf sums run
// from one sequence to the next, above the leaves they form a balanced binary tree. The tree depends on K alone: N
// ranks, N a power of two up to K, own a subtree each and get the same bits. Next: Communicator.swift.
// SPDX-License-Identifier: Apache-2.0

package struct ReductionTree: Sendable, Equatable {
    /// K, a power of two.
    package let leaves: Int
    /// N, which divides K.
    package let ranks: Int

    package init(leaves: Int = 1, ranks: Int = 1) {
        precondition(leaves > 0 && leaves & (leaves - 1) == 0 && ranks > 0 && leaves % ranks == 0)
        (self.leaves, self.ranks) = (leaves, ranks)
    }

    /// The leaves of a rank.
    package func leaves(of rank: Int) -> Range<Int> {
        let count = leaves / ranks
        return rank * count..<(rank + 1) * count
    }

    /// The sequences of a leaf in a step of `batchSize` sequences. The sizes of two leaves differ by at most 1.
    package func sequences(ofLeaf leaf: Int, batchSize: Int) -> Range<Int> {
        leaf * batchSize / leaves..<(leaf + 1) * batchSize / leaves
    }

    /// The sequences of a rank: those of its leaves.
    package func sequences(of rank: Int, batchSize: Int) -> Range<Int> {
        let leaves = leaves(of: rank)
        return sequences(ofLeaf: leaves.lowerBound, batchSize: batchSize)
            .lowerBound..<sequences(ofLeaf: leaves.upperBound - 1, batchSize: batchSize).upperBound
    }

    /// Levels of the tree inside one rank, log2(K / N). A rank that walks its leaves in order keeps one unfinished sum
    /// per level, as a binary counter keeps its digits: sum l is kept while digit l of the number of leaves done is 1.
    package var levelsPerRank: Int { (leaves / ranks).trailingZeroBitCount }
}

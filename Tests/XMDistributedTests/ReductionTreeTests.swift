// The leaves of a step: every sequence is in one, in order, and ranks own whole subtrees.
// SPDX-License-Identifier: Apache-2.0

import Testing
import XMDistributed

@Suite("ReductionTreeTests")
struct ReductionTreeTests {
    @Test("leaves cover a step's sequences in order, and their sizes differ by at most 1", arguments: [1, 2, 4, 64])
    func leaves(K: Int) {
        let tree = ReductionTree(leaves: K)
        for batchSize in [64, 65, 127, 255, 960] {
            let leaves = (0..<K).map { tree.sequences(ofLeaf: $0, batchSize: batchSize) }
            #expect(leaves.flatMap { Array($0) } == Array(0..<batchSize))
            let sizes = leaves.map(\.count)
            #expect(sizes.max()! - sizes.min()! <= 1 && sizes.min()! > 0)
        }
    }

    @Test("ranks own contiguous, equally many leaves", arguments: [1, 2, 4, 8])
    func ranks(N: Int) {
        let tree = ReductionTree(leaves: 8, ranks: N)
        #expect((0..<N).flatMap { Array(tree.leaves(of: $0)) } == Array(0..<8))
        #expect((0..<N).flatMap { Array(tree.sequences(of: $0, batchSize: 21)) } == Array(0..<21))
        #expect((0..<N).allSatisfy { tree.leaves(of: $0).count == 8 / N })
        #expect(1 << tree.levelsPerRank == 8 / N)
        // The leaves are those of a single rank.
        let alone = ReductionTree(leaves: 8)
        #expect(tree.sequences(ofLeaf: 5, batchSize: 21) == alone.sequences(ofLeaf: 5, batchSize: 21))
    }
}

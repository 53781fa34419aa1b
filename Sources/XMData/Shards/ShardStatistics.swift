// Lengths and categories of a source's documents, computed from the index and category files alone.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct ShardStatistics: Sendable, Equatable {
    /// Number of documents with 2^k to 2^(k+1) - 1 tokens, by k.
    package private(set) var lengthCounts = [Int](repeating: 0, count: 64)
    package private(set) var longest = 0
    package private(set) var categoryTokens: [InstructionCategory: Int] = [:]
    /// Accurate to a factor of 1 + 1/64.
    package private(set) var medianLength = 0

    package init(_ source: ShardManifest.Source, folder: URL, width: TokenWidth) throws {
        var fine = [Int: Int]()
        for shard in source.shards {
            let open = try OpenShard(shard, folder: folder.appending(path: source.name), width: width)
            let categories = try open.categories(0..<shard.documents)
            try open.forEachDocument { index, range in
                let length = range.count
                lengthCounts[Self.power(length)] += 1
                fine[Self.rounded(length), default: 0] += 1
                longest = max(longest, length)
                if let category = categories[index] { categoryTokens[category, default: 0] += length }
            }
        }
        var left = source.documents / 2
        for (length, count) in fine.sorted(by: { $0.key < $1.key }) {
            medianLength = length
            left -= count
            if left < 0 { break }
        }
    }

    private static func power(_ length: Int) -> Int { Int.bitWidth - 1 - length.leadingZeroBitCount }

    /// The length truncated to its seven leading bits, which keeps the histogram small.
    private static func rounded(_ length: Int) -> Int {
        let drop = max(0, power(length) - 6)
        return (length >> drop) << drop
    }
}

// Applies merges: repeatedly the adjacent pair with the lowest rank, the leftmost of equals, until no pair has a rule.
// Short words are scanned from left to right; whole texts (SentencePiece models) need the priority queue.
// SPDX-License-Identifier: Apache-2.0

extension MergeTable {
    /// Sequences longer than this use the queue; both algorithms give the same result.
    static let longestScan = 32

    /// Merges `symbols` in place. `merges` is scratch memory that the caller keeps between calls.
    func apply(to symbols: inout [Int32], merges: inout [Merge]) {
        if symbols.count <= Self.longestScan {
            applyByScanning(to: &symbols, merges: &merges)
        } else {
            applyByQueue(to: &symbols)
        }
    }

    /// O(n²) with a small constant: the rules of all adjacent pairs are cached, and a merge changes only two.
    func applyByScanning(to symbols: inout [Int32], merges: inout [Merge]) {
        guard symbols.count > 1 else { return }
        merges.removeAll(keepingCapacity: true)
        for index in 1..<symbols.count { merges.append(merge(symbols[index - 1], symbols[index])) }
        while true {
            var best = -1
            var rank = Int32.max
            for index in merges.indices where merges[index].rank < rank { (best, rank) = (index, merges[index].rank) }
            guard best >= 0 else { return }
            symbols[best] = merges[best].id
            symbols.remove(at: best + 1)
            merges.remove(at: best)
            if best > 0 { merges[best - 1] = merge(symbols[best - 1], symbols[best]) }
            if best < merges.count { merges[best] = merge(symbols[best], symbols[best + 1]) }
        }
    }

    /// O(n log n): candidates in a binary heap by (rank, position), symbols in a linked list.
    func applyByQueue(to symbols: inout [Int32]) {
        let count = symbols.count
        guard count > 1 else { return }
        var next = (1...count).map { Int32($0) }
        var previous = (-1..<count - 1).map { Int32($0) }
        var queue = CandidateHeap(capacity: count)
        func consider(_ left: Int32, _ right: Int32, _ symbols: [Int32], _ queue: inout CandidateHeap) {
            guard left >= 0, right < count else { return }
            let (first, second) = (symbols[Int(left)], symbols[Int(right)])
            let rule = merge(first, second)
            guard rule.id >= 0 else { return }
            queue.push(.init(rank: rule.rank, position: left, left: first, right: second, id: rule.id))
        }
        for index in 1..<Int32(count) { consider(index - 1, index, symbols, &queue) }
        while let candidate = queue.pop() {
            let at = Int(candidate.position)
            let right = next[at]
            // The candidate is stale if one of the pair has changed. Symbols that were merged away are -1.
            guard symbols[at] == candidate.left, right < count, symbols[Int(right)] == candidate.right else { continue }
            symbols[at] = candidate.id
            symbols[Int(right)] = -1
            next[at] = next[Int(right)]
            if next[at] < count { previous[Int(next[at])] = candidate.position }
            consider(previous[at], candidate.position, symbols, &queue)
            consider(candidate.position, next[at], symbols, &queue)
        }
        symbols.removeAll { $0 < 0 }
    }
}

/// A binary min-heap of possible merges by (rank, position).
private struct CandidateHeap {
    struct Candidate {
        var rank: Int32
        var position: Int32
        /// The two symbols when it was pushed.
        var left: Int32
        var right: Int32
        var id: Int32

        var order: UInt64 { UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(UInt32(bitPattern: position)) }
    }

    private var items: [Candidate] = []

    init(capacity: Int) { items.reserveCapacity(capacity) }

    mutating func push(_ item: Candidate) {
        items.append(item)
        var index = items.count - 1
        while index > 0, items[(index - 1) / 2].order > items[index].order {
            items.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func pop() -> Candidate? {
        guard let top = items.first, let last = items.popLast() else { return nil }
        guard !items.isEmpty else { return top }
        items[0] = last
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < items.count && items[child].order < items[least].order {
                least = child
            }
            if least == index { return top }
            items.swapAt(index, least)
            index = least
        }
    }
}

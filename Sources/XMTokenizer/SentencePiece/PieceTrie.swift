// The pieces of a vocabulary as a double-array trie over UTF-8 bytes: each step takes one addition and one comparison.
// Aoe 1989, "An efficient digital search algorithm by using a double-array structure".
// SPDX-License-Identifier: Apache-2.0

package struct PieceTrie: Sendable {
    /// A node's children are the cells at base + byte whose `parent` is the node.
    struct Cell: Sendable {
        var base: Int32 = 0
        var parent: Int32 = -1
        /// Id of the piece that ends at this node, or -1.
        var piece: Int32 = -1
        /// Its score.
        var score: Float = 0
    }

    private(set) var cells: [Cell]

    /// - Parameter pieces: (bytes, id, score) with distinct bytes; an empty piece is ignored.
    init(_ pieces: [(bytes: [UInt8], id: Int32, score: Float)]) {
        let sorted = pieces.filter { !$0.bytes.isEmpty }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        cells = [Cell](repeating: Cell(), count: 1024)
        cells[0].parent = 0
        var firstFree = 1
        // Breadth-first: (node, pieces below it, length of their common prefix).
        var queue: [(node: Int, range: Range<Int>, depth: Int)] = [(0, sorted.indices, 0)]
        var head = 0
        while head < queue.count {
            let (node, range, depth) = queue[head]
            head += 1
            var rest = range
            if let first = rest.first, sorted[first].bytes.count == depth {
                cells[node].piece = sorted[first].id
                cells[node].score = sorted[first].score
                rest = rest.dropFirst()
            }
            var children: [(byte: Int, range: Range<Int>)] = []
            for index in rest {
                let byte = Int(sorted[index].bytes[depth])
                if children.last?.byte == byte {
                    children[children.count - 1].range = children.last!.range.lowerBound..<index + 1
                } else {
                    children.append((byte, index..<index + 1))
                }
            }
            guard !children.isEmpty else { continue }
            let base = findBase(children.map(\.byte), &firstFree)
            cells[node].base = Int32(base)
            for child in children {
                cells[base + child.byte].parent = Int32(node)
                queue.append((base + child.byte, child.range, depth + 1))
            }
        }
    }

    /// A base for which the cells of all children are free. The search starts at `firstFree` and abandons the cells it
    /// has passed once 95 % of them are taken: a few stay unused, but construction takes linear time.
    private mutating func findBase(_ bytes: [Int], _ firstFree: inout Int) -> Int {
        while firstFree < cells.count && cells[firstFree].parent >= 0 { firstFree += 1 }
        var slot = max(firstFree, bytes[0] + 1)
        let begin = slot
        var taken = 0
        while true {
            let base = slot - bytes[0]
            if base + 256 >= cells.count {
                cells.append(contentsOf: repeatElement(Cell(), count: cells.count))
            }
            if isFree(base, bytes) {
                let passed = slot - begin
                if passed > 256 && taken * 20 > passed * 19 { firstFree = slot }
                return base
            }
            if cells[slot].parent >= 0 { taken += 1 }
            slot += 1
        }
    }

    private func isFree(_ base: Int, _ bytes: [Int]) -> Bool {
        for byte in bytes where cells[base + byte].parent >= 0 { return false }
        return true
    }
}

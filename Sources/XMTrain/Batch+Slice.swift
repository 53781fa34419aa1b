// A micro-batch out of a batch.
// SPDX-License-Identifier: Apache-2.0

package import XMData

extension Batch {
    /// Sequences first..<first + count.
    package func slice(_ first: Int, _ count: Int) -> Batch {
        if first == 0 && count == rows { return self }
        let range = first * length..<(first + count) * length
        return Batch(
            rows: count, length: length, inputs: Array(inputs[range]), targets: Array(targets[range]),
            sources: Array(sources[first..<first + count]), positions: Array(positions[range]),
            documents: documents.map { Array($0[range]) })
    }
}

// The row order of q and k. Here the first half of a head is rotated against its second half; llama.cpp rotates
// neighbours (rope type "NORM", used by llama, minicpm and granite). Interleaving the two halves inside every head, [2,
// d/2] to [d/2, 2], keeps rotation partners together (docs/formats.md). Readers undo it, the exporter applies it.
// SPDX-License-Identifier: Apache-2.0

/// A permutation of rows within each head of `headSize` rows.
package struct RotaryOrder: Sendable, Equatable {
    /// d, an even number.
    package let headSize: Int

    package init(headSize: Int) { self.headSize = headSize }

    /// The row of a GGUF matrix that holds our row `row`.
    package func storedRow(_ row: Int) -> Int {
        let (inside, half) = (row % headSize, headSize / 2)
        return row - inside + 2 * (inside % half) + inside / half
    }

    /// The inverse: our row that is stored as row `stored` of a GGUF matrix.
    package func row(stored: Int) -> Int {
        let inside = stored % headSize
        return stored - inside + inside % 2 * (headSize / 2) + inside / 2
    }
}

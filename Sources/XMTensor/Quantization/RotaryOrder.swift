// The order of the rows of q and k. Here a head's first half is rotated against its second half; GGUF's programs rotate
// neighbours (rope type "NORM", used by llama, minicpm and granite). A row keeps its partner when, inside every head,
// the two halves are interleaved: [2, d/2] becomes [d/2, 2] (docs/formats.md). Readers undo it, the exporter does it.
// SPDX-License-Identifier: Apache-2.0

package struct RotaryOrder: Sendable, Equatable {
    /// d, an even number.
    package let headSize: Int

    package init(headSize: Int) { self.headSize = headSize }

    /// Where our row stands in a GGUF matrix.
    package func storedRow(_ row: Int) -> Int {
        let (inside, half) = (row % headSize, headSize / 2)
        return row - inside + 2 * (inside % half) + inside / half
    }

    /// Our row that stands in a row of a GGUF matrix: the inverse.
    package func row(stored: Int) -> Int {
        let inside = stored % headSize
        return stored - inside + inside % 2 * (headSize / 2) + inside / 2
    }
}

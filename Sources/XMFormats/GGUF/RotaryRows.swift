// The order of the rows of q and k. Hugging Face rotates a head's first half against its second half, llama.cpp rotates
// neighbours (its rope type "NORM", used by llama, minicpm and granite). A row keeps its partner when, inside every
// head, the two halves are interleaved: [2, d/2] becomes [d/2, 2] (model.md 4.3).
// SPDX-License-Identifier: Apache-2.0

package enum RotaryRows {
    /// The row of a Hugging Face matrix that stands in row `row` of the GGUF matrix; `d` is the width of a head.
    package static func huggingFace(ofGGUF row: Int, d: Int) -> Int {
        let (head, inside) = (row / d, row % d)
        return head * d + inside % 2 * (d / 2) + inside / 2
    }

    /// The inverse.
    package static func gguf(ofHuggingFace row: Int, d: Int) -> Int {
        let (head, inside) = (row / d, row % d)
        return head * d + inside % (d / 2) * 2 + inside / (d / 2)
    }
}

// The order of the rows of q and k. Here a head's first half is rotated against its second half; llama.cpp rotates
// neighbours (its rope type "NORM", used by llama, minicpm and granite). A row keeps its partner when, inside every
// head, the two halves are interleaved: [2, d/2] becomes [d/2, 2] (model.md 4.3). GGUFWeights undoes it.
// SPDX-License-Identifier: Apache-2.0

enum RotaryRows {
    /// Our row that stands in row `row` of a GGUF matrix; `d` is the width of a head.
    static func source(ofGGUF row: Int, d: Int) -> Int {
        let (head, inside) = (row / d, row % d)
        return head * d + inside % 2 * (d / 2) + inside / 2
    }
}

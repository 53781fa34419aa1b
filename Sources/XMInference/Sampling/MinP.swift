// Min-p sampling: keeps tokens at least p times as likely as the most likely one (arXiv 2407.01082).
// SPDX-License-Identifier: Apache-2.0

struct MinP: TokenFilter {
    let p: Double

    func apply(to weights: UnsafeMutableBufferPointer<Float>) {
        let threshold = Float(p)
        for index in weights.indices where weights[index] < threshold { weights[index] = 0 }
    }
}

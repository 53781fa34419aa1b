// Keeps tokens at least p times as likely as the likeliest (arXiv 2407.01082).
// SPDX-License-Identifier: Apache-2.0

import Foundation

struct MinP: LogitFilter {
    let p: Double

    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory) {
        guard p > 0, let largest = logits.max() else { return }
        let threshold = largest + Float(log(p))
        for index in logits.indices where logits[index] < threshold { logits[index] = -.infinity }
    }
}

// Flattens (above 1) or sharpens (below 1) the distribution.
// SPDX-License-Identifier: Apache-2.0

struct Temperature: LogitFilter {
    let temperature: Float

    func apply(to logits: UnsafeMutableBufferPointer<Float>, history: TokenHistory) {
        for index in logits.indices { logits[index] /= temperature }
    }
}

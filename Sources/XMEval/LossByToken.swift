// Loss by the number of tokens that the model has read before: figure 5 of the Xmodel-2 report. The text is cut into
// windows that do not overlap; the loss after t tokens is the mean over the windows. LossCurve.swift fits the curve.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

package struct LossByToken: Sendable {
    /// One request for each window, which scores all of its tokens but the first.
    package let requests: [EvalRequest]

    /// - Parameters:
    ///   - length: tokens of a window.
    ///   - windows: at most this many; a last one that is not full is left out.
    package init(_ text: String, _ tokenizer: any Tokenizer, length: Int = 512, windows: Int = .max) {
        let ids = tokenizer.encode(text, matchingSymbols: false)
        let count = min(ids.count / length, windows)
        requests = (0..<count).map {
            EvalRequest(
                ids: Array(ids[$0 * length..<($0 + 1) * length]), kind: .scoreEach(scored: length - 1), truncated: 0)
        }
    }

    /// Mean loss after t = 1, 2, … tokens, in nats; empty for a text shorter than a window.
    package func measure(
        _ runner: RequestRunner, onProgress: (RequestRunner.Progress) throws -> Void = { _ in }
    ) async throws -> [Double] {
        guard let first = requests.first else { return [] }
        let responses = try await runner.responses(to: requests, onProgress: onProgress)
        return (0..<first.ids.count - 1).map { place in
            let losses = responses.compactMap { response -> Double? in
                guard case .tokens(let logprobs) = response else { return nil }
                return -Double(logprobs[place])
            }
            return MeanEstimate(losses).mean
        }
    }
}

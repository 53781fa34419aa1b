// Generation as text: whole characters as they come, ended by stop strings wherever tokens cut them.
// SPDX-License-Identifier: Apache-2.0

import XMTokenizer

package struct TextRequest: Sendable {
    package var prompt: [Int32]
    package var options: GenerationOptions
    package var stopStrings: [String]
    /// The answer continues the prompt's text, so a leading space is kept.
    package var continuesText: Bool

    package init(
        prompt: [Int32], options: GenerationOptions, stopStrings: [String] = [], continuesText: Bool = false
    ) {
        (self.prompt, self.options, self.stopStrings) = (prompt, options, stopStrings)
        self.continuesText = continuesText
    }
}

package struct TextAnswer: Sendable {
    /// Without the stop string.
    package let text: String
    package let tokens: [GeneratedToken]
    package let finish: FinishReason
    package let promptTokens: Int
    package let reusedPositions: Int
}

extension LanguageModel {
    /// Answers in the order of the requests; `onText(request, part)` gets the text as it comes, in whole characters,
    /// and ends the request by returning false, or all of them by an error, which is thrown on.
    package func generateText(
        _ requests: [TextRequest], onText: (Int, String) throws -> Bool = { _, _ in true },
        shouldContinue: () -> Bool = { true }
    ) throws -> [TextAnswer] {
        var decoders = requests.map { StreamingDecoder(tokenizer, continuing: $0.continuesText) }
        var stops = requests.map { StopMatcher($0.stopStrings) }
        var texts = [String](repeating: "", count: requests.count)
        var failure: (any Error)?
        func show(_ number: Int, _ part: String) -> Bool {
            texts[number] += part
            guard !part.isEmpty, failure == nil else { return failure == nil }
            do {
                return try onText(number, part)
            } catch {
                failure = error
                return false
            }
        }
        let results = try generate(
            requests.map { ($0.prompt, $0.options) },
            onToken: { number, token in
                let goesOn = show(number, stops[number].append(decoders[number].append(token.id)))
                return goesOn && stops[number].matched == nil
            }, shouldContinue: { failure == nil && shouldContinue() })
        let answers = results.enumerated().map { number, result in
            _ = show(number, stops[number].append(decoders[number].finish()))
            _ = show(number, stops[number].finish())
            return TextAnswer(
                text: texts[number], tokens: result.tokens,
                finish: stops[number].matched == nil ? result.finish : .stop,
                promptTokens: requests[number].prompt.count, reusedPositions: result.reusedPositions)
        }
        if let failure { throw failure }
        return answers
    }
}

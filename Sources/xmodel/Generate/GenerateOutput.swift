// How `xmodel generate` writes answers: one as it comes, behind the text it continues, or many as JSON lines.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport
import XMTensor
import XMTokenizer

struct GenerateOutput {
    private let model: LoadedModel
    private let isInterrupted: () -> Bool

    init(_ model: LoadedModel, isInterrupted: @escaping () -> Bool) {
        (self.model, self.isInterrupted) = (model, isInterrupted)
    }

    /// One answer, as it comes.
    func stream(_ request: TextRequest, behind text: String) throws {
        // A text of others must not steer the terminal; a file gets every character.
        let isTerminal = Terminal.isTerminal(.standardOutput)
        func show(_ text: String) throws { try Output.write(isTerminal ? text.withoutControls : text) }
        try show(text)
        let start = ContinuousClock.now
        var firstText: Duration?
        let answer = try model.generateText(
            [request],
            onText: { _, part in
                firstText = firstText ?? ContinuousClock.now - start
                try show(part)
                return true
            }, shouldContinue: { !isInterrupted() })[0]
        try Output.line()
        let total = (ContinuousClock.now - start).seconds
        let first = firstText?.seconds ?? total
        let rate = Double(answer.tokens.count - 1) / max(total - first, 1e-9)
        talk(
            "\(HumanText.counted(answer.promptTokens, "prompt token")) in \(String(format: "%.2f", first)) s, "
                + HumanText.counted(answer.tokens.count, "token")
                + (answer.tokens.count > 1 ? String(format: " at %.1f tokens/s", rate) : "")
                + ", ended by \(answer.finish.rawValue.replacingOccurrences(of: "_", with: " "))")
    }

    /// An answer a line, in the order of the requests.
    func lines(_ requests: [TextRequest], _ ids: [String?], together: Int, logprobs: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let start = ContinuousClock.now
        var (tokens, answered) = (0, 0)
        // A group at a time, so that answers are on disk soon and an interruption loses little.
        for first in stride(from: 0, to: requests.count, by: together) where !isInterrupted() {
            let group = first..<min(first + together, requests.count)
            let answers = try model.generateText(Array(requests[group]), shouldContinue: { !isInterrupted() })
            for (answer, id) in zip(answers, ids[group]) {
                tokens += answer.tokens.count
                answered += 1
                let line = AnswerLine(
                    id: id, text: answer.text, finish: answer.finish, prompt_tokens: answer.promptTokens,
                    tokens: answer.tokens.count, logprobs: logprobs ? answer.tokens.map(place) : nil)
                try Output.line(String(decoding: encoder.encode(line), as: UTF8.self))
            }
        }
        let rate = Double(tokens) / max((ContinuousClock.now - start).seconds, 1e-9)
        talk(
            "\(HumanText.counted(answered, "answer")), \(HumanText.counted(tokens, "token")), "
                + String(format: "%.1f tokens/s", rate))
    }

    private func place(_ token: GeneratedToken) -> AnswerLine.Place {
        AnswerLine.Place(token: model.tokenizer.piece(token.id), id: token.id, logprob: token.logprob, top: token.top)
    }
}

private struct AnswerLine: Encodable {
    let id: String?
    let text: String
    let finish: FinishReason
    let prompt_tokens: Int
    let tokens: Int
    let logprobs: [Place]?

    struct Place: Encodable {
        let token: String
        let id: Int32
        let logprob: Float
        let top: [TokenLogprob]
    }
}

// How `xmodel generate` writes answers: one as it comes, behind the text it continues, or many as JSON lines.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport
import XMTerminal
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
        let answers = Result {
            try model.generateText(
                [request],
                onText: { _, part in
                    firstText = firstText ?? ContinuousClock.now - start
                    try show(part)
                    return true
                }, shouldContinue: { !isInterrupted() })
        }
        // An error is said on a line of its own.
        if case .failure = answers { try? Output.line() }
        let answer = try answers.get()[0]
        try Output.line()
        let total = (ContinuousClock.now - start).seconds
        let first = firstText?.seconds ?? total
        let rate = Double(answer.tokens.count - 1) / max(total - first, 1e-9)
        talk(
            "\(HumanText.counted(answer.promptTokens, "prompt token")) in \(String(format: "%.2f", first)) s, "
                + HumanText.counted(answer.tokens.count, "token")
                + (answer.tokens.count > 1 ? " at \(HumanText.rate(rate)) tokens/s" : "")
                + ", ended by \(answer.finish.rawValue.replacingOccurrences(of: "_", with: " "))")
        if endedAtOnce(answer, to: request) { talk(Self.chatHint("the model ended at once")) }
    }

    /// A text that a chat model has nothing to add to: it was trained on conversations.
    private func endedAtOnce(_ answer: TextAnswer, to request: TextRequest) -> Bool {
        request.continuesText && model.file.chatTemplate != nil && answer.finish == .stop && answer.tokens.isEmpty
    }

    private static func chatHint(_ what: String) -> String {
        "\(what): it has a chat template, and texts were given to it as they are; --chat asks them as questions"
    }

    /// An answer a line, in the order of the requests.
    func lines(_ requests: [TextRequest], _ ids: [String?], together: Int, logprobs: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let start = ContinuousClock.now
        var (tokens, answered, empty) = (0, 0, 0)
        // Lines on a terminal are progress enough.
        let bar =
            Terminal.isTerminal(.standardOutput)
            ? nil : ProgressBar("generate", total: requests.count, unit: " answers", on: .standardError)
        defer { bar?.finish() }
        // A group at a time, so that answers are on disk soon and an interruption loses little.
        for first in stride(from: 0, to: requests.count, by: together) where !isInterrupted() {
            let group = first..<min(first + together, requests.count)
            let answers = try model.generateText(Array(requests[group]), shouldContinue: { !isInterrupted() })
            for (index, answer) in zip(group, answers) {
                tokens += answer.tokens.count
                answered += 1
                empty += endedAtOnce(answer, to: requests[index]) ? 1 : 0
                let line = AnswerLine(
                    text: answer.text, finish: answer.finish, prompt_tokens: answer.promptTokens,
                    tokens: answer.tokens.count, logprobs: logprobs ? answer.tokens.map(place) : nil)
                let members = String(decoding: try encoder.encode(line), as: UTF8.self)
                try Output.line(ids[index].map { "{\"id\":\($0)," + members.dropFirst() } ?? members)
            }
            bar?.update(answered)
        }
        bar?.finish()
        let rate = Double(tokens) / max((ContinuousClock.now - start).seconds, 1e-9)
        talk(
            "\(HumanText.counted(answered, "answer")), \(HumanText.counted(tokens, "token")), "
                + "\(HumanText.rate(rate)) tokens/s")
        if empty > 0 { talk(Self.chatHint("the model ended \(HumanText.counted(empty, "answer")) at once")) }
    }

    private func place(_ token: GeneratedToken) -> AnswerLine.Place {
        AnswerLine.Place(token: model.tokenizer.piece(token.id), id: token.id, logprob: token.logprob, top: token.top)
    }
}

private struct AnswerLine: Encodable {
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

// How `xmodel generate` writes answers: one as it comes, after the text it continues, or many as JSON lines.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMInference
import XMSupport
import XMTerminal
import XMTokenizer

struct GenerateOutput {
    private let model: any LanguageModel
    private let interrupt: InterruptFlag

    init(_ model: any LanguageModel, interrupt: InterruptFlag) { (self.model, self.interrupt) = (model, interrupt) }

    /// One answer, as it comes.
    func stream(_ request: TextRequest, after text: String) throws {
        // On a terminal, generated text must not act as control sequences; a file gets every character.
        let isTerminal = Terminal.isTerminal(.standardOutput)
        func show(_ text: String) throws { try Output.write(isTerminal ? text.withoutControls : text) }
        try show(text)
        let start = ContinuousClock.now
        var firstText: Duration?
        let answer = Result {
            try waiting(interrupt: interrupt) {
                var answer: TextAnswer?
                for try await event in model.text(request) {
                    switch event {
                    case .text(let part):
                        firstText = firstText ?? ContinuousClock.now - start
                        try show(part)
                    case .ended(let whole): answer = whole
                    }
                }
                guard let answer else { throw CancellationError() }
                return answer
            }
        }
        // An error goes on a line of its own.
        if case .failure = answer { try? Output.line() }
        let whole = try answer.get()
        try Output.line()
        report(whole, to: request, firstText: firstText, total: ContinuousClock.now - start)
    }

    private func report(_ answer: TextAnswer, to request: TextRequest, firstText: Duration?, total: Duration) {
        let first = (firstText ?? total).seconds
        let rate = Double(answer.tokens.count - 1) / max(total.seconds - first, 1e-9)
        talk(
            "\(HumanText.counted(answer.promptTokens, "prompt token")) in \(String(format: "%.2f", first)) s, "
                + HumanText.counted(answer.tokens.count, "token")
                + (answer.tokens.count > 1 ? " at \(HumanText.rate(rate)) tokens/s" : "")
                + ", ended by \(answer.finish.rawValue.replacingOccurrences(of: "_", with: " "))")
        if endedAtOnce(answer, to: request) { talk(Self.chatHint("the model ended at once")) }
    }

    /// A chat model was trained on conversations and often has nothing to add to a plain text.
    private func endedAtOnce(_ answer: TextAnswer, to request: TextRequest) -> Bool {
        request.continuesText && model.chatTemplate != nil && answer.finish == .stop && answer.tokens.isEmpty
    }

    private static func chatHint(_ what: String) -> String {
        "\(what): it has a chat template, and texts were given to it as they are; --chat asks them as questions"
    }

    /// An answer a line, in the order of the requests and as soon as it and those before it are complete.
    func lines(_ requests: [TextRequest], _ ids: [String?], logprobs: Bool) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let start = ContinuousClock.now
        var (tokens, answered, empty) = (0, 0, 0)
        // Lines on a terminal are progress enough.
        let bar =
            Terminal.isTerminal(.standardOutput)
            ? nil : ProgressBar("generate", total: requests.count, unit: " answers", on: .standardError)
        defer { bar?.finish() }
        try waiting(interrupt: interrupt) {
            try await model.answers(to: requests) { index, answer in
                tokens += answer.tokens.count
                answered += 1
                empty += endedAtOnce(answer, to: requests[index]) ? 1 : 0
                let line = AnswerLine(
                    text: answer.text, finish: answer.finish, prompt_tokens: answer.promptTokens,
                    tokens: answer.tokens.count, logprobs: logprobs ? answer.tokens.map(position) : nil)
                let members = String(decoding: try encoder.encode(line), as: UTF8.self)
                try Output.line(ids[index].map { "{\"id\":\($0)," + members.dropFirst() } ?? members)
                bar?.update(answered)
            }
        }
        bar?.finish()
        let rate = Double(tokens) / max((ContinuousClock.now - start).seconds, 1e-9)
        talk(
            "\(HumanText.counted(answered, "answer")), \(HumanText.counted(tokens, "token")), "
                + "\(HumanText.rate(rate)) tokens/s")
        if empty > 0 { talk(Self.chatHint("the model ended \(HumanText.counted(empty, "answer")) at once")) }
    }

    private func position(_ token: GeneratedToken) -> AnswerLine.Position {
        AnswerLine.Position(
            token: model.tokenizer.piece(token.id), id: token.id, logprob: token.logprob, top: token.top)
    }
}

private struct AnswerLine: Encodable {
    let text: String
    let finish: FinishReason
    let prompt_tokens: Int
    let tokens: Int
    let logprobs: [Position]?

    /// The generated token at one position, and the most likely alternatives.
    struct Position: Encodable {
        let token: String
        let id: Int32
        let logprob: Float
        let top: [TokenLogprob]
    }
}

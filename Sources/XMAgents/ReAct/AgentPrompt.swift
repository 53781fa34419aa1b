// The prompt of the next step: head, first observation, the steps so far, and the cue behind which the model writes.
// Where it does not fit the context, the oldest steps go first; where even then it does not, its front.
// SPDX-License-Identifier: Apache-2.0

import XMInference
import XMTokenizer

/// How a prompt reaches the model.
package enum PromptMode: String, Sendable, Codable, CaseIterable {
    /// One text, which the model continues: the paper's way.
    case text
    /// The same texts as a conversation of the model's template: head and observations are the user's messages, the
    /// model's turns the assistant's, and the cue begins the assistant's next message.
    case chat
}

struct AgentPrompt: Sendable {
    struct Step: Sendable, Equatable {
        let written: String
        let answered: String
        /// Stands between the answer and the next step's text, in a prompt that is one text.
        let cue: String
    }

    let head: String
    let firstObservation: String
    /// The first observation and what stands between it and the first step's text.
    let opening: String
    var steps: [Step] = []
    let maxScalars: Int?

    init(_ format: ReActFormat, firstObservation: String) {
        (head, opening, maxScalars) = (format.head, format.opening(firstObservation), format.maxScalars)
        self.firstObservation = firstObservation
    }

    /// With the newest steps only; all of them at `dropped` 0.
    func text(dropping dropped: Int, cue: String) -> String {
        let episode = opening + steps.dropFirst(dropped).map { $0.written + $0.answered + $0.cue }.joined()
        guard let maxScalars else { return head + episode + cue }
        // Python's `prompt[-n:]` is the whole text for n = 0.
        let room = max(0, maxScalars - head.unicodeScalars.count)
        let kept = room == 0 ? episode : String(String.UnicodeScalarView(episode.unicodeScalars.suffix(room)))
        return head + kept + cue
    }

    /// The same as messages, without the cue.
    func messages(dropping dropped: Int) -> [ChatMessage] {
        [ChatMessage(role: "user", content: head + firstObservation)]
            + steps.dropFirst(dropped).flatMap {
                [
                    ChatMessage(role: "assistant", content: $0.written.pythonStripped),
                    ChatMessage(role: "user", content: $0.answered.pythonStripped),
                ]
            }
    }

    struct Fitted: Equatable {
        let ids: [Int32]
        let droppedSteps: Int
    }

    /// At most `room` token ids, with BOS where the model expects it; nil: there is no room at all.
    /// - Parameter template: of a conversation; nil: the prompt is one text.
    func fitted(cue: String, _ tokenizer: any Tokenizer, template: ChatTemplate?, room: Int) throws -> Fitted? {
        guard room > 0 else { return nil }
        func ids(dropping dropped: Int) throws -> [Int32] {
            if let template {
                let ids = try template.encode(
                    messages(dropping: dropped), addGenerationPrompt: true, tokenizer: tokenizer)
                return ids + (cue.isEmpty ? [] : tokenizer.encode(cue, matchingSymbols: false, isStart: false))
            }
            let ids = tokenizer.encode(text(dropping: dropped, cue: cue), matchingSymbols: false)
            guard tokenizer.addsBOS, let bos = tokenizer.bosID else { return ids.isEmpty ? [tokenizer.startID] : ids }
            return [bos] + ids
        }
        for dropped in 0...steps.count {
            let ids = try ids(dropping: dropped)
            if ids.count <= room { return Fitted(ids: ids, droppedSteps: dropped) }
        }
        // Neither head nor opening fits: the end of the whole text, as long as it can be.
        return Fitted(ids: Array(try ids(dropping: 0).suffix(room)), droppedSteps: 0)
    }
}

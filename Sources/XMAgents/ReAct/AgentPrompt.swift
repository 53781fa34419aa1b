// The prompt of the next step: head, first observation, the steps so far, and the cue behind which the model writes.
// Where it does not fit the context, the oldest steps go first; where even then it does not, its front.
// SPDX-License-Identifier: Apache-2.0

import XMInference
import XMTokenizer

struct AgentPrompt: Sendable {
    let head: String
    let opening: String
    var steps: [String] = []
    let maxScalars: Int?

    init(_ format: ReActFormat, firstObservation: String) {
        (head, opening, maxScalars) = (format.head, format.opening(firstObservation), format.maxScalars)
    }

    /// With the newest steps only; all of them at `dropped` 0.
    func text(dropping dropped: Int, cue: String) -> String {
        let episode = opening + steps.dropFirst(dropped).joined()
        guard let maxScalars else { return head + episode + cue }
        // Python's `prompt[-n:]` is the whole text for n = 0.
        let room = max(0, maxScalars - head.unicodeScalars.count)
        let kept = room == 0 ? episode : String(String.UnicodeScalarView(episode.unicodeScalars.suffix(room)))
        return head + kept + cue
    }

    struct Fitted: Equatable {
        let ids: [Int32]
        let droppedSteps: Int
    }

    /// At most `room` token ids, with BOS where the model expects it; nil: there is no room at all.
    func fitted(cue: String, _ tokenizer: any Tokenizer, room: Int) -> Fitted? {
        guard room > 0 else { return nil }
        func ids(dropping dropped: Int) -> [Int32] {
            let ids = tokenizer.encode(text(dropping: dropped, cue: cue), matchingSymbols: false)
            guard tokenizer.addsBOS, let bos = tokenizer.bosID else { return ids.isEmpty ? [tokenizer.startID] : ids }
            return [bos] + ids
        }
        for dropped in 0...steps.count {
            let ids = ids(dropping: dropped)
            if ids.count <= room { return Fitted(ids: ids, droppedSteps: dropped) }
        }
        // Neither head nor opening fits: the end of the whole text, as long as it can be.
        return Fitted(ids: Array(ids(dropping: 0).suffix(room)), droppedSteps: 0)
    }
}

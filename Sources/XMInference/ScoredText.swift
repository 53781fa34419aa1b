// How texts become the tokens that are scored: a continuation behind its context, and a whole text in windows. The
// rules are those of lm-evaluation-harness, so that scores can be compared with published ones; docs/scoring.md has
// them.
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

extension Tokenizer {
    /// Token ids of a context and of what follows it.
    ///
    /// Blanks at the context's end go to the continuation, both are encoded as one text, and the cut is where the
    /// context alone would end. An empty context is the start token. Symbols are matched, since contexts may come from
    /// a chat template. With `withBOS` the context begins with BOS, once.
    package func encode(
        context: String, continuation: String, withBOS: Bool = false
    ) throws -> (context: [Int32], continuation: [Int32]) {
        var head = context.unicodeScalars[...]
        while let last = head.last, PythonText.isBlank(last) { head.removeLast() }
        let (start, whole) = (String(head), encode(context + continuation))
        let isEmpty = start.isEmpty
        var ids = (context: isEmpty ? [] : encode(start), continuation: whole)
        ids.continuation = Array(whole.dropFirst(ids.context.count))
        if isEmpty {
            // A continuation that begins with the start token brings it along.
            ids.context = [startID]
            if ids.continuation.first == startID { ids.continuation.removeFirst() }
        } else if withBOS, let bosID, ids.context.first != bosID {
            ids.context.insert(bosID, at: 0)
        }
        guard !ids.continuation.isEmpty else {
            throw ScoringError.emptyContinuation(context: context, continuation: continuation)
        }
        return ids
    }
}

/// A text's tokens in windows of which each predicts the next ones: every token is scored once, with as much in front
/// of it as the model can see.
package enum RollingWindows {
    /// The tokens of a window, counted in the text with the start token in front, and how many at its end are scored.
    package struct Window: Sendable, Equatable {
        package let tokens: Range<Int>
        package let scored: Int

        package init(tokens: Range<Int>, scored: Int) { (self.tokens, self.scored) = (tokens, scored) }
    }

    /// Windows of a text of `count` tokens for a model that reads `length`. The last one reaches back so far that it is
    /// full; its first tokens were scored before.
    package static func windows(count: Int, length: Int) -> [Window] {
        stride(from: 0, to: count, by: length).map { first in
            let end = min(first + length, count)
            return Window(tokens: max(0, end - length)..<end + 1, scored: end - first)
        }
    }
}

package enum ScoringError: Error, CustomStringConvertible, Equatable {
    case emptyContext
    case emptyContinuation(context: String, continuation: String)
    case continuationTooLong(tokens: Int, contextLength: Int)

    package var description: String {
        switch self {
        case .emptyContext: "the context has no tokens; put the start token there"
        case .emptyContinuation(let context, let continuation):
            "the continuation '\(continuation)' has no tokens of its own behind '\(context.suffix(40))'; begin it with a "
                + "blank or make it longer"
        case .continuationTooLong(let tokens, let contextLength):
            "the continuation has \(tokens) tokens and the model reads \(contextLength); shorten it or ask for a larger "
                + "context"
        }
    }
}

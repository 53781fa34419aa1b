// How text is split into the tokens that are scored: a continuation after its context, and a whole text in windows. The
// rules are those of lm-evaluation-harness, so that scores can be compared with published ones (docs/scoring.md).
// SPDX-License-Identifier: Apache-2.0

package import XMTokenizer

extension Tokenizer {
    /// Token ids of a context and of its continuation.
    ///
    /// Trailing blanks of the context move to the continuation. Both are encoded as one text and split after as many
    /// tokens as the context has by itself. An empty context is the start token. Symbols are matched, since contexts
    /// may come from a chat template. With `withBOS` the context begins with exactly one BOS.
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
            // A continuation that begins with the start token must not have it twice.
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

/// Splits a long text into windows that score every token exactly once, with as much context as the model can see.
package enum RollingWindows {
    /// The tokens of a window, as indices into the text preceded by the start token; the last `scored` are scored.
    package struct Window: Sendable, Equatable {
        package let tokens: Range<Int>
        package let scored: Int

        package init(tokens: Range<Int>, scored: Int) { (self.tokens, self.scored) = (tokens, scored) }
    }

    /// Windows of a text of `count` tokens for a model with a context of `length`. The last window reaches back until
    /// it is full; its first tokens were scored by the window before.
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
        case .emptyContext: "the context has no tokens; begin it with the start token"
        case .emptyContinuation(let context, let continuation):
            "the continuation '\(continuation)' has no tokens of its own behind '\(context.suffix(40))'; begin it with a "
                + "blank or make it longer"
        case .continuationTooLong(let tokens, let contextLength):
            "the continuation has \(tokens) tokens and the model reads \(contextLength); shorten it or ask for a larger "
                + "context"
        }
    }
}

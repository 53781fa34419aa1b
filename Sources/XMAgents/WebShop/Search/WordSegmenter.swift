// Splits a text into words as Lucene's StandardTokenizer does: the word boundaries of Unicode Standard Annex #29, with
// one token for each Han or Hiragana character, runs of South-East Asian letters together, and emoji as words.
// Next: WordBreakClass.swift, which class a code point has.
// SPDX-License-Identifier: Apache-2.0

package enum WordSegmenter {
    /// Longer words are cut.
    private static let maximumLength = 255

    /// A character with the marks that follow it (UAX #29, rule WB4).
    private struct Cluster {
        let kind: WordBreakClass
        /// Offsets of the first scalar and of the one after the last.
        let start: Int
        var end: Int
    }

    package static func words(of text: String) -> [[UInt16]] {
        let scalars = Array(text.unicodeScalars)
        let clusters = clusters(of: scalars)
        var words: [[UInt16]] = []
        var place = 0
        while place < clusters.count {
            let end = wordEnd(from: place, in: clusters, scalars)
            if end > place {
                let range = clusters[place].start..<clusters[end - 1].end
                append(String(String.UnicodeScalarView(scalars[range])), to: &words)
            }
            place = max(end, place + 1)
        }
        return words
    }

    private static func append(_ word: String, to words: inout [[UInt16]]) {
        var rest = Array(word.utf16)[...]
        while rest.count > maximumLength {
            // A surrogate pair is not cut.
            let end = rest.startIndex + maximumLength
            let cut = UTF16.isLeadSurrogate(rest[end - 1]) ? end - 1 : end
            words.append(Array(rest[..<cut]))
            rest = rest[cut...]
        }
        words.append(Array(rest))
    }

    private static func clusters(of scalars: [Unicode.Scalar]) -> [Cluster] {
        var clusters: [Cluster] = []
        for (offset, scalar) in scalars.enumerated() {
            let kind = WordBreakClass(scalar)
            if kind == .extend || kind == .complexMark, let last = clusters.indices.last, clusters[last].kind != .other
            {
                clusters[last].end = offset + 1
            } else {
                let first: WordBreakClass = kind == .extend ? .other : kind == .complexMark ? .complex : kind
                clusters.append(Cluster(kind: first, start: offset, end: offset + 1))
            }
        }
        return clusters
    }

    /// The end of the word that begins at `start`; `start` where none does.
    private static func wordEnd(from start: Int, in clusters: [Cluster], _ scalars: [Unicode.Scalar]) -> Int {
        func kind(_ place: Int) -> WordBreakClass { place < clusters.count ? clusters[place].kind : .other }
        switch kind(start) {
        case .han, .hiragana: return start + 1
        case .complex:
            var end = start
            while kind(end) == .complex { end += 1 }
            return end
        case .emoji: return emojiEnd(from: start, in: clusters, scalars)
        case .regionalIndicator: return kind(start + 1) == .regionalIndicator ? start + 2 : start
        default: break
        }
        var place = start
        while kind(place) == .extendNumLet { place += 1 }
        guard kind(place).isWordCore else { return start }
        while true {
            let current = kind(place)
            let next = kind(place + 1)
            // A geresh may also end a Hebrew word (rule WB7a).
            if next == .extendNumLet || next.isWordCore && current.joins(next)
                || current == .hebrewLetter && next == .singleQuote
            {
                place += 1
            } else if next.isMiddle(of: current), kind(place + 2).isSame(as: current) {
                place += 2
            } else {
                return place + 1
            }
        }
    }

    /// An emoji with its skin tone, and those joined to it by zero-width joiners.
    private static func emojiEnd(from start: Int, in clusters: [Cluster], _ scalars: [Unicode.Scalar]) -> Int {
        var end = start + 1
        while end < clusters.count, clusters[end].kind == .emoji {
            let (first, before) = (scalars[clusters[end].start], scalars[clusters[end].start - 1])
            guard before.value == 0x200D || first.properties.isEmojiModifier && before.properties.isEmojiModifierBase
            else { break }
            end += 1
        }
        return end
    }
}

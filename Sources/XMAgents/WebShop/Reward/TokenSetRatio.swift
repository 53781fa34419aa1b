// How alike two phrases are, from 0 to 100, whatever the order of their words: `token_set_ratio` of thefuzz 0.19 on
// Python's difflib, by which WebShop compares attributes and options.
// SPDX-License-Identifier: Apache-2.0

package enum TokenSetRatio {
    private typealias Text = [Unicode.Scalar]

    /// The words of both, S, and S with the rest of either: the best ratio of any two of the three.
    package static func score(_ first: String, _ second: String) -> Int {
        let (left, right) = (words(of: first), words(of: second))
        guard !left.isEmpty, !right.isEmpty else { return 0 }
        let shared = left.filter { right.contains($0) }
        let leftText = joined(shared + left.filter { !right.contains($0) })
        let rightText = joined(shared + right.filter { !left.contains($0) })
        let sharedText = joined(shared)
        return max(ratio(sharedText, leftText), ratio(sharedText, rightText), ratio(leftText, rightText))
    }

    /// Distinct words in Python's order. Letters of Latin-1 go, all else that is no word character separates.
    private static func words(of text: String) -> [Text] {
        let scalars = text.unicodeScalars.filter { !(0x80...0xFF ~= $0.value) }
            .map { $0.isPythonWord ? $0 : " " }
        let cleaned = String(String.UnicodeScalarView(scalars)).pythonLowercased
        var words: [Text] = []
        for word in cleaned.pythonWords.sorted(by: { $0.precedesInPython($1) }).map({ Array($0.unicodeScalars) })
        where words.last != word {
            words.append(word)
        }
        return words
    }

    private static func joined(_ words: [Text]) -> Text { Text(words.joined(separator: [" "])) }

    /// 100 · 2M / (lengths together), halves to even; M is the length of difflib's matching blocks.
    private static func ratio(_ first: Text, _ second: Text) -> Int {
        if first == second { return 100 }
        if first.isEmpty || second.isEmpty { return 0 }
        let matched = SequenceMatcher(first, second).matchedCount
        let ratio = 2 * Double(matched) / Double(first.count + second.count)
        return Int((100 * ratio).rounded(.toNearestOrEven))
    }
}

/// Python's `difflib.SequenceMatcher` (Ratcliff and Obershelp's matching): the longest common block, then the same to
/// its left and to its right.
private struct SequenceMatcher {
    let first: [Unicode.Scalar]
    let second: [Unicode.Scalar]
    /// Where each code point is in the second text, ascending.
    private var places: [Unicode.Scalar: [Int]] = [:]

    init(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) {
        (self.first, self.second) = (first, second)
        for (place, scalar) in second.enumerated() { places[scalar, default: []].append(place) }
        // In long texts, frequent ones begin no block.
        if second.count >= 200 { places = places.filter { $0.value.count <= second.count / 100 + 1 } }
    }

    var matchedCount: Int {
        var (count, open) = (0, [(0..<first.count, 0..<second.count)])
        while let (left, right) = open.popLast() {
            let (i, j, length) = longestMatch(left, right)
            guard length > 0 else { continue }
            count += length
            open.append((left.lowerBound..<i, right.lowerBound..<j))
            open.append(((i + length)..<left.upperBound, (j + length)..<right.upperBound))
        }
        return count
    }

    /// The first of the longest blocks, lengthened on both sides by equal code points.
    private func longestMatch(_ left: Range<Int>, _ right: Range<Int>) -> (Int, Int, Int) {
        var (bestI, bestJ, bestLength) = (left.lowerBound, right.lowerBound, 0)
        /// Lengths of the blocks that end at the previous code point of the first text, by their end in the second.
        var lengths: [Int: Int] = [:]
        for i in left {
            var next: [Int: Int] = [:]
            for j in places[first[i]] ?? [] where j >= right.lowerBound {
                if j >= right.upperBound { break }
                let length = (lengths[j - 1] ?? 0) + 1
                next[j] = length
                if length > bestLength { (bestI, bestJ, bestLength) = (i - length + 1, j - length + 1, length) }
            }
            lengths = next
        }
        while bestI > left.lowerBound, bestJ > right.lowerBound, first[bestI - 1] == second[bestJ - 1] {
            (bestI, bestJ, bestLength) = (bestI - 1, bestJ - 1, bestLength + 1)
        }
        while bestI + bestLength < left.upperBound, bestJ + bestLength < right.upperBound,
            first[bestI + bestLength] == second[bestJ + bestLength]
        {
            bestLength += 1
        }
        return (bestI, bestJ, bestLength)
    }
}

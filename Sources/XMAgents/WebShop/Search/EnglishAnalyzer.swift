// What Lucene's English analysis makes of a text, in Anserini's configuration: words, without possessive, in lower
// case, without stop words, stemmed. Terms are UTF-16, which Lucene's filters count and cut.
// Next: WordSegmenter.swift, PorterStemmer.swift.
// SPDX-License-Identifier: Apache-2.0

package enum EnglishAnalyzer {
    private static let stopWords: Set<[UInt16]> = Set(
        """
        a an and are as at be but by for if in into is it no not of on or such that the their then there these they \
        this to was will with
        """.split(separator: " ").map { Array($0.utf16) })

    package static func terms(of text: String) -> [[UInt16]] {
        WordSegmenter.words(of: text).compactMap { word in
            let lowered = lowercased(withoutPossessive(word))
            return stopWords.contains(lowered) ? nil : PorterStemmer.stem(lowered)
        }
    }

    /// Without a final 's, with any of three apostrophes.
    private static func withoutPossessive(_ word: [UInt16]) -> ArraySlice<UInt16> {
        guard word.count >= 2, let last = word.last, last == 0x73 || last == 0x53,
            [0x27, 0x2019, 0xFF07].contains(word[word.count - 2])
        else { return word[...] }
        return word.dropLast(2)
    }

    /// Code point by code point as in Java: U+0130 becomes one letter and not two.
    private static func lowercased(_ word: ArraySlice<UInt16>) -> [UInt16] {
        if word.allSatisfy({ $0 < 0x80 }) { return word.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 } }
        return String(decoding: word, as: UTF16.self).unicodeScalars.flatMap { scalar in
            scalar.value == 0x130 ? [0x69] : Array(scalar.properties.lowercaseMapping.utf16)
        }
    }
}

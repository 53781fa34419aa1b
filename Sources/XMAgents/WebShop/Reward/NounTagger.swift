// The nouns of a product's name. WebShop takes them from spaCy's model `en_core_web_sm`; this tagger stands in for it.
// In a product's name nearly every word is a noun or is tagged as a proper one for its capital, so all words are nouns
// except those of closed classes and a few more that the model does not take for nouns in names. How often the reward
// differs from spaCy's is measured in docs/agents.md. Words are split where spaCy splits them.
// SPDX-License-Identifier: Apache-2.0

package enum NounTagger {
    /// The nouns in order, lower-cased, repeats included.
    package static func nouns(_ name: String) -> [String] {
        tokens(of: name).filter { token in token.contains { $0.properties.isAlphabetic } }
            .map { String(String.UnicodeScalarView($0)).pythonLowercased }
            .filter { !otherWords.contains($0) }
    }

    private static let otherWords: Set<String> = Set(
        """
        a an the this that these those each every all both no any some more most only not fully \
        for with without of in to on by from over under through around per up out into onto at as between behind off \
        and or but nor so if than then \
        i you he she it we they my your his her its our their me us them who which what \
        is are be was were been can could will would should may must do does has have \
        one two three four five six seven eight nine ten first second \
        's ’s n't x etc hello true real full large wide better comfortable led \
        made make makes built based included includes including designed listed plated powered inspired wrapped tested \
        pressed mixed stained striped damaged extended enjoy see resealable french italian oriental nordic virtual
        """.split(separator: " ").map(String.init))

    // MARK: - Tokens

    private typealias Token = ArraySlice<Unicode.Scalar>

    private static func tokens(of text: String) -> [Token] {
        Array(text.unicodeScalars).split(whereSeparator: \.isPythonSpace).flatMap(parts)
    }

    /// Splits off punctuation at both ends and a unit after a number, then splits inside.
    private static func parts(of word: Token) -> [Token] {
        var (rest, before, after) = (word, [Token](), [Token]())
        while let first = rest.first, isMark(first) { before.append(rest.prefix(1)); rest = rest.dropFirst() }
        while let last = rest.last {
            if isMark(last), last != "." || !isAbbreviation(rest) {
                after.append(rest.suffix(1))
                rest = rest.dropLast()
            } else if rest.count > 2, last == "s" || last == "S", ["'", "’"].contains(rest[rest.endIndex - 2]) {
                after.append(rest.suffix(2))
                rest = rest.dropLast(2)
            } else {
                break
            }
        }
        return before + split(rest) + after.reversed()
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.isPythonWord && scalar != "&" || scalar == "_"
    }

    /// Single letters with full stops, as in U.S.
    private static func isAbbreviation(_ word: Token) -> Bool {
        word.count >= 2 && word.enumerated().allSatisfy { $0.isMultiple(of: 2) == $1.properties.isAlphabetic }
            && word.enumerated().allSatisfy { $0.isMultiple(of: 2) || $1 == "." }
    }

    /// At hyphens, slashes and the like before a letter, and between a number and its unit.
    private static func split(_ word: Token) -> [Token] {
        var tokens: [Token] = []
        var start = word.startIndex
        for place in word.indices.dropFirst().dropLast() where place > start {
            let (previous, next) = (word[place - 1], word[place + 1])
            let isSplit =
                switch word[place] {
                case "-", "–", "—", "~", ":", "<", ">", "=", "/": previous.isPythonWord && next.properties.isAlphabetic
                case ",": previous.properties.isAlphabetic && next.properties.isAlphabetic
                case ".": previous.properties.isLowercase && next.properties.isUppercase
                default: false
                }
            guard isSplit else { continue }
            tokens += splitUnit(word[start..<place]) + [word[place...place]]
            start = place + 1
        }
        return start < word.endIndex ? tokens + splitUnit(word[start...]) : tokens
    }

    private static func splitUnit(_ word: Token) -> [Token] {
        let unit = word.reversed().prefix { !("0"..."9" ~= $0) }.count
        guard unit > 0, unit < word.count,
            units.contains(String(String.UnicodeScalarView(word.suffix(unit))).lowercased())
        else { return [word] }
        return [word.dropLast(unit), word.suffix(unit)]
    }

    private static let units: Set<String> = Set(
        "km m dm cm mm nm mi in ft kg g mg oz lb lbs t k kb mb gb tb ml".split(separator: " ").map(String.init))
}

// The Porter stemmer (M. F. Porter, "An algorithm for suffix stripping", 1980) in the form of the author's published
// programs, with their two departures from the paper (-bli, -logi). Lucene stems with it.
// SPDX-License-Identifier: Apache-2.0

package struct PorterStemmer {
    private var word: [UInt16]
    /// The end of the stem that the last suffix test left: word[..<stemEnd].
    private var stemEnd = 0

    /// Words of one or two letters stay.
    package static func stem(_ word: [UInt16]) -> [UInt16] {
        guard word.count > 2 else { return word }
        var stemmer = PorterStemmer(word: word)
        stemmer.stripPlural()
        stemmer.stripPast()
        stemmer.turnFinalY()
        stemmer.replaceFirst(of: doubleSuffixes, ifMeasureIsOver: 0)
        stemmer.replaceFirst(of: suffixesBeforeEndings, ifMeasureIsOver: 0)
        stemmer.stripEnding()
        stemmer.stripFinalE()
        stemmer.stripDoubleL()
        return stemmer.word
    }

    private init(word: [UInt16]) { self.word = word }

    // MARK: - Conditions

    /// Anything but a, e, i, o, u, and a y after a consonant.
    private func isConsonant(_ index: Int) -> Bool {
        switch word[index] {
        case UInt16(ascii: "a"), UInt16(ascii: "e"), UInt16(ascii: "i"), UInt16(ascii: "o"), UInt16(ascii: "u"): false
        // A run of y alternates; going back to its start keeps a long one from recursing.
        case UInt16(ascii: "y"): isConsonantY(index)
        default: true
        }
    }

    private func isConsonantY(_ index: Int) -> Bool {
        var start = index
        while start > 0, word[start - 1] == UInt16(ascii: "y") { start -= 1 }
        let isFirstConsonant = start == 0 || !isConsonant(start - 1)
        return (index - start).isMultiple(of: 2) == isFirstConsonant
    }

    /// m in [C](VC)^m[V] of the stem.
    private var measure: Int {
        var (count, previous) = (0, true)
        for index in 0..<stemEnd {
            let isConsonant = isConsonant(index)
            if isConsonant && !previous { count += 1 }
            previous = isConsonant
        }
        return count
    }

    private var hasVowel: Bool { (0..<stemEnd).contains { !isConsonant($0) } }

    /// The word ends in two equal consonants.
    private var endsInDouble: Bool {
        word.count >= 2 && word[word.count - 1] == word[word.count - 2] && isConsonant(word.count - 1)
    }

    /// Consonant, vowel, consonant that is not w, x or y, at the end of word[..<end]: hop(e), but not snow.
    private func endsInShortSyllable(_ end: Int) -> Bool {
        guard end >= 3, isConsonant(end - 1), !isConsonant(end - 2), isConsonant(end - 3) else { return false }
        return ![UInt16(ascii: "w"), UInt16(ascii: "x"), UInt16(ascii: "y")].contains(word[end - 1])
    }

    private mutating func ends(in suffix: String) -> Bool {
        guard word.count >= suffix.utf16.count, word.suffix(suffix.utf16.count).elementsEqual(suffix.utf16) else {
            return false
        }
        stemEnd = word.count - suffix.utf16.count
        return true
    }

    private mutating func replace(with suffix: String) {
        word.removeSubrange(stemEnd...)
        word += Array(suffix.utf16)
    }

    // MARK: - Steps

    /// Step 1a: caresses → caress, ponies → poni, cats → cat.
    private mutating func stripPlural() {
        guard word.last == UInt16(ascii: "s") else { return }
        if ends(in: "sses") {
            word.removeLast(2)
        } else if ends(in: "ies") {
            replace(with: "i")
        } else if word[word.count - 2] != UInt16(ascii: "s") {
            word.removeLast()
        }
    }

    /// Step 1b: agreed → agree, plastered → plaster, hopping → hop, filing → file.
    private mutating func stripPast() {
        if ends(in: "eed") {
            if measure > 0 { word.removeLast() }
            return
        }
        guard ends(in: "ed") && hasVowel || ends(in: "ing") && hasVowel else { return }
        word.removeSubrange(stemEnd...)
        if ends(in: "at") || ends(in: "bl") || ends(in: "iz") {
            word.append(UInt16(ascii: "e"))
        } else if endsInDouble {
            if ![UInt16(ascii: "l"), UInt16(ascii: "s"), UInt16(ascii: "z")].contains(word.last) { word.removeLast() }
        } else {
            // The stem ends where the last suffix that was found began.
            if measure == 1 && endsInShortSyllable(word.count) { word.append(UInt16(ascii: "e")) }
        }
    }

    /// Step 1c: happy → happi.
    private mutating func turnFinalY() {
        if ends(in: "y") && hasVowel { word[word.count - 1] = UInt16(ascii: "i") }
    }

    /// Steps 2 and 3: the first suffix that the word has is the only one tried.
    private mutating func replaceFirst(of table: [(String, String)], ifMeasureIsOver limit: Int) {
        for (suffix, replacement) in table where ends(in: suffix) {
            if measure > limit { replace(with: replacement) }
            return
        }
    }

    /// Step 4: revival → reviv.
    private mutating func stripEnding() {
        for suffix in Self.endings where ends(in: suffix) {
            if suffix == "ion" {
                guard stemEnd > 0, [UInt16(ascii: "s"), UInt16(ascii: "t")].contains(word[stemEnd - 1]) else {
                    continue
                }
            }
            if measure > 1 { word.removeSubrange(stemEnd...) }
            return
        }
    }

    /// Step 5a: probate → probat, rate → rate.
    private mutating func stripFinalE() {
        guard word.last == UInt16(ascii: "e") else { return }
        stemEnd = word.count - 1
        let measure = measure
        if measure > 1 || measure == 1 && !endsInShortSyllable(word.count - 1) { word.removeLast() }
    }

    /// Step 5b: controll → control.
    private mutating func stripDoubleL() {
        stemEnd = word.count
        if word.last == UInt16(ascii: "l") && endsInDouble && measure > 1 { word.removeLast() }
    }

    // MARK: - Suffixes; longer ones before those that they end in

    private static let doubleSuffixes = [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"),
        ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
        ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"),
        ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("logi", "log"),
    ]
    private static let suffixesBeforeEndings = [
        ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
    ]
    private static let endings = [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate",
        "iti", "ous", "ive", "ize",
    ]
}

extension UInt16 {
    fileprivate init(ascii scalar: Unicode.Scalar) { self = UInt16(scalar.value) }
}

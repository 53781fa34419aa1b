// Checks a text against the thresholds, cheap ones first; the first failure decides.
// SPDX-License-Identifier: Apache-2.0

/// A threshold, named after its key in a recipe.
package enum QualityThreshold: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    case minimumWords = "minimum_words"
    case maximumWords = "maximum_words"
    case maximumSymbolShare = "maximum_symbol_share"
    case maximumDigitShare = "maximum_digit_share"
    case maximumReplacedShare = "maximum_replaced_share"
    case maximumLineCharacters = "maximum_line_characters"
    case maximumMeanLineCharacters = "maximum_mean_line_characters"
    case minimumScriptShare = "minimum_script_share"
    case maximumRepeatedLineShare = "maximum_repeated_line_share"
    case maximumRepeatedPhraseShare = "maximum_repeated_phrase_share"
    case maximumTopPhraseShare = "maximum_top_phrase_share"
}

extension QualityThresholds {
    /// The first threshold that the text fails and the value measured; nil when it passes all. `words` is scratch
    /// memory reused from text to text.
    func failure(
        of text: String, words: inout WordHashes
    ) -> (threshold: QualityThreshold, value: Double)? {
        var text = text
        return text.withUTF8 { failure(of: $0, words: &words) }
    }

    private func failure(
        of bytes: UnsafeBufferPointer<UInt8>, words: inout WordHashes
    ) -> (threshold: QualityThreshold, value: Double)? {
        func above(_ value: Double, _ limit: Double?, _ name: QualityThreshold) -> (QualityThreshold, Double)? {
            limit.map { value > $0 } == true ? (name, value) : nil
        }
        if needsCharacters {
            let found = TextStatistics(bytes)
            let visible = Double(max(1, found.visible))
            let meanLine = Double(found.lineCharacters) / Double(max(1, found.lines))
            let scriptShare = scripts.map { found.share(of: $0) } ?? 1
            if let failure =
                above(Double(found.symbols) / visible, maximumSymbolShare, .maximumSymbolShare)
                ?? above(Double(found.digits) / visible, maximumDigitShare, .maximumDigitShare)
                ?? above(
                    Double(found.replaced) / Double(max(1, found.characters)), maximumReplacedShare,
                    .maximumReplacedShare)
                ?? above(
                    Double(found.longestLine), maximumLineCharacters.map(Double.init), .maximumLineCharacters)
                ?? above(meanLine, maximumMeanLineCharacters, .maximumMeanLineCharacters)
            {
                return failure
            }
            if scriptShare < minimumScriptShare ?? 0.8 { return (.minimumScriptShare, scriptShare) }
        }
        if needsWords {
            words.read(bytes)
            let count = Double(words.hashes.count)
            if let minimumWords, count < Double(minimumWords) { return (.minimumWords, count) }
            if let failure = above(count, maximumWords.map(Double.init), .maximumWords) { return failure }
        }
        if let limit = maximumRepeatedLineShare,
            let failure = above(TextStatistics.repeatedLineShare(bytes), limit, .maximumRepeatedLineShare)
        {
            return failure
        }
        if let limit = maximumRepeatedPhraseShare {
            let share = TextStatistics.repeatedPhraseShare(words, length: max(1, phraseWords ?? 5))
            if share > limit { return (.maximumRepeatedPhraseShare, share) }
        }
        if let limit = maximumTopPhraseShare {
            let share = TextStatistics.topPhraseShare(words)
            if share > limit { return (.maximumTopPhraseShare, share) }
        }
        return nil
    }

    private var needsCharacters: Bool {
        maximumSymbolShare != nil || maximumDigitShare != nil || maximumReplacedShare != nil
            || maximumLineCharacters != nil || maximumMeanLineCharacters != nil || scripts != nil
    }

    private var needsWords: Bool {
        minimumWords != nil || maximumWords != nil || maximumRepeatedPhraseShare != nil || maximumTopPhraseShare != nil
    }

    /// The limit of a threshold, for the report.
    func limit(_ threshold: QualityThreshold) -> Double? {
        switch threshold {
        case .minimumWords: minimumWords.map(Double.init)
        case .maximumWords: maximumWords.map(Double.init)
        case .maximumSymbolShare: maximumSymbolShare
        case .maximumDigitShare: maximumDigitShare
        case .maximumReplacedShare: maximumReplacedShare
        case .maximumLineCharacters: maximumLineCharacters.map(Double.init)
        case .maximumMeanLineCharacters: maximumMeanLineCharacters
        case .minimumScriptShare: scripts == nil ? nil : minimumScriptShare ?? 0.8
        case .maximumRepeatedLineShare: maximumRepeatedLineShare
        case .maximumRepeatedPhraseShare: maximumRepeatedPhraseShare
        case .maximumTopPhraseShare: maximumTopPhraseShare
        }
    }
}

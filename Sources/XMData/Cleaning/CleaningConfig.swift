// How documents are cleaned: rules that change their text, and thresholds that drop them. An absent threshold is off.
// Part of a recipe (`data.sources[].clean`).
// Next: Cleaner.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct CleaningConfig: Codable, Sendable, Equatable {
    package var rules: TextRules
    package var thresholds: QualityThresholds

    package init(rules: TextRules = TextRules(), thresholds: QualityThresholds = QualityThresholds()) {
        (self.rules, self.thresholds) = (rules, thresholds)
    }

    enum CodingKeys: String, CodingKey { case rules, thresholds }

    /// Every key is optional; absent keys keep their defaults.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&rules, .rules)
        try keys.read(&thresholds, .thresholds)
    }

    /// A starting point for prose from the web: the values of the Gopher rules where they exist (arXiv 2112.11446,
    /// table A1), with room for Chinese.
    package static let web = CleaningConfig(
        thresholds: QualityThresholds(
            minimumWords: 50, maximumWords: 100_000, maximumSymbolShare: 0.25, maximumDigitShare: 0.3,
            maximumReplacedShare: 0.001, maximumRepeatedLineShare: 0.3, maximumRepeatedPhraseShare: 0.15,
            maximumTopPhraseShare: 0.2))
    /// A starting point for source code: long lines are data or minified.
    package static let code = CleaningConfig(
        thresholds: QualityThresholds(
            maximumDigitShare: 0.5, maximumReplacedShare: 0.001, maximumLineCharacters: 1000,
            maximumMeanLineCharacters: 100))
}

/// Changes made to the text of every document.
package struct TextRules: Codable, Sendable, Equatable {
    /// CRLF, a lone CR and the Unicode line ends (U+0085, U+2028, U+2029) become LF. Default true.
    package var lineEnds: Bool
    /// Control characters except tab and LF, and invisible marks (U+FEFF, U+200B, U+00AD), are removed. Default true.
    package var controls: Bool
    /// Longer runs of empty lines are shortened to this many. Absent: all are kept.
    package var maximumEmptyLines: Int?

    package init(lineEnds: Bool = true, controls: Bool = true, maximumEmptyLines: Int? = nil) {
        (self.lineEnds, self.controls, self.maximumEmptyLines) = (lineEnds, controls, maximumEmptyLines)
    }

    enum CodingKeys: String, CodingKey {
        case controls
        case lineEnds = "line_ends"
        case maximumEmptyLines = "maximum_empty_lines"
    }

    /// Every key is optional; absent keys keep their defaults.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&lineEnds, .lineEnds)
        try keys.read(&controls, .controls)
        try keys.read(&maximumEmptyLines, .maximumEmptyLines)
    }
}

/// Limits that a document must satisfy to be kept. Shares are between 0 and 1.
package struct QualityThresholds: Codable, Sendable, Equatable {
    /// Words; each Han or kana character counts as one.
    package var minimumWords: Int?
    package var maximumWords: Int?
    /// Share of visible characters (all but white space) that are neither letters nor digits.
    package var maximumSymbolShare: Double?
    /// Share of visible characters that are digits.
    package var maximumDigitShare: Double?
    /// Share of characters that are U+FFFD, the replacement for damaged bytes.
    package var maximumReplacedShare: Double?
    /// Length of the longest line, in characters.
    package var maximumLineCharacters: Int?
    /// Mean length of the non-empty lines, in characters.
    package var maximumMeanLineCharacters: Double?
    /// Share of bytes in lines that repeat an earlier line of the document.
    package var maximumRepeatedLineShare: Double?
    /// Length in words of the phrases that `maximumRepeatedPhraseShare` counts. Default 5.
    package var phraseWords: Int?
    /// Share of words inside phrases that repeat an earlier phrase of the document.
    package var maximumRepeatedPhraseShare: Double?
    /// Share of words inside the document's most frequent word pair.
    package var maximumTopPhraseShare: Double?
    /// Writing systems of the wanted languages.
    package var scripts: [Script]?
    /// Share of letters that belong to `scripts`. Default 0.8 when `scripts` is set.
    package var minimumScriptShare: Double?

    package init(
        minimumWords: Int? = nil, maximumWords: Int? = nil, maximumSymbolShare: Double? = nil,
        maximumDigitShare: Double? = nil, maximumReplacedShare: Double? = nil, maximumLineCharacters: Int? = nil,
        maximumMeanLineCharacters: Double? = nil, maximumRepeatedLineShare: Double? = nil, phraseWords: Int? = nil,
        maximumRepeatedPhraseShare: Double? = nil, maximumTopPhraseShare: Double? = nil, scripts: [Script]? = nil,
        minimumScriptShare: Double? = nil
    ) {
        (self.minimumWords, self.maximumWords) = (minimumWords, maximumWords)
        (self.maximumSymbolShare, self.maximumDigitShare) = (maximumSymbolShare, maximumDigitShare)
        self.maximumReplacedShare = maximumReplacedShare
        self.maximumLineCharacters = maximumLineCharacters
        self.maximumMeanLineCharacters = maximumMeanLineCharacters
        (self.maximumRepeatedLineShare, self.phraseWords) = (maximumRepeatedLineShare, phraseWords)
        self.maximumRepeatedPhraseShare = maximumRepeatedPhraseShare
        (self.maximumTopPhraseShare, self.scripts) = (maximumTopPhraseShare, scripts)
        self.minimumScriptShare = minimumScriptShare
    }

    enum CodingKeys: String, CodingKey {
        case scripts
        case minimumWords = "minimum_words"
        case maximumWords = "maximum_words"
        case maximumSymbolShare = "maximum_symbol_share"
        case maximumDigitShare = "maximum_digit_share"
        case maximumReplacedShare = "maximum_replaced_share"
        case maximumLineCharacters = "maximum_line_characters"
        case maximumMeanLineCharacters = "maximum_mean_line_characters"
        case maximumRepeatedLineShare = "maximum_repeated_line_share"
        case phraseWords = "phrase_words"
        case maximumRepeatedPhraseShare = "maximum_repeated_phrase_share"
        case maximumTopPhraseShare = "maximum_top_phrase_share"
        case minimumScriptShare = "minimum_script_share"
    }
}

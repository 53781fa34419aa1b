// How documents are cleaned: rules that change their text, and thresholds that drop them. A threshold that is absent is
// off. Part of a recipe; docs of each key stand beside it.
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

    /// Every key may be absent and has its default then.
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

/// What is done to the text of every document.
package struct TextRules: Codable, Sendable, Equatable {
    /// CRLF, a lone CR and the Unicode line ends (U+0085, U+2028, U+2029) become LF. Default true.
    package var lineEnds: Bool
    /// Control characters except tab and LF, and invisible marks (U+FEFF, U+200B, U+00AD), are removed. Default true.
    package var controls: Bool
    /// More empty lines in a row are dropped. Absent: all are kept.
    package var maximumEmptyLines: Int?

    package init(lineEnds: Bool = true, controls: Bool = true, maximumEmptyLines: Int? = nil) {
        (self.lineEnds, self.controls, self.maximumEmptyLines) = (lineEnds, controls, maximumEmptyLines)
    }

    enum CodingKeys: String, CodingKey {
        case controls
        case lineEnds = "line_ends"
        case maximumEmptyLines = "maximum_empty_lines"
    }

    /// Every key may be absent and has its default then.
    package init(from decoder: any Decoder) throws {
        self.init()
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        try keys.read(&lineEnds, .lineEnds)
        try keys.read(&controls, .controls)
        try keys.read(&maximumEmptyLines, .maximumEmptyLines)
    }
}

/// What a document must keep to. Shares are between 0 and 1.
package struct QualityThresholds: Codable, Sendable, Equatable {
    /// Words, a Han or kana character counting as one.
    package var minimumWords: Int?
    package var maximumWords: Int?
    /// Characters that are neither letters, digits nor white space, of all that are not white space.
    package var maximumSymbolShare: Double?
    /// Digits of all characters that are not white space.
    package var maximumDigitShare: Double?
    /// U+FFFD, which stands for bytes that were damaged, of all characters.
    package var maximumReplacedShare: Double?
    /// Characters of the longest line.
    package var maximumLineCharacters: Int?
    /// Characters a line, on average over lines that are not empty.
    package var maximumMeanLineCharacters: Double?
    /// Bytes in lines that stood in the document before, of all bytes in lines.
    package var maximumRepeatedLineShare: Double?
    /// Words of a repeated phrase. Default 5.
    package var phraseWords: Int?
    /// Words inside phrases that stood in the document before, of all words.
    package var maximumRepeatedPhraseShare: Double?
    /// Words inside the most frequent pair of words, of all words.
    package var maximumTopPhraseShare: Double?
    /// The scripts of the languages that are wanted.
    package var scripts: [Script]?
    /// Letters in those scripts, of all letters. Default 0.8 when `scripts` is set.
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

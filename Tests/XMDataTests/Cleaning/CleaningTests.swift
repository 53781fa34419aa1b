// Rules and thresholds of cleaning, by hand-made texts, and what presets make of the real ones.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMTestSupport

@testable import XMData

@Suite("CleaningTests")
struct CleaningTests {
    private func document(_ text: String) -> Document {
        Document(text: text, origin: DocumentOrigin(file: "a.txt", record: 0))
    }

    @Test(
        "rules change line ends and control characters, and nothing else",
        arguments: [
            ("a\r\nb\rc\n", "a\nb\nc\n", TextChanges(lineEnds: 2)),
            ("a\u{85}b\u{2028}c\u{2029}", "a\nb\nc\n", TextChanges(lineEnds: 3)),
            ("a\0b\u{1B}[1m\u{7F}\u{C}\tc", "ab[1m\tc", TextChanges(controls: 4)),
            ("\u{FEFF}a\u{200B}b\u{AD}c\u{9F}", "abc", TextChanges(controls: 4)),
            ("é ü 你好 “q” € 👩‍👩‍👧 \u{A0}x", nil, nil),
            ("plain\n\n\n\n\ttext  \n", nil, nil), ("", nil, nil),
            ("\r", "\n", TextChanges(lineEnds: 1)), ("\u{0}", "", TextChanges(controls: 1)),
        ] as [(String, String?, TextChanges?)])
    func rules(text: String, cleaned: String?, changes: TextChanges?) {
        let result = TextRules().applied(to: text)
        #expect(result?.text == cleaned && result?.changes == changes)
        if let cleaned { #expect(TextRules().applied(to: cleaned) == nil) }
    }

    @Test("empty lines beyond a limit are dropped; rules that are off do nothing")
    func emptyLines() {
        let rules = TextRules(lineEnds: false, controls: false, maximumEmptyLines: 1)
        #expect(rules.applied(to: "a\n\n\nb\n\nc\n\n\n\n")?.text == "a\n\nb\n\nc\n\n")
        #expect(rules.applied(to: "\n\n\na")?.text == "\na")
        #expect(rules.applied(to: "a\r\n\u{0}\n\nb") == nil)
        #expect(TextRules(maximumEmptyLines: 0).applied(to: "a\r\n\r\n\u{0}\r\nb")?.text == "a\nb")
    }

    @Test("words: runs of letters and digits without case; Han and kana one by one; all else separates")
    func words() {
        func ranges(_ text: String) -> [String] {
            var words = WordHashes()
            words.read(text, withRanges: true)
            let utf8 = Array(text.utf8)
            #expect(words.hashes.count == words.ranges.count)
            return words.ranges.map { String(decoding: utf8[$0], as: UTF8.self) }
        }
        #expect(ranges("Don't stop, it's 3.14€—naïve") == ["Don", "t", "stop", "it", "s", "3", "14", "naïve"])
        #expect(ranges("我有3个苹果abc。カタ") == ["我", "有", "3", "个", "苹", "果", "abc", "カ", "タ"])
        #expect(ranges("  \n") == [] && ranges("") == [] && ranges("...") == [] && ranges("x") == ["x"])
        func hashes(_ text: String) -> [UInt64] {
            var words = WordHashes()
            words.read(text)
            return words.hashes
        }
        #expect(hashes("Der ÄRGER, über: ΑΒΓ Привет ＡＢ１") == hashes("der Ärger\nÜBER αβγ привет ab1"))
        #expect(hashes("ab c") != hashes("a bc") && hashes("a b") != hashes("b a"))
    }

    /// Prose without repetition.
    static let prose = (0..<60).map { "word\($0) und" }.joined(separator: " ")

    @Test(
        "each threshold drops what it is for, under its own name",
        arguments: [
            (QualityThresholds(minimumWords: 3), "two words", .minimumWords, 2),
            (QualityThresholds(maximumWords: 4), "a b c d e", .maximumWords, 5),
            (QualityThresholds(maximumSymbolShare: 0.5), "a!?#", .maximumSymbolShare, 0.75),
            (QualityThresholds(maximumDigitShare: 0.5), "1 2 3 a", .maximumDigitShare, 0.75),
            (QualityThresholds(maximumReplacedShare: 0.1), "ab\u{FFFD}\u{FFFD}", .maximumReplacedShare, 0.5),
            (QualityThresholds(maximumLineCharacters: 4), "abcd\näöüßx", .maximumLineCharacters, 5),
            (QualityThresholds(maximumMeanLineCharacters: 3), "abcd\n\nab\nabcdef", .maximumMeanLineCharacters, 4),
            (
                QualityThresholds(maximumRepeatedLineShare: 0.4), "menu\ntext\n menu \n\nmenu",
                .maximumRepeatedLineShare, 0.5
            ),
            (
                QualityThresholds(phraseWords: 2, maximumRepeatedPhraseShare: 0.5), "a b c a b a b",
                .maximumRepeatedPhraseShare, 4.0 / 7
            ),
            (QualityThresholds(maximumTopPhraseShare: 0.5), "go now go now x go now", .maximumTopPhraseShare, 6.0 / 7),
            (QualityThresholds(scripts: [.latin]), "abc приве", .minimumScriptShare, 3.0 / 8),
            (QualityThresholds(scripts: [.han, .kana], minimumScriptShare: 0.9), "你好abc", .minimumScriptShare, 0.4),
        ] as [(QualityThresholds, String, QualityThreshold, Double)])
    func thresholds(limits: QualityThresholds, text: String, name: QualityThreshold, value: Double) throws {
        var cleaner = Cleaner(CleaningConfig(thresholds: limits))
        let dropped = cleaner.clean(document(text))
        #expect(dropped == nil)
        #expect(cleaner.report.dropped == [name: 1] && cleaner.report.keptDocuments == 0)
        let sample = try #require(cleaner.report.samples.first)
        #expect(sample.threshold == name && sample.excerpt == text && abs(sample.value - value) < 1e-9)
        #expect(limits.limit(name) == sample.limit)
        // Texts of either kind that keep to it.
        var lenient = Cleaner(CleaningConfig())
        let unchanged = lenient.clean(document(text))?.text
        #expect(unchanged == text)
    }

    @Test("prose keeps to the web preset; spam, tables and other scripts do not")
    func web() {
        var cleaner = Cleaner(.web)
        let prose = cleaner.clean(document(Self.prose))
        #expect(prose != nil)
        let spam = cleaner.clean(document(String(repeating: "buy cheap watches now ", count: 40)))
        #expect(spam == nil)
        let table = cleaner.clean(document((0..<300).map { "\($0 * 37)" }.joined(separator: " | ")))
        #expect(table == nil)
        let nothing = cleaner.clean(document("\u{200B}\u{FEFF}"))
        #expect(nothing == nil)
        let report = cleaner.report
        #expect(report.documents == 4 && report.keptDocuments == 1 && report.emptied == 1)
        var sum = CleaningReport()
        sum.add(report)
        sum.add(report)
        #expect(sum.documents == 8 && sum.dropped.values.reduce(0, +) == 4 && sum.samples.count == 4)
    }

    @Test("a configuration is read from a recipe's keys")
    func configuration() throws {
        let json = #"{"rules": {"line_ends": true, "controls": false}, "thresholds": {"scripts": ["latin", "han"]}}"#
        let config = try JSONDecoder().decode(CleaningConfig.self, from: Data(json.utf8))
        #expect(config.rules == TextRules(controls: false) && config.thresholds.scripts == [.latin, .han])
    }

    @Test(
        "the presets keep real text",
        .enabled(if: DataRoot.has("text/books"), "no text/books below XMODEL_DATA"),
        arguments: [("text/manual", CleaningConfig.web, 0.8), ("text/code", .code, 0.95)])
    func realText(source: String, config: CleaningConfig, share: Double) throws {
        var cleaner = Cleaner(config)
        for file in try DocumentFiles([source], root: DataRoot.url).files {
            for document in try Reading.all(file.open(ReaderOptions())) { _ = cleaner.clean(document) }
        }
        let report = cleaner.report
        let kept = Double(report.keptDocuments) / Double(report.documents)
        #expect(kept >= share, "\(source): \(kept) kept, dropped \(report.dropped)")
    }
}

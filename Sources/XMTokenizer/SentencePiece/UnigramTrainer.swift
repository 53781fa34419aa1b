// Trains a Unigram vocabulary with libsentencepiece. The defaults are the settings of Xmodel-2's published tokenizer.
// SPDX-License-Identifier: Apache-2.0

import CXMSentencePiece
package import Foundation
import XMSupport

/// The trainer's settings.
package struct UnigramTrainingSettings: Codable, Sendable, Equatable {
    package var vocabularySize = 65_280
    /// Whether fewer pieces than `vocabularySize` are an error, as in the published settings.
    package var hardVocabularyLimit = true
    package var characterCoverage = 0.9999
    package var maxPieceLength = 16
    /// Lines of more bytes are skipped.
    package var maxSentenceLength = 4192
    package var threads = ProcessInfo.processInfo.activeProcessorCount
    /// Symbols that are always one token; their ids follow those of unknown, BOS and EOS.
    package var symbols = UnigramTrainingSettings.chatSymbols

    /// The chat markup, then white space that is frequent in text and code.
    package static let chatSymbols =
        ["<|im_start|>", "<|im_end|>", "<|end_of_text|>", "\n", "\t"]
        + [2, 4, 8].map {
            String(repeating: "\u{2581}", count: $0)
        }

    package init() {}

    /// Bytes, unknown, BOS, EOS and symbols.
    var fixedPieces: Int { 256 + 3 + symbols.count }

    /// Throws for settings with which no text could be trained.
    func validate() throws {
        func require(_ isGood: Bool, _ name: String, _ value: Any, _ wanted: String) throws {
            guard isGood else {
                throw TokenizerError.badSetting(name: name, reason: "is \(value); it must be \(wanted)")
            }
        }
        try UserSymbols.check(symbols)
        try require(
            fixedPieces < vocabularySize && vocabularySize <= Self.largestVocabulary, "the vocabulary's size",
            vocabularySize,
            "from \(fixedPieces + 1) (256 bytes, unknown, BOS, EOS, \(symbols.count) symbols and one more) to "
                + "\(Self.largestVocabulary)")
        try require(
            0.98...1 ~= characterCoverage, "the character coverage", characterCoverage, "from 0.98 to 1")
        try require(1...512 ~= maxPieceLength, "the longest piece", maxPieceLength, "from 1 to 512 characters")
        try require(10...1 << 30 ~= maxSentenceLength, "the longest line", maxSentenceLength, "from 10 to 2^30 bytes")
        try require(1...128 ~= threads, "the number of threads", threads, "from 1 to 128")
    }

    /// A larger vocabulary would not be worth its memory in any model.
    private static let largestVocabulary = 1 << 24
}

/// Callback for the library: the next line of a `TrainingCorpus.Reader`, NULL at the end.
private func nextLine(
    _ context: UnsafeMutableRawPointer?, _ length: UnsafeMutablePointer<Int>?
) -> UnsafePointer<CChar>? {
    guard let line = context?.assumingMemoryBound(to: TrainingCorpus.Reader.self).pointee.next() else { return nil }
    length?.pointee = line.count
    return line.baseAddress?.assumingMemoryBound(to: CChar.self)
}

package enum UnigramTrainer {
    /// Trains on the lines of `input` and finally writes `PREFIX.model` and `PREFIX.vocab`; until then existing files
    /// of these names are untouched. `surveyed` is called before training with the surveyed corpus; `whenTrained` after
    /// training and before anything is written; `check` before files are replaced, which an error thrown by it
    /// prevents.
    package static func train(
        input: [URL], prefix: URL, settings: UnigramTrainingSettings,
        surveyed: (TrainingCorpus) -> Void = { _ in }, whenTrained: () -> Void = {}, check: () throws -> Void = {}
    ) throws {
        try settings.validate()
        try Self.check(prefix)
        let corpus = try TrainingCorpus(input, maxLineBytes: settings.maxSentenceLength)
        surveyed(corpus)
        try checkSize(corpus, settings)
        let values: [(String, String)] = [
            ("model_type", "unigram"), ("vocab_size", "\(settings.vocabularySize)"),
            ("character_coverage", "\(settings.characterCoverage)"), ("input_sentence_size", "0"),
            ("shuffle_input_sentence", "true"), ("seed_sentencepiece_size", "1000000"), ("shrinking_factor", "0.75"),
            ("num_sub_iterations", "2"), ("num_threads", "\(settings.threads)"),
            ("max_sentence_length", "\(settings.maxSentenceLength)"),
            ("max_sentencepiece_length", "\(settings.maxPieceLength)"), ("split_by_unicode_script", "true"),
            ("split_by_whitespace", "true"), ("split_by_number", "true"), ("split_digits", "true"),
            ("byte_fallback", "true"), ("hard_vocab_limit", "\(settings.hardVocabularyLimit)"),
            ("train_extremely_large_corpus", "true"),
            ("unk_id", "0"), ("bos_id", "1"), ("eos_id", "2"), ("pad_id", "-1"),
            ("normalization_rule_name", "identity"), ("add_dummy_prefix", "true"),
            ("remove_extra_whitespaces", "false"), ("minloglevel", "2"),
            ("user_defined_symbols", UserSymbols.list(settings.symbols)),
        ]
        let keys = values.map { strdup($0.0) }
        let texts = values.map { strdup($0.1) }
        defer { (keys + texts).forEach { free($0) } }
        var lines = corpus.reader()
        var model: UnsafeMutablePointer<CChar>?
        var length = 0
        let error = keys.map { UnsafePointer($0) }.withUnsafeBufferPointer { keys in
            texts.map { UnsafePointer($0) }.withUnsafeBufferPointer { texts in
                withUnsafeMutablePointer(to: &lines) {
                    xm_sp_train(
                        keys.baseAddress, texts.baseAddress, values.count, nextLine, $0, &model, &length)
                }
            }
        }
        defer { xm_sp_free(model) }
        if let error {
            defer { xm_sp_free(error) }
            throw Self.error(String(cString: error), settings)
        }
        whenTrained()
        try write(UnsafeRawBufferPointer(start: model, count: length), prefix: prefix, check: check)
    }

    /// Writes the two files. The model's bytes are on disk before the list of pieces is replaced.
    private static func write(_ model: UnsafeRawBufferPointer, prefix: URL, check: () throws -> Void) throws {
        let file = URL(filePath: prefix.path + ".model")
        try AtomicFile.create(file, check: check) { target in
            try target.write(model)
            try AtomicFile.write(
                try vocabulary(Data(model), file: file), to: URL(filePath: prefix.path + ".vocab"))
        }
    }

    /// One line per piece, as in the library's own `.vocab` files: the piece, a tab, and its score as printed by C++.
    private static func vocabulary(_ model: Data, file: URL) throws -> Data {
        let pieces = try SentencePieceModel(model, file: file.path).pieces
        return Data(pieces.map { "\($0.text)\t\(String(format: "%g", $0.score))\n" }.joined().utf8)
    }

    /// Throws for a vocabulary larger than the text can yield, which the library would only notice after training.
    private static func checkSize(_ corpus: TrainingCorpus, _ settings: UnigramTrainingSettings) throws {
        guard settings.hardVocabularyLimit else { return }
        var seeds = SeedPieces(maxPieceLength: settings.maxPieceLength)
        let wanted = settings.vocabularySize - settings.fixedPieces
        corpus.forEachLine { line in
            guard let count = seeds.count, count < wanted else { return false }
            seeds.read(line)
            return true
        }
        if let count = seeds.count, count < wanted {
            throw TokenizerError.tooLittleText(asked: settings.vocabularySize, strings: settings.fixedPieces + count)
        }
    }

    /// Whether the two files can be written.
    private static func check(_ prefix: URL) throws {
        let folder = prefix.deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw FileError.notWritten(prefix.path + ".model", "the folder \(folder) does not exist")
        }
        for file in [folder, prefix.path + ".model", prefix.path + ".vocab"]
        where access(file, W_OK) != 0 && errno != ENOENT {
            throw FileError.notWritten(file, String(cString: strerror(errno)))
        }
    }

    /// Translates the library's errors about the vocabulary size.
    private static func error(_ text: String, _ settings: UnigramTrainingSettings) -> TokenizerError {
        if let found = text.firstMatch(of: /Vocabulary size too high.*value <= (\d+)/) {
            return .vocabularyTooLarge(asked: settings.vocabularySize, possible: Int(found.1) ?? 0)
        }
        if let found = text.firstMatch(of: /Vocabulary size is smaller than required_chars\. \d+ vs (\d+)/) {
            return .vocabularyTooSmall(asked: settings.vocabularySize, needed: Int(found.1) ?? 0)
        }
        return .training(text)
    }
}

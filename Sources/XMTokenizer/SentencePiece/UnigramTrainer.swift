// Training a Unigram vocabulary: libsentencepiece does it, with the settings of the published tokenizer as defaults
// (training.md 6.1).
// SPDX-License-Identifier: Apache-2.0

import CXMSentencePiece
package import Foundation
import XMSupport

/// The trainer's settings; keys are SentencePiece's own names.
package struct UnigramTrainingSettings: Codable, Sendable, Equatable {
    package var vocabularySize = 65_280
    /// Fewer pieces than that are an error, as in the published settings; otherwise the text gives what it gives.
    package var hardVocabularyLimit = true
    package var characterCoverage = 0.9999
    package var maxPieceLength = 16
    /// Lines longer than this many bytes are skipped.
    package var maxSentenceLength = 4192
    package var threads = ProcessInfo.processInfo.activeProcessorCount
    /// Symbols that are always one token, after unknown, BOS and EOS.
    package var symbols = UnigramTrainingSettings.chatSymbols

    /// The chat markup, then the white space that text and code are full of.
    package static let chatSymbols =
        ["<|im_start|>", "<|im_end|>", "<|end_of_text|>", "\n", "\t"]
        + [2, 4, 8].map {
            String(repeating: "\u{2581}", count: $0)
        }

    package init() {}
}

package enum UnigramTrainer {
    /// Trains on the lines of `input` and writes `PREFIX.model` and `PREFIX.vocab`, both at the end: until then files
    /// of these names stay as they are. `whenTrained` is called when the long part is over and nothing is written;
    /// `check` is asked before files are replaced, and what it throws leaves them.
    package static func train(
        input: [URL], prefix: URL, settings: UnigramTrainingSettings, whenTrained: () -> Void = {},
        check: () throws -> Void = {}
    ) throws {
        for file in input { try Self.check(file, settings) }
        try Self.check(prefix)
        try checkSize(input, settings)
        let values: [(String, String)] = [
            ("input", input.map(\.path).joined(separator: ",")), ("model_type", "unigram"),
            ("vocab_size", "\(settings.vocabularySize)"),
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
            ("user_defined_symbols", settings.symbols.joined(separator: ",")),
        ]
        let keys = values.map { strdup($0.0) }
        let texts = values.map { strdup($0.1) }
        defer { (keys + texts).forEach { free($0) } }
        var model: UnsafeMutablePointer<CChar>?
        var length = 0
        let error = keys.map { UnsafePointer($0) }.withUnsafeBufferPointer { keys in
            texts.map { UnsafePointer($0) }.withUnsafeBufferPointer { texts in
                xm_sp_train(keys.baseAddress, texts.baseAddress, values.count, &model, &length)
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

    /// The two files. The model's bytes are on disk before the list of pieces is replaced.
    private static func write(_ model: UnsafeRawBufferPointer, prefix: URL, check: () throws -> Void) throws {
        let file = URL(filePath: prefix.path + ".model")
        try AtomicFile.create(file, check: check) { target in
            try target.write(model)
            try AtomicFile.write(
                try vocabulary(Data(model), file: file), to: URL(filePath: prefix.path + ".vocab"))
        }
    }

    /// A line for each piece, as the library's own `.vocab` files: the piece, a tab, its score as C++ writes numbers.
    private static func vocabulary(_ model: Data, file: URL) throws -> Data {
        let pieces = try SentencePieceModel(model, file: file.path).pieces
        return Data(pieces.map { "\($0.text)\t\(String(format: "%g", $0.score))\n" }.joined().utf8)
    }

    /// The library says nothing of use about a text that it cannot take.
    private static func check(_ file: URL, _ settings: UnigramTrainingSettings) throws {
        let text: MappedFile
        do {
            text = try MappedFile(file)
        } catch FileError.unreadable(let path, let reason) {
            throw TokenizerError.badCorpus(
                file: path, reason: "cannot be read (\(reason)); name a text file with one sentence a line")
        }
        defer { withExtendedLifetime(text) {} }
        guard !file.path.utf8.contains(UInt8(ascii: ",")) else {
            throw TokenizerError.badCorpus(
                file: file.path, reason: "has a comma in its path, which separates files here; rename it")
        }
        var longest = 0
        var rest = text.bytes[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest.dropFirst(line.count + 1)
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            if line.count <= settings.maxSentenceLength { return }
            longest = max(longest, line.count)
        }
        throw TokenizerError.badCorpus(
            file: file.path,
            reason: longest == 0
                ? "holds no text; name a text file with one sentence a line"
                : "has no line of at most \(settings.maxSentenceLength) bytes, and others are skipped; break its lines"
        )
    }

    /// Refuses a vocabulary that the text cannot give, before the library finds out at the end of its training.
    private static func checkSize(_ input: [URL], _ settings: UnigramTrainingSettings) throws {
        guard settings.hardVocabularyLimit else { return }
        let fixed = 256 + 3 + settings.symbols.count  // bytes, unknown, BOS, EOS
        var seeds = SeedPieces(maxPieceLength: settings.maxPieceLength, maxSentenceLength: settings.maxSentenceLength)
        for file in input {
            let text = try MappedFile(file)
            withExtendedLifetime(text) { seeds.read(text.bytes, upTo: settings.vocabularySize - fixed) }
        }
        if let count = seeds.count, fixed + count < settings.vocabularySize {
            throw TokenizerError.tooLittleText(asked: settings.vocabularySize, strings: fixed + count)
        }
    }

    /// Whether the two files can be written.
    private static func check(_ prefix: URL) throws {
        let folder = prefix.deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw FileError.notWritten(prefix.path + ".model", "there is no folder \(folder)")
        }
        for file in [folder, prefix.path + ".model", prefix.path + ".vocab"]
        where access(file, W_OK) != 0 && errno != ENOENT {
            throw FileError.notWritten(file, String(cString: strerror(errno)))
        }
    }

    /// The library's refusals of a vocabulary's size in our words.
    private static func error(_ text: String, _ settings: UnigramTrainingSettings) -> TokenizerError {
        if let found = text.firstMatch(of: /Vocabulary size too high.*value <= (\d+)/) {
            return .badVocabularySize(asked: settings.vocabularySize, possible: Int(found.1))
        }
        if text.firstMatch(of: /Vocabulary size is smaller than required_chars/) != nil {
            return .badVocabularySize(asked: settings.vocabularySize, possible: nil)
        }
        return .training(text)
    }
}

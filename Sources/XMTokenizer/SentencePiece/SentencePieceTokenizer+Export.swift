// Converts a Unigram vocabulary for other programs: llama.cpp's Unigram ("t5") and Hugging Face's tokenizer.json. Both
// search in f64 and have no rule for user-defined symbols; the scores written here make their segmentation equal to
// ours except for ties between runs of spaces. docs/formats.md describes what each reader does differently.
// SPDX-License-Identifier: Apache-2.0

extension SentencePieceTokenizer {
    /// Chat markup such as `<|im_end|>` or `<reserved_0>`, as opposed to user-defined pieces of text (digits, spaces).
    private static func isMarkup(_ piece: SentencePieceModel.Piece) -> Bool {
        let bytes = piece.text.utf8
        return piece.kind == .userDefined && bytes.first == UInt8(ascii: "<") && bytes.last == UInt8(ascii: ">")
            && !bytes.starts(with: "<!".utf8)
    }

    /// Whether the vocabulary has the markup of `ChatTemplate.xmodel2Source`.
    package var hasChatMarkup: Bool { id(of: "<|im_start|>") != nil && id(of: ChatTemplate.turnEnd) != nil }

    /// Throws `VocabularyError` for a file with flags that other programs' formats cannot express.
    package func checkExport(file: String) throws {
        func refuse(_ key: String, _ found: Bool) -> VocabularyError {
            .unsupported(
                file: file, key: key, found: "\(found)", wanted: "\(!found), in the formats of other programs")
        }
        if model.treatWhitespaceAsSuffix { throw refuse("trainer_spec.treat_whitespace_as_suffix", true) }
        if !model.escapeWhitespaces { throw refuse("normalizer_spec.escape_whitespaces", false) }
    }

    /// Score of a character without a piece.
    private var unknownScore: Float {
        (model.pieces.lazy.filter { $0.kind == .normal }.map(\.score).min() ?? 0) - 10
    }

    /// The score with which a user-defined piece wins exactly when it does in the library.
    private static func symbolScore(_ piece: SentencePieceModel.Piece) -> Float {
        Float(SymbolScore.current.score(bytes: piece.text.utf8.count))
    }

    /// The vocabulary for llama.cpp.
    ///
    /// llama.cpp splits text at user-defined pieces before searching, so those that are text become normal pieces with
    /// their score, and markup becomes control pieces. It has no byte fallback for Unigram: byte pieces of ASCII
    /// characters that have no piece of their own (often the newline) become that character.
    package func llamaVocabulary() -> TokenizerVocabulary {
        // llama.cpp would also prepend the space after every control piece. With markup it is left to the chat
        // template, which has it before the first turn only.
        let hasMarkup = model.pieces.contains(where: Self.isMarkup)
        return vocabulary(prefix: model.addDummyPrefix && !hasMarkup ? .always : .never) { piece in
            switch piece.kind {
            case .normal: (piece.score, .normal)
            case .unknown: (0, .unknown)
            case .control: (0, .control)
            case .unused: (TokenizerVocabulary.unusedScore, .unused)
            case .userDefined where Self.isMarkup(piece): (0, .control)
            case .userDefined: (Self.symbolScore(piece), .normal)
            case .byte: (0, .byte)
            }
        }
    }

    /// The vocabulary for tokenizer.json. User-defined pieces, including markup, are ordinary entries with their score:
    /// added tokens would split the text, and a space would be prepended to every segment.
    package func huggingFaceVocabulary() -> TokenizerVocabulary {
        vocabulary(prefix: model.addDummyPrefix ? .always : .never) { piece in
            switch piece.kind {
            case .normal: (piece.score, .normal)
            case .userDefined: (Self.symbolScore(piece), .normal)
            // The dictionary contains all entries; with this score, text that spells one is cheaper as characters.
            case .unknown: (TokenizerVocabulary.unusedScore, .unknown)
            case .control: (TokenizerVocabulary.unusedScore, .control)
            case .unused: (TokenizerVocabulary.unusedScore, .unused)
            case .byte: (TokenizerVocabulary.unusedScore, .byte)
            }
        }
    }

    private func vocabulary(
        prefix: TokenizerVocabulary.Prefix,
        spelling: (SentencePieceModel.Piece) -> (score: Float, kind: TokenizerVocabulary.Kind)
    ) -> TokenizerVocabulary {
        var result = TokenizerVocabulary(file: "new file", model: .unigram, tokens: model.pieces.map(\.text))
        let unknownScore = unknownScore
        for (id, piece) in model.pieces.enumerated() {
            var (score, kind) = spelling(piece)
            if piece.kind == .byte, let character = loneCharacter(piece) {
                result.tokens[id] = character
                (score, kind) = (unknownScore, .normal)
            }
            result.scores.append(score)
            result.kinds.append(kind)
        }
        (result.bosID, result.eosID, result.unknownID) = (bosID, eosID, unknownID)
        result.turnEndID = id(of: ChatTemplate.turnEnd)
        result.prefix = prefix
        result.removesExtraBlanks = model.removeExtraWhitespaces
        return result
    }

    /// The ASCII character of a byte piece, if no other piece stands for it; nil for NUL, which would end a C string.
    private func loneCharacter(_ piece: SentencePieceModel.Piece) -> String? {
        guard model.byteFallback, let byte = PieceText.byte(piece.text),
            (1..<0x80).contains(byte)
        else {
            return nil
        }
        let character = String(UnicodeScalar(byte))
        return id(of: character) == nil ? character : nil
    }
}

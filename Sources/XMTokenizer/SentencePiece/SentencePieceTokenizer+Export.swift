// A Unigram vocabulary as other programs need it spelled: llama.cpp's Unigram ("t5") and Hugging Face's tokenizer.json.
// Both search in f64 and have no rule for user-defined symbols; the scores written here make their segmentation ours
// but for ties between runs of blanks. docs/formats.md says what each reader does differently.
// SPDX-License-Identifier: Apache-2.0

extension SentencePieceTokenizer {
    /// Chat markup such as `<|im_end|>` or `<reserved_0>`, unlike user-defined pieces that are text (digits, blanks).
    private static func isMarkup(_ piece: SentencePieceModel.Piece) -> Bool {
        let bytes = piece.text.utf8
        return piece.kind == .userDefined && bytes.first == UInt8(ascii: "<") && bytes.last == UInt8(ascii: ">")
            && !bytes.starts(with: "<!".utf8)
    }

    /// Whether the vocabulary has the markup of `ChatTemplate.xmodel2Source`.
    package var hasChatMarkup: Bool { id(of: "<|im_start|>") != nil && id(of: ChatTemplate.turnEnd) != nil }

    /// Throws `VocabularyError` for a file whose flags other programs' formats have no words for.
    package func checkExport(file: String) throws {
        func refuse(_ key: String, _ found: Bool) -> VocabularyError {
            .unsupported(
                file: file, key: key, found: "\(found)", wanted: "\(!found), in the formats of other programs")
        }
        if model.treatWhitespaceAsSuffix { throw refuse("trainer_spec.treat_whitespace_as_suffix", true) }
        if !model.escapeWhitespaces { throw refuse("normalizer_spec.escape_whitespaces", false) }
    }

    /// What a character without a piece costs.
    private var unknownScore: Float {
        (model.pieces.lazy.filter { $0.kind == .normal }.map(\.score).min() ?? 0) - 10
    }

    /// The score that makes a user-defined piece win as the library lets it win.
    private static func symbolScore(_ piece: SentencePieceModel.Piece) -> Float {
        Float(SymbolScore.current.score(bytes: piece.text.utf8.count))
    }

    /// The vocabulary for llama.cpp.
    ///
    /// llama.cpp cuts text at user-defined pieces before it searches, so those that are text become normal pieces with
    /// their score, and markup becomes control pieces. It has no byte fallback for Unigram: byte pieces of ASCII
    /// characters without a piece of their own (the newline, often) become that character.
    package func llamaVocabulary() -> TokenizerVocabulary {
        // The blank that begins a text would also stand behind every control piece. With markup it is left to the chat
        // template, which has it in front of the first turn only.
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

    /// The vocabulary for tokenizer.json. User-defined pieces, markup included, are ordinary entries with their score:
    /// an added token would cut the text and give every part a blank of its own.
    package func huggingFaceVocabulary() -> TokenizerVocabulary {
        vocabulary(prefix: model.addDummyPrefix ? .always : .never) { piece in
            switch piece.kind {
            case .normal: (piece.score, .normal)
            case .userDefined: (Self.symbolScore(piece), .normal)
            // In the dictionary like every entry; text that spells one costs more than its characters do.
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

    /// The ASCII character that a byte piece stands for when no other piece does; nil for NUL, which ends a C string.
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

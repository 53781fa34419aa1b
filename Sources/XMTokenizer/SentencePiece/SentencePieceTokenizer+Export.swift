// A Unigram vocabulary in the forms that other programs read: llama.cpp's Unigram ("t5") and Hugging Face's
// tokenizer.json. Both search in f64 and have no rule for user-defined symbols; the scores written here make their
// segmentation ours but for ties between runs of blanks. docs/formats.md says what each reader does differently.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

extension SentencePieceTokenizer {
    /// Chat markup such as `<|im_end|>` or `<reserved_0>`, unlike user-defined pieces that are text (digits, blanks).
    private static func isMarkup(_ piece: SentencePieceModel.Piece) -> Bool {
        piece.kind == .userDefined && piece.text.hasPrefix("<") && piece.text.hasSuffix(">")
            && !piece.text.hasPrefix("<!")
    }

    /// Whether the vocabulary has the markup of `ChatTemplate.xmodel2Source`.
    package var hasChatMarkup: Bool { id(of: "<|im_start|>") != nil && id(of: ChatTemplate.turnEnd) != nil }

    /// Ids that end a generation: EOS, and the end of a turn where there is one.
    package var stopIDs: [Int32] { [eosID, id(of: ChatTemplate.turnEnd)].compactMap(\.self) }

    /// What a character without a piece costs.
    private var unknownScore: Float {
        (model.pieces.lazy.filter { $0.kind == .normal }.map(\.score).min() ?? 0) - 10
    }

    /// The score that makes a user-defined piece win as the library lets it win.
    private static func symbolScore(_ piece: SentencePieceModel.Piece) -> Float {
        Float(SymbolScore.current.score(bytes: piece.text.utf8.count))
    }

    // MARK: - GGUF

    /// The vocabulary for llama.cpp, filled up to `count` pieces with unused ones.
    ///
    /// llama.cpp cuts text at user-defined pieces before it searches, so those that are text become normal pieces with
    /// their score, and markup becomes control pieces. It has no byte fallback for Unigram: byte pieces of ASCII
    /// characters without a piece of their own (the newline, often) become that character.
    package func llamaVocabulary(count: Int) -> TokenizerVocabulary {
        var result = TokenizerVocabulary(file: "new file", model: .unigram, tokens: [])
        func add(_ text: String, _ score: Float, _ kind: TokenizerVocabulary.Kind) {
            result.tokens.append(text)
            result.scores.append(score)
            result.kinds.append(kind)
        }
        let unknownScore = unknownScore
        for piece in model.pieces {
            switch piece.kind {
            case .normal: add(piece.text, piece.score, .normal)
            case .unknown: add(piece.text, 0, .unknown)
            case .control: add(piece.text, 0, .control)
            case .unused: add(piece.text, Self.unusedScore, .unused)
            case .userDefined where Self.isMarkup(piece): add(piece.text, 0, .control)
            case .userDefined: add(piece.text, Self.symbolScore(piece), .normal)
            case .byte:
                if let character = loneCharacter(piece) {
                    add(character, unknownScore, .normal)
                } else {
                    add(piece.text, 0, .byte)
                }
            }
        }
        for id in result.tokens.count..<max(count, result.tokens.count) { add("[PAD\(id)]", Self.unusedScore, .unused) }
        result.bosID = bosID
        result.eosID = eosID
        result.unknownID = unknownID
        // The blank that begins a text would also stand behind every control piece. With markup it is left to the chat
        // template, which has it in front of the first turn only.
        result.prefix = model.addDummyPrefix && !model.pieces.contains(where: Self.isMarkup) ? .always : .never
        result.removesExtraBlanks = model.removeExtraWhitespaces
        return result
    }

    private static let unusedScore: Float = -10_000

    /// The ASCII character that a byte piece stands for when no other piece does; nil for NUL, which ends a C string.
    private func loneCharacter(_ piece: SentencePieceModel.Piece) -> String? {
        guard model.byteFallback, let byte = UInt8(piece.text.dropFirst(3).dropLast(), radix: 16),
            (1..<0x80).contains(byte)
        else {
            return nil
        }
        let character = String(UnicodeScalar(byte))
        return id(of: character) == nil ? character : nil
    }

    // MARK: - Hugging Face

    /// `tokenizer.json`. User-defined pieces, markup included, are ordinary entries with their score: an added token
    /// would cut the text and give every part a blank of its own.
    package func huggingFaceTokenizer() throws -> Data {
        let unknownScore = unknownScore
        let vocabulary = model.pieces.map { piece -> [Any] in
            switch piece.kind {
            case .normal: return [piece.text, Double(piece.score)]
            case .userDefined: return [piece.text, Double(Self.symbolScore(piece))]
            // In the dictionary like every entry; text that spells one costs more than its characters do.
            case .unknown, .control, .unused: return [piece.text, Double(Self.unusedScore)]
            case .byte:
                guard let character = loneCharacter(piece) else { return [piece.text, Double(Self.unusedScore)] }
                return [character, Double(unknownScore)]
            }
        }
        // Not the unknown piece: its text in a document, as in WikiText, is text.
        let special = model.pieces.enumerated().filter { $0.element.kind == .control }
        let blanks: [String: Any] = ["type": "Replace", "pattern": ["String": " "], "content": "\u{2581}"]
        let prefix: [String: Any] = ["type": "Prepend", "prepend": "\u{2581}"]
        let strip: [String: Any] = ["type": "Strip", "content": " ", "start": 1, "stop": 0]
        let decoders: [[String: Any]] = [
            ["type": "Replace", "pattern": ["String": "\u{2581}"], "content": " "], ["type": "ByteFallback"],
            ["type": "Fuse"],
        ]
        let file: [String: Any] = [
            "version": "1.0", "truncation": NSNull(), "padding": NSNull(), "pre_tokenizer": NSNull(),
            "post_processor": NSNull(),
            "added_tokens": special.map { id, piece -> [String: Any] in
                [
                    "id": id, "content": piece.text, "special": true, "normalized": false, "single_word": false,
                    "lstrip": false, "rstrip": false,
                ]
            },
            "normalizer": ["type": "Sequence", "normalizers": (model.addDummyPrefix ? [prefix] : []) + [blanks]],
            "decoder": ["type": "Sequence", "decoders": decoders + (model.addDummyPrefix ? [strip] : [])],
            "model": [
                "type": "Unigram", "unk_id": Int(unknownID), "byte_fallback": model.byteFallback, "vocab": vocabulary,
            ],
        ]
        return try JSONSerialization.data(withJSONObject: file, options: [.sortedKeys, .withoutEscapingSlashes])
    }

    /// `tokenizer_config.json`; `positions` is the longest text the model takes.
    package func huggingFaceConfig(positions: Int) throws -> Data {
        var file: [String: Any] = [
            "tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": false, "add_eos_token": false,
            "clean_up_tokenization_spaces": false, "model_max_length": positions,
        ]
        if let bosID { file["bos_token"] = piece(bosID) }
        if let eosID { file["eos_token"] = piece(eosID) }
        if hasChatMarkup { file["chat_template"] = ChatTemplate.xmodel2Source }
        return try JSONSerialization.data(
            withJSONObject: file, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }
}

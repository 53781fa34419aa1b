// Writes a vocabulary of any kind as Hugging Face's tokenizer.json and tokenizer_config.json. The inverse of
// TokenizerJSON+Vocabulary.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

extension TokenizerVocabulary {
    /// The contents of `tokenizer.json`. Throws `VocabularyError` for a vocabulary that the format cannot express.
    package func huggingFaceTokenizer() throws -> Data {
        var seen = Set<[UInt8]>()
        if let duplicate = tokens.first(where: { !seen.insert(Array($0.utf8)).inserted }) {
            throw VocabularyError.malformed(
                file: file, key: "tokens",
                reason: "duplicate token '\(duplicate)', which tokenizer.json cannot express")
        }
        return JinjaValue.dict([
            "version": .string("1.0"), "truncation": .none, "padding": .none, "added_tokens": .list(addedTokens),
            "normalizer": normalizer, "pre_tokenizer": try preTokenizerSteps(), "post_processor": postProcessor,
            "decoder": decoder, "model": try huggingFaceModel(),
        ]).jsonData()
    }

    /// The contents of `tokenizer_config.json`; `positions` is the model's context length.
    package func huggingFaceConfig(positions: Int, chatTemplate: String?) -> Data {
        var entries: [(String, JinjaValue)] = [
            ("tokenizer_class", .string("PreTrainedTokenizerFast")), ("add_bos_token", .bool(addsBOS)),
            ("add_eos_token", .bool(false)), ("clean_up_tokenization_spaces", .bool(false)),
            ("model_max_length", .int(positions)),
        ]
        // Unigram's unknown piece is omitted: special tokens are matched in text, but "<unk>" in a text, as in
        // WikiText, is ordinary text. So is BPE's if it is an ordinary token.
        let unknown = unknownID.flatMap {
            model != .unigram && [.control, .unknown].contains(kind(Int($0))) ? $0 : nil
        }
        let special = [
            ("bos_token", bosID), ("eos_token", eosID), ("unk_token", unknown), ("pad_token", paddingID),
        ]
        for (key, id) in special { if let id { entries.append((key, .string(piece(id)))) } }
        if let chatTemplate { entries.append(("chat_template", .string(chatTemplate))) }
        return JinjaValue.dict(JinjaDict(entries)).jsonData(indent: "  ")
    }

    /// The tokens that are matched in a text before all other processing.
    private var addedTokens: [JinjaValue] {
        tokens.enumerated().compactMap { id, text in
            let isSpecial: Bool
            switch kind(id) {
            case .control: isSpecial = true
            case .unknown where model != .unigram: isSpecial = true
            case .userDefined: isSpecial = false
            default: return nil
            }
            let rule = symbolRules[Int32(id)] ?? SymbolRule()
            return .dict([
                "id": .int(id), "content": .string(text), "single_word": .bool(rule.singleWord),
                "lstrip": .bool(rule.lstrip), "rstrip": .bool(rule.rstrip), "normalized": .bool(rule.normalized),
                "special": .bool(isSpecial),
            ])
        }
    }

    private static func sequence(_ key: String, _ steps: [JinjaValue]) -> JinjaValue {
        .dict(["type": .string("Sequence"), key: .list(steps)])
    }

    private static func replaceStep(_ old: String, by new: String) -> JinjaValue {
        .dict(["type": .string("Replace"), "pattern": .dict(["String": .string(old)]), "content": .string(new)])
    }

    private var normalizer: JinjaValue {
        guard model != .byteLevel else { return normalizesToNFC ? .dict(["type": .string("NFC")]) : .none }
        let blanks = Self.replaceStep(" ", by: "\u{2581}")
        let prepend = JinjaValue.dict(["type": .string("Prepend"), "prepend": .string("\u{2581}")])
        switch prefix {
        case .never: return Self.sequence("normalizers", [blanks])
        case .always: return Self.sequence("normalizers", [prepend, blanks])
        case .unlessBlank, .atStartUnlessBlank: return .none
        }
    }

    private func preTokenizerSteps() throws -> JinjaValue {
        guard model == .byteLevel else {
            guard prefix == .unlessBlank || prefix == .atStartUnlessBlank else { return .none }
            return .dict([
                "type": .string("Metaspace"), "replacement": .string("\u{2581}"),
                "prepend_scheme": .string(prefix == .unlessBlank ? "always" : "first"), "split": .bool(false),
            ])
        }
        func bytes(usingPattern: Bool) -> JinjaValue {
            .dict([
                "type": .string("ByteLevel"), "add_prefix_space": .bool(false), "trim_offsets": .bool(true),
                "use_regex": .bool(usingPattern),
            ])
        }
        switch preTokenizer {
        case nil, .gpt2: return bytes(usingPattern: true)
        case .smollm:
            let digits = JinjaValue.dict(["type": .string("Digits"), "individual_digits": .bool(true)])
            return Self.sequence("pretokenizers", [digits, bytes(usingPattern: true)])
        case .llama3, .qwen2:
            let split = JinjaValue.dict([
                "type": .string("Split"), "pattern": .dict(["Regex": .string(preTokenizer?.pattern ?? "")]),
                "behavior": .string("Isolated"), "invert": .bool(false),
            ])
            return Self.sequence("pretokenizers", [split, bytes(usingPattern: false)])
        }
    }

    /// Prepends BOS to every text if the model expects it.
    private var postProcessor: JinjaValue {
        guard addsBOS, let bosID else { return .none }
        let bos = JinjaValue.string(piece(bosID))
        func special(_ type: Int) -> JinjaValue { .dict(["SpecialToken": .dict(["id": bos, "type_id": .int(type)])]) }
        func text(_ name: String, _ type: Int) -> JinjaValue {
            .dict(["Sequence": .dict(["id": .string(name), "type_id": .int(type)])])
        }
        let token = JinjaValue.dict(["id": bos, "ids": .list([.int(Int(bosID))]), "tokens": .list([bos])])
        return .dict([
            "type": .string("TemplateProcessing"), "single": .list([special(0), text("A", 0)]),
            "pair": .list([special(0), text("A", 0), special(1), text("B", 1)]),
            "special_tokens": .dict(JinjaDict([(piece(bosID), token)])),
        ])
    }

    private var decoder: JinjaValue {
        guard model != .byteLevel else {
            return .dict([
                "type": .string("ByteLevel"), "add_prefix_space": .bool(true), "trim_offsets": .bool(true),
                "use_regex": .bool(true),
            ])
        }
        let fallback = JinjaValue.dict(["type": .string("ByteFallback")])
        let fuse = JinjaValue.dict(["type": .string("Fuse")])
        let blank = leadingBlank ?? (prefix == .never ? .kept : .firstCharacter)
        guard blank != .allOfFirstPiece else {
            let metaspace = JinjaValue.dict([
                "type": .string("Metaspace"), "replacement": .string("\u{2581}"), "prepend_scheme": .string("always"),
                "split": .bool(false),
            ])
            return Self.sequence("decoders", [fallback, metaspace, fuse])
        }
        let strip = JinjaValue.dict([
            "type": .string("Strip"), "content": .string(" "), "start": .int(1), "stop": .int(0),
        ])
        let steps = [Self.replaceStep("\u{2581}", by: " "), fallback, fuse]
        return Self.sequence("decoders", steps + (blank == .kept ? [] : [strip]))
    }

    private func huggingFaceModel() throws -> JinjaValue {
        let hasBytes = kinds.contains(.byte)
        if model == .unigram {
            let pieces = tokens.indices.map { id -> JinjaValue in
                .list([.string(tokens[id]), .double(Double(scores.isEmpty ? 0 : scores[id]))])
            }
            return .dict([
                "type": .string("Unigram"), "unk_id": unknownID.map { .int(Int($0)) } ?? .none,
                "byte_fallback": .bool(hasBytes), "vocab": .list(pieces),
            ])
        }
        let merges = model == .sentencePiece && merges.isEmpty ? mergesByScore() : merges
        // Byte-level models have no unknown characters.
        let unknown = model == .sentencePiece ? unknownID : nil
        return .dict([
            "type": .string("BPE"), "dropout": .none, "unk_token": unknown.map { .string(piece($0)) } ?? .none,
            "continuing_subword_prefix": .none, "end_of_word_suffix": .none,
            "fuse_unk": .bool(model == .sentencePiece), "byte_fallback": .bool(hasBytes),
            "ignore_merges": .bool(ignoresMerges),
            "vocab": .dict(JinjaDict(unique: tokens.enumerated().map { (.string($0.element), .int($0.offset)) })),
            "merges": .list(merges.map { .list([.string($0.left), .string($0.right)]) }),
        ])
    }
}

extension JinjaValue {
    fileprivate func jsonData(indent: String? = nil) -> Data {
        // Cannot fail: the value consists of strings, numbers, lists and mappings.
        let style = JSONStyle(indent: indent.map { JinjaText($0) }, itemSeparator: indent == nil ? ", " : ",")
        return Data((try? json(style).string)?.utf8 ?? "null".utf8)
    }
}

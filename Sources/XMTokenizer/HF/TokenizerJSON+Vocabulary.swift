// Converts tokenizer.json to the neutral vocabulary: recognizes which of the known families its components describe,
// with an error that names the key for all others. The file is parsed in TokenizerJSON.swift; decoder and
// post-processor are interpreted in TokenizerJSON+Components.swift.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

extension TokenizerJSON {
    private var isUnigram: Bool { modelType == "Unigram" }

    private func isSentencePiece() throws -> Bool {
        try model.bool("byte_fallback") == true
            || preTokenizers.allSatisfy { $0.type == "Metaspace" }
    }

    /// Checks every component and returns the vocabulary that they describe, including added tokens.
    func vocabulary() throws -> TokenizerVocabulary {
        var result = try isUnigram ? unigram() : try bpe()
        switch result.model {
        case .byteLevel:
            result.normalizesToNFC = try normalizesToNFC()
            result.preTokenizer = try byteLevelFamily()
            try checkByteLevelDecoder()
        case .sentencePiece, .unigram:
            result.prefix = try prefix()
            result.leadingBlank = try leadingBlank(
                hasBytes: result.kinds.contains(.byte),
                hasBytePieces: result.tokens.contains { PieceText.byte($0) != nil })
        }
        let pieces = result.tokens.count
        var builder = VocabularyBuilder(result)
        for (id, token) in addedTokens.sorted(by: { $0.id < $1.id }) {
            guard builder.futureID(of: token.content) == id else {
                throw VocabularyError.malformed(
                    file: file, key: "added_tokens",
                    reason:
                        "the id \(id) of '\(token.content)' is outside 0 to \(builder.vocabulary.tokens.count) or "
                        + "belongs to another token")
            }
            builder.add(token)
        }
        result = builder.vocabulary
        result.modelPieces = pieces
        if let unknown = try model.string("unk_token") {
            guard let id = builder.id(of: unknown) else {
                throw VocabularyError.unknownPiece(file: file, key: "model.unk_token", piece: unknown)
            }
            result.unknownID = id
            result.hasUnknownInModel = true
        }
        if let bos = try firstToken() {
            guard let id = builder.id(of: bos) else {
                throw VocabularyError.unknownPiece(file: file, key: "post_processor", piece: bos)
            }
            (result.bosID, result.addsBOS) = (id, true)
        }
        return result
    }

    // MARK: - Models

    private func bpe() throws -> TokenizerVocabulary {
        if let dropout = model.value("dropout"), dropout.double != 0 {
            throw model.unsupported("dropout", dropout.double.map { "\($0)" } ?? "not a number", "null")
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = try model.string(key), !text.isEmpty {
                throw model.unsupported(key, "'\(text)'", "null or empty")
            }
        }
        let isSentencePiece = try isSentencePiece()
        var result = TokenizerVocabulary(
            file: file, model: isSentencePiece ? .sentencePiece : .byteLevel, tokens: try pieces())
        result.merges = try merges()
        result.ignoresMerges = try model.bool("ignore_merges") == true
        let hasBytes = try model.bool("byte_fallback") == true
        result.kinds = result.tokens.map { hasBytes && PieceText.byte($0) != nil ? .byte : .normal }
        if isSentencePiece {
            if try model.bool("fuse_unk") != true, model.value("unk_token") != nil, !hasBytes {
                throw model.unsupported("fuse_unk", "false", "true")
            }
            if result.ignoresMerges { throw model.unsupported("ignore_merges", "true", "false without ByteLevel") }
        }
        return result
    }

    /// Tokens by id; the ids must be 0 to count - 1 without duplicates.
    private func pieces() throws -> [String] {
        guard let members = try model.fields("vocab")?.object.members else {
            throw model.malformed("vocab", "missing")
        }
        // In some files the ids of added tokens fall into gaps of the vocabulary.
        let added = addedTokens.map { (key: $0.token.content, id: $0.id) }
        var tokens = [String?](repeating: nil, count: members.count + added.count)
        func put(_ piece: String, _ id: Int?) throws {
            guard let id, tokens.indices.contains(id), tokens[id].map({ PieceText.isSame($0, piece) }) ?? true else {
                throw model.malformed(
                    "vocab",
                    "the id \(id.map { "\($0)" } ?? "null") of '\(piece)' is outside 0 to \(tokens.count - 1) or "
                        + "a duplicate")
            }
            tokens[id] = piece
        }
        for (piece, id) in members { try put(piece, id.integer) }
        let last = tokens.lastIndex { $0 != nil } ?? -1
        for (piece, id) in added where id <= last { try put(piece, Int(id)) }
        guard let missing = tokens[...last].firstIndex(of: nil) else { return tokens.compactMap(\.self) }
        throw model.malformed("vocab", "no token has the id \(missing)")
    }

    /// Old files have "a b", new ones ["a", "b"].
    private func merges() throws -> [TokenizerVocabulary.Merge] {
        guard let merges = try model.array("merges") else { throw model.malformed("merges", "missing") }
        return try merges.enumerated().map { index, value in
            if let text = value.string, let merge = TokenizerVocabulary.Merge(text) { return merge }
            if let pair = value.array, pair.count == 2, let left = pair[0].string, let right = pair[1].string {
                return .init(left: left, right: right)
            }
            throw model.malformed("merges", "merge \(index) is not a pair of tokens")
        }
    }

    private func unigram() throws -> TokenizerVocabulary {
        guard let entries = try model.array("vocab"), !entries.isEmpty else {
            throw model.malformed("vocab", "missing")
        }
        var result = TokenizerVocabulary(file: file, model: .unigram, tokens: [])
        for (index, entry) in entries.enumerated() {
            guard let pair = entry.array, pair.count == 2, let text = pair[0].string, let score = pair[1].double else {
                throw model.malformed("vocab", "entry \(index) is not a piece and its score")
            }
            result.tokens.append(text)
            result.scores.append(Float(score))
        }
        let hasBytes = try model.bool("byte_fallback") == true
        result.kinds = result.tokens.map { hasBytes && PieceText.byte($0) != nil ? .byte : .normal }
        guard let unknown = try model.integer("unk_id"), result.tokens.indices.contains(unknown) else {
            throw model.unsupported("unk_id", "null or not a token's id", "the id of the unknown token")
        }
        result.unknownID = Int32(unknown)
        result.symbolScore = .huggingFace
        return result
    }

    // MARK: - Normalizers and pre-tokenisers

    private func normalizesToNFC() throws -> Bool {
        for step in normalizers where step.type != "NFC" {
            throw VocabularyError.unsupported(
                file: file, key: "normalizer.type", found: step.type, wanted: "NFC or null")
        }
        return !normalizers.isEmpty
    }

    private func refuse(_ key: String, _ found: String, _ wanted: String) -> VocabularyError {
        .unsupported(file: file, key: key, found: found, wanted: wanted)
    }

    /// The family of ByteLevel, alone or after Digits or Split.
    private func byteLevelFamily() throws -> PreTokenizer {
        let steps = preTokenizers
        guard let last = steps.last, last.type == "ByteLevel", steps.count <= 2 else {
            let found = steps.isEmpty ? "null" : steps.map(\.type).joined(separator: " + ")
            throw refuse("pre_tokenizer", found, "ByteLevel, Digits + ByteLevel, Split + ByteLevel or Metaspace")
        }
        let usesPattern = try last.fields.bool("use_regex") != false
        if try last.fields.bool("add_prefix_space") != false {
            throw refuse("pre_tokenizer.add_prefix_space", "true", "false")
        }
        guard steps.count == 2 else {
            if !usesPattern { throw refuse("pre_tokenizer.use_regex", "false", "true") }
            return .gpt2
        }
        let first = steps[0]
        if first.type == "Digits" {
            if try first.fields.bool("individual_digits") != true {
                throw refuse("pre_tokenizer.individual_digits", "false", "true")
            }
            if !usesPattern { throw refuse("pre_tokenizer.use_regex", "false", "true after Digits") }
            return .smollm
        }
        guard first.type == "Split" else { throw refuse("pre_tokenizer.type", first.type, "Digits or Split") }
        if usesPattern { throw refuse("pre_tokenizer.use_regex", "true", "false after Split") }
        let behavior = try first.fields.string("behavior")
        if try behavior != "Isolated" || first.fields.bool("invert") == true {
            throw refuse("pre_tokenizer.behavior", behavior ?? "null", "Isolated, not inverted")
        }
        let pattern = try pattern(first, "Regex") ?? pattern(first, "String") ?? "null"
        guard let family = PreTokenizer(pattern: pattern) else {
            throw refuse("pre_tokenizer.pattern", "'\(pattern)'", "the patterns of GPT-2, Llama 3 and Qwen 2")
        }
        return family
    }

    /// `{"Regex": "…"}` or `{"String": "…"}`.
    func pattern(_ step: Component, _ kind: String) throws -> String? {
        guard let pattern = try step.fields.fields("pattern") else { return nil }
        try pattern.check(["Regex", "String"])
        return try pattern.string(kind)
    }

    /// Whether a step replaces one text by another.
    func replaces(_ step: Component, _ old: String, by new: String) throws -> Bool {
        try step.type == "Replace" && pattern(step, "String") == old && step.fields.string("content") == new
    }

    /// How SentencePiece's spaces are marked: by a Prepend + Replace normalizer, or a Metaspace pre-tokeniser.
    private func prefix() throws -> TokenizerVocabulary.Prefix {
        var prefix: TokenizerVocabulary.Prefix?
        var replacesBlanks = false
        for step in normalizers {
            if try replaces(step, " ", by: "\u{2581}") {
                replacesBlanks = true
            } else if try step.type == "Prepend" && step.fields.string("prepend") == "\u{2581}" && !replacesBlanks {
                prefix = .always
            } else {
                throw refuse("normalizer.type", step.type, "Prepend of \u{2581} and Replace of spaces by it")
            }
        }
        guard let step = preTokenizers.first else {
            if replacesBlanks { return prefix ?? .never }
            throw refuse("normalizer", "null without a Metaspace pre_tokenizer", "Replace of spaces by \u{2581}")
        }
        guard preTokenizers.count == 1, try isMetaspace(step), prefix == nil else {
            throw refuse("pre_tokenizer.type", step.type, "Metaspace with \u{2581}, or null")
        }
        if try step.fields.bool("split") != false { throw refuse("pre_tokenizer.split", "true", "false") }
        switch try prependScheme(step) {
        case "never": return .never
        case "first": return .atStartUnlessBlank
        case "always": return .unlessBlank
        case let scheme: throw refuse("pre_tokenizer.prepend_scheme", scheme, "never, first or always")
        }
    }

    func isMetaspace(_ step: Component) throws -> Bool {
        try step.type == "Metaspace" && step.fields.string("replacement") == "\u{2581}"
    }

    /// Older files have `add_prefix_space` instead.
    func prependScheme(_ step: Component) throws -> String {
        if let scheme = try step.fields.string("prepend_scheme") { return scheme }
        return try step.fields.bool("add_prefix_space") == false ? "never" : "always"
    }
}

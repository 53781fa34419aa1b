// From tokenizer.json to the neutral vocabulary: which of the known families its components spell, and an error that
// names the key for every other. The file itself is described in TokenizerJSON.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension TokenizerJSON {
    /// Reads a file's content. Throws `VocabularyError`.
    static func read(_ data: Data, file: String) throws -> TokenizerJSON {
        do {
            var json = try JSONDecoder().decode(TokenizerJSON.self, from: data)
            if json.isSentencePiece { json.exactVocabulary = try exactVocabulary(data) }
            return json
        } catch let error as UnsupportedModel {
            throw VocabularyError.unsupported(file: file, key: "model.type", found: error.type, wanted: "BPE")
        } catch {
            throw VocabularyError(decoding: error, file: file)
        }
    }

    /// The pieces by code points. Swift's dictionaries, and so Foundation's decoder, take canonically equal keys
    /// (U+00C5 and U+212B) for one; the byte alphabet has none, SentencePiece vocabularies do.
    private static func exactVocabulary(_ data: Data) throws -> [(piece: String, id: Int32)]? {
        guard case .dict(let file) = try JinjaValue(json: String(decoding: data, as: UTF8.self)),
            case .dict(let model)? = file["model"], case .dict(let vocabulary)? = model["vocab"]
        else { return nil }
        return vocabulary.named.map { ($0.key, $0.value.integer.flatMap { Int32(exactly: $0) } ?? -1) }
    }

    private var isSentencePiece: Bool {
        model.byte_fallback == true || pre_tokenizer.map { $0.type == "Metaspace" } ?? true
    }

    /// Checks every component and gives the vocabulary they describe.
    func vocabulary(file: String) throws -> TokenizerVocabulary {
        func refuse(_ key: String, _ found: String, _ wanted: String) -> VocabularyError {
            .unsupported(file: file, key: key, found: found, wanted: wanted)
        }
        if let dropout = model.dropout, dropout != 0 { throw refuse("model.dropout", "\(dropout)", "null") }
        for (key, text) in [
            ("continuing_subword_prefix", model.continuing_subword_prefix),
            ("end_of_word_suffix", model.end_of_word_suffix),
        ] {
            if let text, !text.isEmpty { throw refuse("model.\(key)", "'\(text)'", "null or empty") }
        }
        var result = TokenizerVocabulary(
            file: file, model: isSentencePiece ? .sentencePiece : .byteLevel, tokens: try tokens(file: file))
        result.merges = model.merges
        result.ignoresMerges = model.ignore_merges == true
        result.kinds = try kinds(result, file: file)
        if let unknown = model.unk_token {
            guard let id = model.vocab[unknown] ?? added_tokens?.first(where: { $0.content == unknown })?.id else {
                throw VocabularyError.unknownPiece(file: file, key: "model.unk_token", piece: unknown)
            }
            result.unknownID = id
        }
        if isSentencePiece {
            if model.fuse_unk == false, model.unk_token != nil, !result.kinds.contains(.byte) {
                throw refuse("model.fuse_unk", "false", "true")
            }
            if result.ignoresMerges { throw refuse("model.ignore_merges", "true", "false without ByteLevel") }
            result.prefix = try prefix(refuse)
        } else {
            result.normalizesToNFC = try normalizesToNFC(refuse)
            result.preTokenizer = try byteLevelFamily(refuse)
        }
        let first = (post_processor?.processors ?? post_processor.map { [$0] } ?? []).lazy
            .filter { $0.type == "TemplateProcessing" }.first?.single?.first?.SpecialToken
        if let first {
            result.bosID = result.tokens.firstIndex(of: first.id).map(Int32.init)
            result.addsBOS = result.bosID != nil
        }
        return result
    }

    /// Pieces by id; ids must be 0 to count - 1, each once, and an added token may repeat one of the vocabulary.
    private func tokens(file: String) throws -> [String] {
        let added = added_tokens ?? []
        let vocabulary = exactVocabulary ?? model.vocab.map { ($0.key, $0.value) }
        let known = Set(vocabulary.map { Array($0.piece.utf8) })
        let count = vocabulary.count + added.count { !known.contains(Array($0.content.utf8)) }
        var tokens = [String?](repeating: nil, count: count)
        for (piece, id) in vocabulary + added.map({ ($0.content, $0.id) }) {
            guard tokens.indices.contains(Int(id)), tokens[Int(id)] == nil || tokens[Int(id)] == piece else {
                throw VocabularyError.malformed(
                    file: file, key: "model.vocab",
                    reason: "the id \(id) of '\(piece)' is outside 0 to \(count - 1) or given twice")
            }
            tokens[Int(id)] = piece
        }
        guard let missing = tokens.firstIndex(of: nil) else { return tokens.compactMap(\.self) }
        throw VocabularyError.malformed(file: file, key: "model.vocab", reason: "no piece has the id \(missing)")
    }

    private func kinds(_ vocabulary: TokenizerVocabulary, file: String) throws -> [TokenizerVocabulary.Kind] {
        var kinds = [TokenizerVocabulary.Kind](repeating: .normal, count: vocabulary.tokens.count)
        if vocabulary.model == .sentencePiece, model.byte_fallback == true {
            for (id, token) in vocabulary.tokens.enumerated() where SentencePieceBPETokenizer.byte(token) != nil {
                kinds[id] = .byte
            }
        }
        for token in added_tokens ?? [] {
            let key = "added_tokens['\(token.content)']"
            for (name, flag) in [
                ("single_word", token.single_word), ("lstrip", token.lstrip), ("rstrip", token.rstrip),
            ] where flag == true {
                throw VocabularyError.unsupported(file: file, key: "\(key).\(name)", found: "true", wanted: "false")
            }
            kinds[Int(token.id)] = token.special ? .control : .userDefined
        }
        return kinds
    }

    private typealias Refusal = (_ key: String, _ found: String, _ wanted: String) -> VocabularyError

    private func normalizesToNFC(_ refuse: Refusal) throws -> Bool {
        guard let normalizer else { return false }
        let steps = normalizer.normalizers ?? [normalizer]
        for step in steps where step.type != "NFC" { throw refuse("normalizer.type", step.type, "NFC or null") }
        return !steps.isEmpty
    }

    /// The pattern of ByteLevel, alone or behind Digits or Split.
    private func byteLevelFamily(_ refuse: Refusal) throws -> PreTokenizer {
        let steps = pre_tokenizer.map { $0.pretokenizers ?? [$0] } ?? []
        guard let last = steps.last, last.type == "ByteLevel", steps.count <= 2 else {
            let found = steps.isEmpty ? "null" : steps.map(\.type).joined(separator: " + ")
            throw refuse("pre_tokenizer", found, "ByteLevel, Digits + ByteLevel, Split + ByteLevel or Metaspace")
        }
        if last.add_prefix_space != false { throw refuse("pre_tokenizer.add_prefix_space", "true", "false") }
        guard steps.count == 2 else {
            if last.use_regex == false { throw refuse("pre_tokenizer.use_regex", "false", "true") }
            return .gpt2
        }
        let first = steps[0]
        if first.type == "Digits" {
            if first.individual_digits != true { throw refuse("pre_tokenizer.individual_digits", "false", "true") }
            if last.use_regex == false { throw refuse("pre_tokenizer.use_regex", "false", "true behind Digits") }
            return .smollm
        }
        guard first.type == "Split" else { throw refuse("pre_tokenizer.type", first.type, "Digits or Split") }
        if last.use_regex != false { throw refuse("pre_tokenizer.use_regex", "true", "false behind Split") }
        if first.behavior != "Isolated" || first.invert == true {
            throw refuse("pre_tokenizer.behavior", first.behavior ?? "null", "Isolated, not inverted")
        }
        let pattern = first.pattern?.Regex ?? first.pattern?.String ?? "null"
        guard let family = PreTokenizer(pattern: pattern) else {
            throw refuse("pre_tokenizer.pattern", "'\(pattern)'", "the patterns of GPT-2, Llama 3 and Qwen 2")
        }
        return family
    }

    /// SentencePiece's blanks: a Prepend + Replace normalizer, or a Metaspace pre-tokenizer.
    private func prefix(_ refuse: Refusal) throws -> TokenizerVocabulary.Prefix {
        var prefix: TokenizerVocabulary.Prefix?
        var replacesBlanks = false
        for step in normalizer.map({ $0.normalizers ?? [$0] }) ?? [] {
            switch step.type {
            case "Prepend" where step.prepend == "\u{2581}" && !replacesBlanks: prefix = .always
            case "Replace" where step.pattern?.String == " " && step.content == "\u{2581}": replacesBlanks = true
            default: throw refuse("normalizer.type", step.type, "Prepend and Replace of \u{2581} for blanks")
            }
        }
        guard let pre_tokenizer else {
            if replacesBlanks { return prefix ?? .never }
            throw refuse("normalizer", "null without a Metaspace pre_tokenizer", "Replace of blanks by \u{2581}")
        }
        guard pre_tokenizer.type == "Metaspace", pre_tokenizer.replacement == "\u{2581}", prefix == nil else {
            throw refuse("pre_tokenizer.type", pre_tokenizer.type, "Metaspace with \u{2581}, or null")
        }
        if pre_tokenizer.split != false { throw refuse("pre_tokenizer.split", "true", "false") }
        switch pre_tokenizer.prepend_scheme {
        case "never": return .never
        case "first": return .atStartUnlessBlank
        case "always", nil: return .unlessBlank
        case .some(let scheme): throw refuse("pre_tokenizer.prepend_scheme", scheme, "never, first or always")
        }
    }
}

extension VocabularyError {
    /// What Foundation's decoder found wrong, with the path of keys.
    init(decoding error: any Error, file: String) {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let keys = (context.codingPath + (last.map { [$0] } ?? [])).map {
                $0.intValue.map(String.init) ?? $0.stringValue
            }
            return keys.isEmpty ? "top level" : keys.joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            self = .malformed(file: file, key: path(context, key), reason: "missing")
        case DecodingError.typeMismatch(let type, let context):
            self = .malformed(file: file, key: path(context), reason: "not of the type \(type)")
        case DecodingError.valueNotFound(let type, let context):
            self = .malformed(file: file, key: path(context), reason: "null; wanted \(type)")
        case DecodingError.dataCorrupted(let context):
            self = .malformed(file: file, key: path(context), reason: context.debugDescription)
        default: self = .malformed(file: file, key: "top level", reason: "\(error)")
        }
    }
}

// Reads the tokenizer and chat template of a Hugging Face model folder: tokenizer.json or tokenizer.model, the files
// that name special and added tokens, and, in newer folders, chat_template.jinja.
// Next: TokenizerJSON.swift, TokenizerConfigJSON.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct HuggingFaceTokenizer: Sendable {
    package let tokenizer: any Tokenizer
    /// The vocabulary that the tokenizer was made from; nil if that was a SentencePiece file.
    package let vocabulary: TokenizerVocabulary?
    /// The SentencePiece file that the tokenizer was made from; nil if that was tokenizer.json.
    package let sentencePieceFile: Data?
    /// nil when the model has none.
    package let chatTemplate: ChatTemplate?

    /// Reads a folder. Throws `VocabularyError`, `TokenizerError` or `JinjaError`.
    ///
    /// tokenizer.json takes precedence, because it includes added tokens. Only if it is exactly what this program
    /// exports for the folder's tokenizer.model is the SentencePiece file used instead, whose encoding is exact. A
    /// Unigram tokenizer.model that is damaged is an error, since it would silently be replaced by a tokenizer with
    /// other rules; one with features that only tokenizer.json expresses here is not.
    package init(folder: URL) throws {
        let name = folder.path + "/"
        let files = Files(
            config: try Self.content("tokenizer_config.json", of: folder),
            specialTokens: try Self.content("special_tokens_map.json", of: folder),
            addedTokens: try Self.content("added_tokens.json", of: folder),
            template: try Self.content("chat_template.jinja", of: folder).map { String(decoding: $0, as: UTF8.self) })
        let model = try Self.content("tokenizer.model", of: folder)
        guard let json = try Self.content("tokenizer.json", of: folder) else {
            guard let model else {
                throw VocabularyError.unreadable(
                    file: name + "tokenizer.json", reason: "no such file, and no tokenizer.model")
            }
            try self.init(sentencePiece: model, files, name: name)
            return
        }
        let vocabulary = try TokenizerJSON(json, file: name + "tokenizer.json").vocabulary()
        if let model, vocabulary.model == .unigram,
            let sentencePiece = try Self.sentencePiece(model, file: name + "tokenizer.model"),
            vocabulary.isExport(sentencePiece.huggingFaceVocabulary())
        {
            try self.init(sentencePiece: model, files, name: name)
        } else {
            try self.init(vocabulary, files, name: name)
        }
    }

    /// The tokenizer of a SentencePiece file; nil for a valid file with unsupported features. Throws for a damaged one.
    private static func sentencePiece(_ model: Data, file: String) throws -> SentencePieceTokenizer? {
        do {
            return try SentencePieceTokenizer(model: model, file: file)
        } catch TokenizerError.unsupported where model.first == 0x0A {
            return nil  // it begins with a piece (field 1, length-delimited), as such files do
        }
    }

    /// The files that accompany a vocabulary.
    private struct Files {
        var config: Data?
        var specialTokens: Data?
        var addedTokens: Data?
        var template: String?

        func read(name: String, isBPE: Bool, addsBlank: Bool) throws -> TokenizerConfigJSON {
            try TokenizerConfigJSON(
                config: config, specialTokens: specialTokens, addedTokens: addedTokens, name: name, isBPE: isBPE,
                addsBlank: addsBlank)
        }
    }

    private static func content(_ name: String, of folder: URL) throws -> Data? {
        let url = folder.appending(path: name)
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        do {
            return try Data(contentsOf: url)
        } catch {
            throw VocabularyError.unreadable(file: url.path, reason: error.localizedDescription)
        }
    }

    /// From the files' contents; `name` prefixes the file names in errors, `template` overrides the configuration's.
    package init(
        tokenizerJSON: Data, configJSON: Data?, specialTokensJSON: Data? = nil, addedTokensJSON: Data? = nil,
        template: String? = nil, name: String = ""
    ) throws {
        try self.init(
            TokenizerJSON(tokenizerJSON, file: name + "tokenizer.json").vocabulary(),
            Files(
                config: configJSON, specialTokens: specialTokensJSON, addedTokens: addedTokensJSON, template: template),
            name: name)
    }

    private init(_ vocabulary: TokenizerVocabulary, _ files: Files, name: String) throws {
        let config = try files.read(
            name: name, isBPE: vocabulary.model != .unigram,
            addsBlank: vocabulary.model != .byteLevel && vocabulary.prefix != .never)
        let vocabulary = try vocabulary.adding(config)
        self.vocabulary = vocabulary
        sentencePieceFile = nil
        tokenizer = try vocabulary.makeTokenizer()
        chatTemplate = try (files.template ?? config.chatTemplate).map {
            try ChatTemplate(source: $0, specialTokens: config, tokenizer: nil)
        }
    }

    /// From a SentencePiece file, whose pieces a configuration can name as special tokens but not extend.
    private init(sentencePiece model: Data, _ files: Files, name: String) throws {
        let config = try files.read(name: name, isBPE: false, addsBlank: true)
        let tokenizer = try SentencePieceTokenizer(model: model, file: name + "tokenizer.model", config: config)
        let added = config.added.map { (key: "added_tokens_decoder.\($0.id)", token: $0.token) }
        let extra = config.extra.map { (key: "extra_special_tokens", token: $0) }
        for (key, token) in added + config.named.inOrder + extra where tokenizer.id(of: token.content) == nil {
            throw VocabularyError.unsupported(
                file: config.file, key: key, found: "'\(token.content)', which tokenizer.model lacks",
                wanted: "a piece of tokenizer.model, or a tokenizer.json with the added tokens")
        }
        vocabulary = nil
        sentencePieceFile = model
        self.tokenizer = tokenizer
        chatTemplate = try (files.template ?? config.chatTemplate).map {
            try ChatTemplate(source: $0, specialTokens: config, tokenizer: tokenizer)
        }
    }
}

extension ChatTemplate {
    /// A model's template with the special tokens of its configuration, or of `tokenizer` for those it does not name.
    init(source: String, specialTokens config: TokenizerConfigJSON, tokenizer: (any Tokenizer)?) throws {
        func text(_ id: Int32?) -> String { id.flatMap { tokenizer?.piece($0) } ?? "" }
        let named = ["bos_token", "eos_token", "unk_token", "pad_token"]
        try self.init(
            source: source, bos: config.named["bos_token"]?.content ?? text(tokenizer?.bosID),
            eos: config.named["eos_token"]?.content ?? text(tokenizer?.eosID),
            unknown: config.named["unk_token"]?.content ?? tokenizer.map { $0.piece($0.unknownID) },
            padding: config.named["pad_token"]?.content,
            others: config.named.inOrder.filter { !named.contains($0.key) }.map { ($0.key, $0.token.content) })
    }
}

extension TokenizerVocabulary {
    /// Adds the added and special tokens of a configuration. Throws `VocabularyError`.
    func adding(_ config: TokenizerConfigJSON) throws -> TokenizerVocabulary {
        var builder = VocabularyBuilder(self)
        for (id, token) in config.added {
            guard Int(builder.futureID(of: token.content)) == id else {
                throw VocabularyError.malformed(
                    file: config.file, key: "added_tokens_decoder.\(id)",
                    reason: "'\(token.content)' has or would be assigned the id \(builder.futureID(of: token.content))")
            }
            builder.add(token)
        }
        for (key, token) in config.named.inOrder {
            // A model cannot have learned a BOS or EOS that its vocabulary lacks.
            guard builder.id(of: token.content) != nil || key != "bos_token" && key != "eos_token" else {
                throw VocabularyError.unknownPiece(file: config.file, key: key, piece: token.content)
            }
            builder.addNamed(token)
        }
        for token in config.extra { builder.addExtra(token) }
        var result = builder.vocabulary
        func id(_ key: String) -> Int32? { config.named[key].flatMap { builder.id(of: $0.content) } }
        if let bos = id("bos_token") {
            if addsBOS, bosID != bos {
                throw VocabularyError.unsupported(
                    file: config.file, key: "bos_token", found: "'\(piece(bos))'",
                    wanted: "'\(piece(bosID ?? 0))', which the post_processor prepends")
            }
            result.bosID = bos
        }
        result.eosID = id("eos_token")
        if let adds = config.addsBOS { result.addsBOS = adds && result.bosID != nil }
        result.unknownID = result.unknownID ?? id("unk_token")
        result.paddingID = id("pad_token")
        return result
    }

    /// Whether this vocabulary, read from a tokenizer.json, is exactly the export `other` of a SentencePiece file.
    func isExport(_ other: TokenizerVocabulary) -> Bool {
        func controls(_ vocabulary: TokenizerVocabulary) -> [Int] {
            vocabulary.tokens.indices.filter { vocabulary.kind($0) == .control }
        }
        return tokens.elementsEqual(other.tokens, by: PieceText.isSame) && scores == other.scores
            && controls(self) == controls(other) && !kinds.contains(.userDefined) && symbolRules.isEmpty
            && unknownID == other.unknownID && prefix == other.prefix && addsBOS == other.addsBOS
    }
}

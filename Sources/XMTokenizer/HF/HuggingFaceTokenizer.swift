// The tokenizer and chat template of a Hugging Face model folder: tokenizer.json, tokenizer_config.json and, in newer
// folders, chat_template.jinja. Only BPE models; Xmodel's own tokenizer.model is read by SentencePieceTokenizer, and of
// such a folder only the template is read here.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct HuggingFaceTokenizer: Sendable {
    package let tokenizer: any Tokenizer
    package let vocabulary: TokenizerVocabulary
    /// nil when the model has none.
    package let chatTemplate: ChatTemplate?

    /// Reads a folder. Throws `VocabularyError` or `JinjaError`.
    package init(folder: URL) throws {
        guard let model = try Self.content("tokenizer.json", of: folder) else {
            throw VocabularyError.unreadable(
                file: folder.appending(path: "tokenizer.json").path, reason: "no such file")
        }
        try self.init(
            tokenizerJSON: model, configJSON: try Self.content("tokenizer_config.json", of: folder),
            template: try Self.template(of: folder), name: folder.path + "/")
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

    private static func template(of folder: URL) throws -> String? {
        try content("chat_template.jinja", of: folder).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func config(_ data: Data?, file: String) throws -> TokenizerConfigJSON? {
        do {
            return try data.map { try JSONDecoder().decode(TokenizerConfigJSON.self, from: $0) }
        } catch {
            throw VocabularyError(decoding: error, file: file)
        }
    }

    /// The chat template of a folder whose tokenizer is in another file; nil without one. Special tokens that the
    /// folder does not name are those of `tokenizer`. Throws `VocabularyError` or `JinjaError`.
    package static func chatTemplate(folder: URL, tokenizer: any Tokenizer) throws -> ChatTemplate? {
        let name = "tokenizer_config.json"
        let config = try config(content(name, of: folder), file: folder.appending(path: name).path)
        guard let source = try template(of: folder) ?? config?.chat_template?.source else { return nil }
        return try ChatTemplate(
            source: source, tokenizer: tokenizer, bos: config?.bos_token?.content, eos: config?.eos_token?.content,
            padding: config?.pad_token?.content)
    }

    /// From the files' contents; `name` stands before the file names in errors, `template` wins over the config's.
    package init(tokenizerJSON: Data, configJSON: Data?, template: String? = nil, name: String = "") throws {
        let file = name + "tokenizer.json"
        let configFile = name + "tokenizer_config.json"
        var vocabulary = try TokenizerJSON.read(tokenizerJSON, file: file).vocabulary(file: file)
        let config = try Self.config(configJSON, file: configFile)
        func id(_ key: String, _ token: TokenizerConfigJSON.Token?) throws -> Int32? {
            guard let token else { return nil }
            guard let id = vocabulary.tokens.firstIndex(of: token.content) else {
                throw VocabularyError.unknownPiece(file: configFile, key: key, piece: token.content)
            }
            return Int32(id)
        }
        if let bos = try id("bos_token", config?.bos_token) {
            // The post-processor adds the token it names; that is a BOS only when it is this one.
            if vocabulary.bosID != bos { vocabulary.addsBOS = false }
            vocabulary.bosID = bos
        }
        vocabulary.eosID = try id("eos_token", config?.eos_token)
        if let adds = config?.add_bos_token { vocabulary.addsBOS = adds && vocabulary.bosID != nil }
        func known(_ token: TokenizerConfigJSON.Token?) -> Int32? {
            token.flatMap { vocabulary.tokens.firstIndex(of: $0.content) }.map(Int32.init)
        }
        vocabulary.unknownID = vocabulary.unknownID ?? known(config?.unk_token)
        vocabulary.paddingID = known(config?.pad_token)
        self.vocabulary = vocabulary
        tokenizer = try vocabulary.makeTokenizer()
        guard let source = template ?? config?.chat_template?.source else {
            chatTemplate = nil
            return
        }
        chatTemplate = try ChatTemplate(
            source: source, bos: config?.bos_token?.content ?? "", eos: config?.eos_token?.content ?? "",
            unknown: config?.unk_token?.content, padding: config?.pad_token?.content)
    }
}

// The vocabulary inside a GGUF file (docs/formats.md), as the neutral value that tokenizers are made from. It stands
// here because formats and tokenizers do not know each other.
// SPDX-License-Identifier: Apache-2.0

package import XMFormats
import XMModel
package import XMTokenizer

extension TokenizerVocabulary {
    /// Reads `tokenizer.ggml.*`. Throws `GGUFError` for a missing or mistyped key, `VocabularyError` for a kind of
    /// tokenizer that is not supported.
    package init(_ gguf: GGUFFile, file: String) throws {
        let metadata = gguf.metadata
        func key(_ name: String) -> String { "tokenizer.ggml." + name }
        func unsupported(_ name: String, _ value: String, wanted: String) -> VocabularyError {
            .unsupported(file: file, key: key(name), found: "'\(value)'", wanted: wanted)
        }
        let name = try metadata.required(key("model"), metadata.string)
        guard let model = Model(rawValue: name) else { throw unsupported("model", name, wanted: "gpt2, llama, t5") }
        self.init(file: file, model: model, tokens: try metadata.required(key("tokens"), metadata.strings))
        scores = try metadata.floats(key("scores")) ?? []
        kinds = try (metadata.integers(key("token_type")) ?? []).map { number in
            guard let kind = Kind(rawValue: Int32(clamping: number)) else {
                throw unsupported("token_type", "\(number)", wanted: "1 to 6")
            }
            return kind
        }
        merges = try (metadata.strings(key("merges")) ?? []).map { text in
            guard let merge = Merge(text) else { throw unsupported("merges", text, wanted: "two pieces and a blank") }
            return merge
        }
        func token(_ name: String) throws -> Int32? {
            guard let id = try metadata.token(key(name)) else { return nil }
            guard tokens.indices.contains(id) else {
                throw VocabularyError.malformed(
                    file: file, key: key(name),
                    reason: "\(id) is not the id of a piece; ids are 0 to \(tokens.count - 1)")
            }
            return Int32(id)
        }
        (bosID, eosID, unknownID) = (
            try token("bos_token_id"), try token("eos_token_id"), try token("unknown_token_id")
        )
        func known(_ name: String) throws -> Int32? {
            try metadata.token(key(name)).flatMap { tokens.indices.contains($0) ? Int32($0) : nil }
        }
        paddingID = try known("padding_token_id")
        turnEndID = try known("eot_token_id")
        addsBOS = try metadata.bool(key("add_bos_token")) ?? (model == .sentencePiece)
        prefix = try metadata.bool(key("add_space_prefix")) ?? (model == .sentencePiece) ? .always : .never
        if let name = try metadata.string(GGUFMetadata.prefixKey) {
            guard let given = Prefix(rawValue: name) else {
                throw VocabularyError.unsupported(
                    file: file, key: GGUFMetadata.prefixKey, found: "'\(name)'",
                    wanted: "never, always, unless_blank, at_start_unless_blank")
            }
            prefix = given
        }
        if let name = try metadata.string(GGUFMetadata.leadingBlankKey) {
            guard let given = LeadingBlank(rawValue: name) else {
                throw VocabularyError.unsupported(
                    file: file, key: GGUFMetadata.leadingBlankKey, found: "'\(name)'",
                    wanted: "kept, first_piece, every_piece_before_text, first_character, all_of_first_piece")
            }
            leadingBlank = given
        }
        removesExtraBlanks = try metadata.bool(key("remove_extra_whitespaces")) ?? false
        guard model == .byteLevel else { return }
        let pre = try metadata.string(key("pre")) ?? "default"
        guard let preTokenizer = PreTokenizer(ggufName: pre) else {
            throw unsupported("pre", pre, wanted: "gpt-2, smollm, llama-bpe, dbrx, qwen2")
        }
        self.preTokenizer = preTokenizer
        ignoresMerges = preTokenizer == .llama3 && pre != preTokenizer.ggufName(ignoresMerges: false)
        // Llama 3's family begins with BOS where its file does not say otherwise.
        addsBOS = try metadata.bool(key("add_bos_token")) ?? (ignoresMerges && bosID != nil)
        normalizesToNFC = try metadata.bool(GGUFMetadata.normalFormKey) ?? (preTokenizer == .qwen2)
    }
}

extension GGUFFile {
    /// Throws `CheckpointError.badConfiguration` for a key of the tokenizer that this program does not follow.
    func checkTokenizerKeys() throws {
        do {
            try GGUFKeys.checkTokenizer(metadata)
        } catch let error as ModelConfigError {
            throw CheckpointError.badConfiguration(file: path, error)
        }
    }

    /// The tokens that end an answer, and what the file says that has no effect.
    func ends(_ tokenizer: any Tokenizer) throws -> (ids: Set<Int32>, notes: [String]) {
        let pieces = 0..<tokenizer.vocabularySize
        var named = try GGUFKeys.ends.compactMap { name -> (String, Int32)? in
            guard let id = try metadata.token("tokenizer.ggml." + name), pieces.contains(id) else { return nil }
            return (name, Int32(id))
        }
        if let eos = tokenizer.eosID { named.append(("eos_token_id", eos)) }
        // Ollama's list, which this program writes where two keys are too few.
        let list = try metadata.integers("tokenizer.ggml.eos_token_ids") ?? []
        let ids = EndTokens.llamaCpp(named: Dictionary(named) { $1 }) { tokenizer.id(of: $0) }
            .union(list.filter(pieces.contains).map { Int32($0) })
        let notes = GGUFKeys.notes(metadata, pieces: pieces.count).map { "\(path): \($0)" }
        return (ids, notes)
    }
}

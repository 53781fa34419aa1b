// The tokenizer and the chat template in a GGUF file, for llama.cpp and for this program. Properties without a key in
// llama.cpp are stored under keys of ours, so that reading the file back here is lossless.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
import XMTokenizer

extension GGUFMetadata {
    /// Key of the SentencePiece file; other programs ignore it.
    static let sentencePieceKey = "xmodel.tokenizer.sentencepiece"
    /// When a space is prepended to a text, if `add_space_prefix` cannot express it.
    static let prefixKey = "xmodel.tokenizer.prefix"
    /// Whether text is normalized to NFC, which llama.cpp never does.
    static let normalFormKey = "xmodel.tokenizer.normalizes_to_nfc"

    /// What decoding strips at the start of a text, if it does not follow from the prefix.
    static let leadingBlankKey = "xmodel.tokenizer.leading_blank"

    /// Sets the tokenizer's keys, padded to an embedding of `rows` rows. Returns the stop tokens that llama.cpp will
    /// not know. Throws `VocabularyError` for a tokenizer that GGUF cannot describe.
    mutating func describe(_ tokenizer: TokenizerExport, rows: Int) throws -> [String] {
        let vocabulary = try tokenizer.gguf.withScores().filled(to: rows)
        try Self.checkRules(vocabulary)
        func set(_ key: String, _ value: GGUFValue?) { self["tokenizer.ggml." + key] = value }
        func id(_ key: String, _ id: Int32?) { set(key, id.map { .uint32(UInt32($0)) }) }
        set("model", .string(vocabulary.model.rawValue))
        set("pre", .string(try Self.preTokenizerName(vocabulary)))
        set("tokens", .array(GGUFArray(vocabulary.tokens)))
        if !vocabulary.scores.isEmpty { set("scores", .array(GGUFArray(vocabulary.scores))) }
        set("token_type", .array(GGUFArray(vocabulary.kinds.map(\.rawValue))))
        if !vocabulary.merges.isEmpty {
            set("merges", .array(GGUFArray(vocabulary.merges.map { $0.left + " " + $0.right })))
        }
        id("bos_token_id", vocabulary.bosID)
        id("eos_token_id", vocabulary.eosID)
        id("unknown_token_id", vocabulary.unknownID)
        id("padding_token_id", vocabulary.paddingID)
        // llama.cpp has two keys for stop tokens beside EOS, and recognizes some others by their text.
        let byText = EndTokens.llamaCpp(named: [:], id: Self.finder(vocabulary.tokens))
        let ends = tokenizer.stopIDs.filter { $0 != vocabulary.eosID && !byText.contains($0) }
        id("eot_token_id", ends.first ?? vocabulary.turnEndID)
        id("eom_token_id", ends.dropFirst().first)
        set("eos_token_ids", ends.count > 2 ? .array(GGUFArray(tokenizer.stopIDs)) : nil)
        set("add_bos_token", .bool(vocabulary.addsBOS))
        set("add_eos_token", .bool(false))
        let isByteLevel = vocabulary.model == .byteLevel
        set("add_space_prefix", .bool(!isByteLevel && vocabulary.prefix != .never))
        set("remove_extra_whitespaces", .bool(vocabulary.removesExtraBlanks))
        self["tokenizer.chat_template"] = tokenizer.ggufChatTemplate.map { .string($0) }
        if isByteLevel {
            self[Self.normalFormKey] = .bool(vocabulary.normalizesToNFC)
        } else if ![.never, .always].contains(vocabulary.prefix) {
            self[Self.prefixKey] = .string(vocabulary.prefix.rawValue)
        }
        if let blank = vocabulary.leadingBlank,
            blank == .allOfFirstPiece || (blank == .kept) != (vocabulary.prefix == .never)
        {
            self[Self.leadingBlankKey] = .string(blank.rawValue)
        }
        self[Self.sentencePieceKey] = tokenizer.sentencePieceFile.map { .array(GGUFArray(bytes: [UInt8]($0))) }
        return ends.dropFirst(2).map { "\($0) ('\(MetadataText.oneLine(vocabulary.tokens[Int($0)]))')" }
    }

    /// Returns a function that finds symbols by their exact text; the first of equal ones.
    private static func finder(_ tokens: [String]) -> (String) -> Int32? {
        // Symbols begin with one of these characters, and few other tokens do.
        let symbols = tokens.indices.filter { tokens[$0].utf8.first.map("<[_".utf8.contains) ?? false }
        return { text in symbols.first { tokens[$0].utf8.elementsEqual(text.utf8) }.map(Int32.init) }
    }

    /// GGUF has no keys for an added token's `lstrip`, `rstrip` and `single_word`. `normalized` is ignored, because
    /// llama.cpp does not normalize.
    private static func checkRules(_ vocabulary: TokenizerVocabulary) throws {
        for (id, rule) in vocabulary.symbolRules.sorted(by: { $0.key < $1.key }) {
            for (name, flag) in [("lstrip", rule.lstrip), ("rstrip", rule.rstrip), ("single_word", rule.singleWord)]
            where flag {
                throw VocabularyError.unsupported(
                    file: vocabulary.file, key: "added_tokens['\(vocabulary.tokens[Int(id)])'].\(name)", found: "true",
                    wanted: "false, in GGUF")
            }
        }
    }

    private static func preTokenizerName(_ vocabulary: TokenizerVocabulary) throws -> String {
        guard vocabulary.model == .byteLevel, let preTokenizer = vocabulary.preTokenizer else { return "default" }
        guard let name = preTokenizer.ggufName(ignoresMerges: vocabulary.ignoresMerges) else {
            throw VocabularyError.unsupported(
                file: vocabulary.file, key: "model.ignore_merges", found: "true with the pattern of \(preTokenizer)",
                wanted: "false, or Llama 3's pattern, in GGUF")
        }
        return name
    }

    /// The model's own chat template, without the space that `describe` prepends for llama.cpp.
    func ownChatTemplate() throws -> String? {
        try string("tokenizer.chat_template").map { source in
            guard source.utf8.starts(with: TokenizerExport.templateBlank.utf8) else { return source }
            return String(decoding: source.utf8.dropFirst(TokenizerExport.templateBlank.utf8.count), as: UTF8.self)
        }
    }

    /// The SentencePiece file stored by `describe`; nil in files of other programs.
    package func sentencePieceFile() -> Data? {
        guard case .array(let array)? = self[Self.sentencePieceKey], array.elementType == .uint8
        else { return nil }
        return Data(array.rawBytes)
    }
}

// The tokenizer and the chat template inside a GGUF file, for llama.cpp and for this program. llama.cpp gets its Unigram
// tokenizer; we also keep the SentencePiece file itself, so that reading it back loses nothing.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
import XMModel
package import XMTokenizer

/// A SentencePiece file and what it says.
package struct ExportTokenizer: Sendable {
    package let file: Data
    package let tokenizer: SentencePieceTokenizer

    package init(contentsOf url: URL) throws {
        tokenizer = try SentencePieceTokenizer(contentsOf: url)
        file = try Data(contentsOf: url)
    }

    package init(file: Data) throws {
        self.file = file
        tokenizer = try SentencePieceTokenizer(model: file)
    }

    /// Throws `TokenizerError.wrongVocabulary` when it has more pieces than the model.
    func check(_ config: Xmodel2Config) throws {
        guard tokenizer.vocabularySize <= config.vocabularySize else {
            throw TokenizerError.wrongVocabulary(tokenizer: tokenizer.vocabularySize, model: config.vocabularySize)
        }
    }
}

extension GGUFMetadata {
    /// The key of the SentencePiece file; other programs pass over it.
    static let sentencePieceKey = "xmodel.tokenizer.sentencepiece"

    /// Puts a blank in front of a conversation, where llama.cpp's tokenizer does not.
    static let templateBlank = "{{- ' ' -}}"

    mutating func describe(_ export: ExportTokenizer, vocabularySize: Int) {
        let tokenizer = export.tokenizer
        let vocabulary = tokenizer.llamaVocabulary(count: vocabularySize)
        func set(_ key: String, _ value: GGUFValue) { self["tokenizer.ggml." + key] = value }
        set("model", .string(vocabulary.model.rawValue))
        set("pre", .string("default"))
        set("tokens", .array(GGUFArray(vocabulary.tokens)))
        set("scores", .array(GGUFArray(vocabulary.scores)))
        set("token_type", .array(GGUFArray(vocabulary.kinds.map(\.rawValue))))
        func id(_ key: String, _ id: Int32?) {
            if let id { set(key, .uint32(UInt32(id))) }
        }
        id("bos_token_id", vocabulary.bosID)
        id("eos_token_id", vocabulary.eosID)
        id("unknown_token_id", vocabulary.unknownID)
        id("eot_token_id", tokenizer.id(of: ChatTemplate.turnEnd))
        set("add_bos_token", .bool(false))
        set("add_eos_token", .bool(false))
        set("add_space_prefix", .bool(vocabulary.prefix != .never))
        set("remove_extra_whitespaces", .bool(vocabulary.removesExtraBlanks))
        if tokenizer.hasChatMarkup {
            let blank = tokenizer.dropsFirstBlank && vocabulary.prefix == .never ? Self.templateBlank : ""
            self["tokenizer.chat_template"] = .string(blank + ChatTemplate.xmodel2Source)
        }
        self[Self.sentencePieceKey] = .array(GGUFArray(bytes: [UInt8](export.file)))
    }

    /// The SentencePiece file that `describe` kept; nil in files of other programs.
    package func sentencePieceFile() -> Data? {
        guard case .array(let array)? = self[Self.sentencePieceKey], array.elementType == .uint8 else { return nil }
        return Data(array.rawBytes)
    }
}

// The tokenizer and the chat template inside a GGUF file, for llama.cpp and for this program. llama.cpp gets its Unigram
// tokenizer; the SentencePiece file itself lies beside it, so that reading it back here loses nothing.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
package import XMTokenizer

package struct GGUFTokenizer: Sendable {
    let vocabulary: TokenizerVocabulary
    var chatTemplate: String?
    var turnEnd: Int32?
    var sentencePieceFile: Data?

    /// Of a SentencePiece file, for a model whose embedding has `rows` rows. Throws `TokenizerError.wrongVocabulary` when
    /// these are too few.
    package init(_ tokenizer: SentencePieceTokenizer, file: Data, rows: Int) throws {
        guard tokenizer.vocabularySize <= rows else {
            throw TokenizerError.wrongVocabulary(tokenizer: tokenizer.vocabularySize, model: rows)
        }
        vocabulary = tokenizer.llamaVocabulary(count: rows)
        turnEnd = tokenizer.id(of: ChatTemplate.turnEnd)
        sentencePieceFile = file
        if tokenizer.hasChatMarkup {
            let blank = tokenizer.dropsFirstBlank && vocabulary.prefix == .never ? Self.templateBlank : ""
            chatTemplate = blank + ChatTemplate.xmodel2Source
        }
    }

    /// A vocabulary of `rows` words that nobody says, for models with random weights.
    package init(numbered rows: Int) {
        var vocabulary = TokenizerVocabulary(file: "new file", model: .unigram, tokens: ["<unk>", "<s>", "</s>"])
        vocabulary.tokens += (3..<max(rows, 4)).map { "\u{2581}\($0)" }
        vocabulary.scores = vocabulary.tokens.indices.map { -Float($0) / 1000 }
        vocabulary.kinds =
            [.unknown, .control, .control]
            + [TokenizerVocabulary.Kind](
                repeating: .normal, count: vocabulary.tokens.count - 3)
        (vocabulary.unknownID, vocabulary.bosID, vocabulary.eosID) = (0, 1, 2)
        self.vocabulary = vocabulary
    }

    /// Puts a blank in front of a conversation, where llama.cpp's tokenizer does not.
    static let templateBlank = "{{- ' ' -}}"
    /// The key of the SentencePiece file; other programs pass over it.
    static let sentencePieceKey = "xmodel.tokenizer.sentencepiece"
}

extension GGUFMetadata {
    mutating func describe(_ tokenizer: GGUFTokenizer) {
        let vocabulary = tokenizer.vocabulary
        func set(_ key: String, _ value: GGUFValue?) { self["tokenizer.ggml." + key] = value }
        func id(_ key: String, _ id: Int32?) { set(key, id.map { .uint32(UInt32($0)) }) }
        set("model", .string(vocabulary.model.rawValue))
        set("pre", .string("default"))
        set("tokens", .array(GGUFArray(vocabulary.tokens)))
        set("scores", .array(GGUFArray(vocabulary.scores)))
        set("token_type", .array(GGUFArray(vocabulary.kinds.map(\.rawValue))))
        id("bos_token_id", vocabulary.bosID)
        id("eos_token_id", vocabulary.eosID)
        id("unknown_token_id", vocabulary.unknownID)
        id("eot_token_id", tokenizer.turnEnd)
        set("add_bos_token", .bool(false))
        set("add_eos_token", .bool(false))
        set("add_space_prefix", .bool(vocabulary.prefix != .never))
        set("remove_extra_whitespaces", .bool(vocabulary.removesExtraBlanks))
        self["tokenizer.chat_template"] = tokenizer.chatTemplate.map { .string($0) }
        self[GGUFTokenizer.sentencePieceKey] = tokenizer.sentencePieceFile.map {
            .array(GGUFArray(bytes: [UInt8]($0)))
        }
    }

    /// The SentencePiece file that `describe` kept; nil in files of other programs.
    package func sentencePieceFile() -> Data? {
        guard case .array(let array)? = self[GGUFTokenizer.sentencePieceKey], array.elementType == .uint8
        else { return nil }
        return Data(array.rawBytes)
    }
}

// A tokenizer of any kind with its chat template, prepared for both exporters. A BPE vocabulary is the same for all
// programs; a Unigram model differs between llama.cpp and Hugging Face, and its own file is included.
// Next: GGUFMetadata+Tokenizer.swift, FolderExport.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMTokenizer

package struct TokenizerExport: Sendable {
    /// For llama.cpp.
    let gguf: TokenizerVocabulary
    /// For tokenizer.json.
    let huggingFace: TokenizerVocabulary
    /// tokenizer.model; nil for BPE.
    var sentencePieceFile: Data?
    var chatTemplate: String?
    var ggufChatTemplate: String?
    /// Tokens that stop generation, EOS first.
    var stopIDs: [Int32] = []

    /// A model's tokenizer. Throws `ExportError.noTokenizer` for one that could not be read back.
    package init(_ file: ModelBundle) throws {
        if let data = file.sentencePieceFile, let sentencePiece = file.tokenizer as? SentencePieceTokenizer {
            try sentencePiece.checkExport(file: file.url.path)
            self.init(sentencePiece, file: data, chatTemplate: file.chatTemplate?.source)
        } else if var vocabulary = file.vocabulary, vocabulary.model != .unigram {
            vocabulary.turnEndID = vocabulary.turnEndID ?? file.turnEndID
            self.init(vocabulary)
            chatTemplate = file.chatTemplate?.source
            ggufChatTemplate = chatTemplate
        } else {
            throw ExportError.noTokenizer(path: file.url.path)
        }
        let eos = file.tokenizer.eosID
        stopIDs = (eos.map { [$0] } ?? []) + file.stopIDs.filter { $0 != eos }.sorted()
    }

    /// A SentencePiece Unigram model. With chat symbols but without a template, it gets Xmodel-2's.
    package init(_ tokenizer: SentencePieceTokenizer, file: Data, chatTemplate: String? = nil) {
        gguf = tokenizer.llamaVocabulary()
        huggingFace = tokenizer.huggingFaceVocabulary()
        sentencePieceFile = file
        stopIDs = [gguf.eosID, gguf.turnEndID].compactMap(\.self)
        self.chatTemplate = chatTemplate ?? (tokenizer.hasChatMarkup ? ChatTemplate.xmodel2Source : nil)
        let blank = tokenizer.leadingBlank != .kept && gguf.prefix == .never ? Self.templateBlank : ""
        ggufChatTemplate = self.chatTemplate.map { blank + $0 }
    }

    /// A placeholder vocabulary of `rows` tokens, for models with random weights.
    package init(numbered rows: Int) {
        var vocabulary = TokenizerVocabulary(file: "new file", model: .unigram, tokens: ["<unk>", "<s>", "</s>"])
        vocabulary.tokens += (3..<max(rows, 4)).map { "\u{2581}\($0)" }
        vocabulary.scores = vocabulary.tokens.indices.map { -Float($0) / 1000 }
        vocabulary.kinds =
            [.unknown, .control, .control]
            + [TokenizerVocabulary.Kind](
                repeating: .normal, count: vocabulary.tokens.count - 3)
        (vocabulary.unknownID, vocabulary.bosID, vocabulary.eosID) = (0, 1, 2)
        self.init(vocabulary)
    }

    private init(_ vocabulary: TokenizerVocabulary) {
        (gguf, huggingFace) = (vocabulary, vocabulary.withoutFilling())
    }

    /// Throws `TokenizerError.wrongVocabulary` if an embedding of `rows` rows is too small.
    func check(rows: Int) throws {
        guard huggingFace.tokens.count <= rows else {
            throw TokenizerError.wrongVocabulary(tokenizer: huggingFace.tokens.count, model: rows)
        }
    }

    /// Prepends a space to a conversation, for models whose tokenizer does so but llama.cpp's does not.
    static let templateBlank = "{{- ' ' -}}"
}

// A tokenizer of any kind with its chat template, as both exporters write it. BPE has one vocabulary for everybody; a
// Unigram model is spelled in one way for llama.cpp and in another for Hugging Face, and its own file goes along.
// Read next: GGUFMetadata+Tokenizer.swift, FolderExport.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMTokenizer

package struct TokenizerExport: Sendable {
    /// What llama.cpp reads.
    let gguf: TokenizerVocabulary
    /// What goes into tokenizer.json.
    let huggingFace: TokenizerVocabulary
    /// tokenizer.model; nil for BPE.
    var sentencePieceFile: Data?
    var chatTemplate: String?
    var ggufChatTemplate: String?
    /// Tokens that end a generation, EOS first.
    var stopIDs: [Int32] = []

    /// Of a model. Throws `ExportError.noTokenizer` for one that this program could not read again.
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

    /// Of a SentencePiece Unigram file; with chat markup and no template of its own it gets Xmodel-2's.
    package init(_ tokenizer: SentencePieceTokenizer, file: Data, chatTemplate: String? = nil) {
        gguf = tokenizer.llamaVocabulary()
        huggingFace = tokenizer.huggingFaceVocabulary()
        sentencePieceFile = file
        stopIDs = [gguf.eosID, gguf.turnEndID].compactMap(\.self)
        self.chatTemplate = chatTemplate ?? (tokenizer.hasChatMarkup ? ChatTemplate.xmodel2Source : nil)
        let blank = tokenizer.leadingBlank != .kept && gguf.prefix == .never ? Self.templateBlank : ""
        ggufChatTemplate = self.chatTemplate.map { blank + $0 }
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
        self.init(vocabulary)
    }

    private init(_ vocabulary: TokenizerVocabulary) {
        (gguf, huggingFace) = (vocabulary, vocabulary.withoutFilling())
    }

    /// Throws `TokenizerError.wrongVocabulary` when an embedding of `rows` rows is too small.
    func check(rows: Int) throws {
        guard huggingFace.tokens.count <= rows else {
            throw TokenizerError.wrongVocabulary(tokenizer: huggingFace.tokens.count, model: rows)
        }
    }

    /// Puts a blank in front of a conversation, where llama.cpp's tokenizer does not.
    static let templateBlank = "{{- ' ' -}}"
}

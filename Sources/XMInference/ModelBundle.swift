// A model on disk, of any kind that can be run: a GGUF file, a Hugging Face folder, a checkpoint, or a run (its newest
// checkpoint). Opening it reads configuration and tokenizer; LoadedModel.swift reads the weights.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
package import XMModel
import XMSupport
package import XMTokenizer

package struct ModelBundle: Sendable {
    /// The file or folder that was found.
    package let url: URL
    package let weights: WeightSource
    package let tokenizer: any Tokenizer
    /// The tokenizer's SentencePiece file, for exporting; nil for other kinds of tokenizer.
    package let sentencePieceFile: Data?
    /// The source of the tokenizer, for exporting; nil if that is a SentencePiece file.
    let vocabulary: TokenizerVocabulary?
    /// nil if the model has no template and its vocabulary no chat symbols.
    package let chatTemplate: ChatTemplate?
    /// Tokens that end an answer.
    package let stopIDs: Set<Int32>
    /// Settings in the files that have no effect here, one sentence each.
    package let notes: [String]

    package var config: Xmodel2Config { weights.config }

    /// Throws the error of the part that cannot be read, which names the file and the key or tensor.
    package init(_ path: String) throws {
        let url = URL(filePath: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw FileError.unreadable(path, "no such file or folder")
        }
        if isFolder.boolValue {
            try self.init(folder: try HuggingFaceFolder.find(url))
        } else {
            try self.init(gguf: url)
        }
    }

    private init(gguf url: URL) throws {
        let file = try GGUFFile(url)
        try file.checkTokenizerKeys()
        weights = try WeightSource(file, config: Xmodel2Config(file))
        self.url = url
        sentencePieceFile = file.metadata.sentencePieceFile()
        if let sentencePieceFile {
            let sentencePiece = try SentencePieceTokenizer(model: sentencePieceFile, file: url.path)
            tokenizer = sentencePiece
            vocabulary = nil
            chatTemplate =
                try file.metadata.ownChatTemplate().map { try ChatTemplate(source: $0, tokenizer: sentencePiece) }
                ?? (sentencePiece.hasChatMarkup ? .xmodel2() : nil)
            (stopIDs, notes) = try file.ends(tokenizer)
            try checkVocabulary()
            return
        }
        let vocabulary = try TokenizerVocabulary(file, file: url.path)
        self.vocabulary = vocabulary
        tokenizer = try vocabulary.makeTokenizer()
        func text(_ id: Int32?) -> String { id.map { vocabulary.tokens[Int($0)] } ?? "" }
        chatTemplate = try file.metadata.string("tokenizer.chat_template").map {
            try ChatTemplate(
                source: $0, bos: text(vocabulary.bosID), eos: text(vocabulary.eosID),
                unknown: vocabulary.unknownID.map(text), padding: vocabulary.paddingID.map(text))
        }
        (stopIDs, notes) = try file.ends(tokenizer)
        try checkVocabulary()
    }

    private init(folder: URL) throws {
        weights = try WeightSource(folder: folder, config: Xmodel2Config(folder: folder))
        url = folder
        let files = try HuggingFaceTokenizer(folder: folder)
        (tokenizer, vocabulary, sentencePieceFile) = (files.tokenizer, files.vocabulary, files.sentencePieceFile)
        let hasChatMarkup = (files.tokenizer as? SentencePieceTokenizer)?.hasChatMarkup == true
        let isOurs = files.sentencePieceFile != nil && hasChatMarkup
        chatTemplate = try files.chatTemplate ?? (isOurs ? .xmodel2() : nil)
        (stopIDs, notes) = try GenerationConfig.ends(folder: folder, tokenizer)
        try checkVocabulary()
    }

    /// There must be a piece for every row of the embedding except padding: vocabularies are rounded up to a multiple
    /// of 64 to 512, and some reserve a few per cent for later pieces. A smaller tokenizer belongs to another model.
    private func checkVocabulary() throws {
        let (pieces, rows) = (tokenizer.vocabularySize, config.vocabularySize)
        let mostSpare = min(max(511, rows / 16), rows / 2)
        guard (rows - mostSpare...rows).contains(pieces) else {
            throw ModelBundleError.wrongTokenizer(file: url.path, pieces: pieces, rows: rows, least: rows - mostSpare)
        }
    }

    /// The token that ends a turn rather than a text; nil if the vocabulary has none.
    var turnEndID: Int32? { EndTokens.turnEnds.prefix(2).lazy.compactMap { tokenizer.id(of: $0) }.first }

    /// Token ids of a text to continue, with BOS if the model expects it.
    package func encode(_ text: String) -> [Int32] {
        let ids = tokenizer.encode(text, matchingSymbols: false)
        guard tokenizer.addsBOS, let bos = tokenizer.bosID else { return ids.isEmpty ? [tokenizer.startID] : ids }
        return [bos] + ids
    }
}

extension Tokenizer {
    /// The token that precedes an empty context: BOS, else EOS, which ends the previous document.
    package var startID: Int32 { bosID ?? eosID ?? 0 }
}

package enum ModelBundleError: Error, CustomStringConvertible, Equatable {
    case wrongTokenizer(file: String, pieces: Int, rows: Int, least: Int)

    package var description: String {
        switch self {
        case .wrongTokenizer(let file, let pieces, let rows, let least):
            "\(file): the tokenizer has \(pieces) pieces and the embedding \(rows) rows, which takes a tokenizer of "
                + "\(least) to \(rows); give the model the tokenizer that it was trained with"
        }
    }
}

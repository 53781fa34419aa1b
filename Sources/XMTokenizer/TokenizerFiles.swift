// A tokenizer as the files that hold it: what a recipe names, and what goes along with shards and checkpoints, so that
// both can be read by themselves. Next: HF/HuggingFaceTokenizer.swift, SentencePiece/SentencePieceTokenizer.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct TokenizerFiles: Sendable {
    package let tokenizer: any Tokenizer
    /// The files' contents under the names that they have in a model folder.
    package let contents: [(name: String, data: Data)]
    /// Where they were read.
    package let url: URL

    /// Names of the files that together are a tokenizer, in a model folder.
    package static let names = [
        sentencePieceName, jsonName, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        templateName,
    ]
    package static let sentencePieceName = "tokenizer.model"
    package static let jsonName = "tokenizer.json"
    private static let templateName = "chat_template.jinja"

    /// Reads a SentencePiece file under any name, a `tokenizer.json` with the files beside it, or a folder that holds
    /// either. Throws `TokenizerError` or `VocabularyError`.
    package init(_ url: URL) throws {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        if isFolder.boolValue {
            try self.init(folder: url)
        } else if url.lastPathComponent == Self.jsonName {
            try self.init(folder: url.deletingLastPathComponent())
        } else {
            try self.init(sentencePiece: url)
        }
    }

    private init(folder: URL) throws {
        url = folder
        let found = try HuggingFaceTokenizer(folder: folder)
        tokenizer = found.tokenizer
        contents = try Self.names.compactMap { name in
            let file = folder.appending(path: name)
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            do {
                return (name, try Data(contentsOf: file))
            } catch {
                throw VocabularyError.unreadable(file: file.path, reason: error.localizedDescription)
            }
        }
    }

    private init(sentencePiece file: URL) throws {
        guard let data = try? Data(contentsOf: file) else {
            throw TokenizerError.unreadable(file: file.path, reason: "no such file")
        }
        guard !data.starts(with: Array("GGUF".utf8)) else {
            throw TokenizerError.unreadable(
                file: file.path,
                reason: "a GGUF file; write its tokenizer as a folder with 'xmodel convert' and name the folder")
        }
        url = file
        tokenizer = try SentencePieceTokenizer(model: data, file: file.path)
        contents = [(Self.sentencePieceName, data)]
    }

    /// Whether this is a SentencePiece file and nothing else.
    package var isSentencePiece: Bool { contents.map(\.name) == [Self.sentencePieceName] }

    /// The markup of Xmodel-2's conversations is in the vocabulary, each symbol one token.
    package var hasChatMarkup: Bool {
        ["<|im_start|>", ChatTemplate.turnEnd].allSatisfy { symbol in
            tokenizer.id(of: symbol).map { tokenizer.encode(symbol) == [$0] } ?? false
        }
    }

    /// The files of a model that was trained with conversations in Xmodel-2's format: with its template, which is the
    /// one to chat with, in place of the tokenizer's own. A SentencePiece file with the markup implies that template.
    package var ofTrainedModel: [(name: String, data: Data)] {
        guard !isSentencePiece, hasChatMarkup else { return contents }
        return contents.filter { $0.name != Self.templateName }
            + [(Self.templateName, Data(ChatTemplate.xmodel2Source.utf8))]
    }
}

// A trained model from a folder: a checkpoint, or a run (its newest checkpoint).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMModel
import XMTensor
import XMTokenizer

struct LoadedModel {
    let model: Xmodel2Model
    let tokenizer: SentencePieceTokenizer
    private let arena: Arena

    /// `positions`: longest sequence it will see.
    init(_ path: String, backend: CPUBackend, positions: Int) throws {
        let folder = try Self.folder(URL(filePath: path))
        let config = try Xmodel2Config(folder: folder)
        tokenizer = try SentencePieceTokenizer(contentsOf: folder.appending(path: "tokenizer.model"))
        guard tokenizer.vocabularySize <= config.vocabularySize else {
            throw TokenizerError.wrongVocabulary(
                tokenizer: tokenizer.vocabularySize, model: config.vocabularySize)
        }
        arena = Arena()
        model = try Xmodel2Model(config, backend: backend, positions: positions, training: false, in: arena)
        try model.load(from: folder)
    }

    /// The folder with config.json that a path stands for.
    static func folder(_ url: URL) throws -> URL {
        let files = FileManager.default
        func hasModel(_ url: URL) -> Bool { files.fileExists(atPath: url.appending(path: "config.json").path) }
        if hasModel(url) { return url }
        let checkpoints = url.appending(path: "checkpoints")
        let steps = ((try? files.contentsOfDirectory(atPath: checkpoints.path)) ?? [])
            .filter { $0.hasPrefix("step-") }.sorted()
        if let newest = steps.last { return checkpoints.appending(path: newest) }
        throw CheckpointError.unreadable(
            file: url.path, cause: "no model there; name a checkpoint folder or a run folder")
    }
}

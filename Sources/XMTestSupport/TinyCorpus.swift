// The synthetic corpus with a small tokenizer, for tests that train on files.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMData
import XMTokenizer

package enum TinyCorpus {
    /// Writes the files of `SyntheticCorpus` and `tokenizer.model` into an existing folder.
    package static func write(to folder: URL) throws {
        for (name, content) in try files.get() { try content.write(to: folder.appending(path: name)) }
    }

    /// Built once per process, since training a tokenizer takes a second.
    private static let files = Result { try makeFiles() }

    // Small, but the real pipeline: corpus, tokenizer training, files.
    private static func makeFiles() throws -> [(name: String, content: Data)] {
        let folder = try TemporaryFolder()
        _ = try SyntheticCorpus(seed: 1).write(to: folder.url, plainBytes: 30_000, examples: 300, heldOut: 10)
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = 400
        settings.threads = 1
        try UnigramTrainer.train(
            input: [folder.url.appending(path: "tokenizer-corpus.txt")],
            prefix: folder.url.appending(path: "tokenizer"), settings: settings)
        return try FileManager.default.contentsOfDirectory(atPath: folder.url.path).map {
            ($0, try Data(contentsOf: folder.url.appending(path: $0)))
        }
    }
}

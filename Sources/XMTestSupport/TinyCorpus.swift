// The curriculum's data with a small tokenizer, for tests that train on files.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMData
import XMTokenizer

package enum TinyCorpus {
    /// Writes the files of `Curriculum` and `tokenizer.model` into an existing folder.
    package static func write(to folder: URL) throws {
        _ = try Curriculum(seed: 1).write(to: folder, plainBytes: 30_000, examples: 300, heldOut: 10)
        var settings = UnigramTrainingSettings()
        settings.vocabularySize = 400
        settings.threads = 1
        try UnigramTrainer.train(
            input: [folder.appending(path: "tokenizer-corpus.txt")], prefix: folder.appending(path: "tokenizer"),
            settings: settings)
    }
}

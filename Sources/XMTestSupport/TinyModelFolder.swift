// A model folder as a run would leave it, with random weights: what the program can load in a moment.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMModel
import XMTokenizer

package enum TinyModelFolder {
    /// Writes tokenizer (with chat symbols), configuration and weights into an existing folder.
    package static func write(to folder: URL) throws {
        for (name, content) in try files.get() { try content.write(to: folder.appending(path: name)) }
    }

    /// Made once for all tests of a process: training the tokenizer takes longest.
    private static let files = Result { try makeFiles() }

    private static func makeFiles() throws -> [(name: String, content: Data)] {
        let temporary = try TemporaryFolder()
        let folder = temporary.url
        defer { withExtendedLifetime(temporary) {} }
        try TinyCorpus.write(to: folder)
        let tokenizer = try SentencePieceTokenizer(contentsOf: folder.appending(path: "tokenizer.model"))
        let config = Xmodel2Config(
            vocabularySize: tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 64, layers: 1, heads: 2,
            keyValueHeads: 1)
        let training = try TinyTraining(config, B: 1, T: 8, threads: 1)
        training.model.initialize(seed: 1)
        try training.model.write(to: folder)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
            ($0, try Data(contentsOf: folder.appending(path: $0)))
        }
    }
}

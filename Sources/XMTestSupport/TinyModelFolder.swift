// A model folder as a run would leave it, with random weights: what the program can load in a moment.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMModel
import XMTokenizer

package enum TinyModelFolder {
    /// Writes tokenizer (with chat symbols), configuration and weights into an existing folder.
    package static func write(to folder: URL) throws {
        try TinyCorpus.write(to: folder)
        let tokenizer = try SentencePieceTokenizer(contentsOf: folder.appending(path: "tokenizer.model"))
        let config = Xmodel2Config(
            vocabularySize: tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 64, layers: 1, heads: 2,
            keyValueHeads: 1)
        let training = try TinyTraining(config, B: 1, T: 8, threads: 1)
        training.model.initialize(seed: 1)
        try training.model.write(to: folder)
    }
}

// A model folder as a run leaves it, with random weights, for tests of programs that load one.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
package import XMModel
import XMTokenizer

package enum TinyModelFolder {
    package static let positions = 8192

    /// Writes tokenizer (with chat symbols), configuration and weights into an existing folder. Without `mup` it can be
    /// exported as Llama; without `seed` all weights are 0 and every token is equally likely. `rows` of the embedding
    /// default to one per piece.
    package static func write(to folder: URL, rows: Int? = nil, mup: MuP? = MuP(), seed: UInt64? = 1) throws {
        try TinyCorpus.write(to: folder)
        let tokenizer = try SentencePieceTokenizer(contentsOf: folder.appending(path: "tokenizer.model"))
        var config = Xmodel2Config(
            vocabularySize: rows ?? tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 64, layers: 1, heads: 2,
            keyValueHeads: 1)
        config.maxPositions = positions
        config.mup = mup
        let training = try TinyTraining(config, B: 1, T: 8, threads: 1)
        if let seed { training.model.initialize(seed: seed) }
        try training.model.write(to: folder)
    }

    /// Rewrites the folder's weights after `change` has edited them: f32, by name.
    package static func rewriteWeights(
        of folder: URL, _ change: (inout [String: (shape: [Int], values: [Float])]) throws -> Void
    ) throws {
        let url = folder.appending(path: "model.safetensors")
        var tensors = try SafetensorsFile(url).tensors.mapValues { (shape: $0.shape, values: try $0.floats()) }
        try change(&tensors)
        try SafetensorsWriter.write(
            tensors.sorted { $0.key < $1.key }.map { name, tensor in
                SafetensorsTensor(name: name, dtype: .f32, shape: tensor.shape) { sink in
                    try tensor.values.withUnsafeBytes(sink)
                }
            }, metadata: [:], to: url)
    }
}

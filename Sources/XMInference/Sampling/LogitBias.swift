// A constant added to the logits of chosen tokens, as the `logit_bias` of the OpenAI API: it makes tokens more or less
// likely, and -infinity excludes them.
// SPDX-License-Identifier: Apache-2.0

package struct LogitBias: TokenMask, Equatable {
    /// By token id, ascending.
    private let biases: [(id: Int32, value: Float)]

    package init(_ biases: [Int32: Float]) {
        self.biases = biases.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    package static func == (a: LogitBias, b: LogitBias) -> Bool { a.biases.elementsEqual(b.biases, by: ==) }

    package func validate(vocabularySize: Int) throws(EngineError) {
        for (id, value) in biases {
            guard id >= 0, id < vocabularySize else {
                throw .unknownBiasToken(id: id, vocabulary: vocabularySize)
            }
            guard value < .infinity else { throw .invalidBias(id: id, value: value) }
        }
    }

    package mutating func apply(to logits: UnsafeMutableBufferPointer<Float>) {
        for (id, value) in biases { logits[Int(id)] += value }
    }
}

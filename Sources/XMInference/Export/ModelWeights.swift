// The source of an export: weights by name, a few rows at a time, so that models of any size are exported in little
// memory. Implementations: every model that can be run (XMModel/WeightSource.swift), and random weights, for
// benchmarks.
// Next: TensorStream.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
import XMSupport
import XMTensor

/// The weights of a model under their Hugging Face names.
package protocol ModelWeights: Sendable {
    var config: Xmodel2Config { get }
    /// Reads rows of a parameter into `values` [rows, columns]; a vector is one row. Called from several threads.
    func read(_ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>) throws
}

extension WeightSource: ModelWeights {
    package func read(
        _ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        guard let start = values.baseAddress else { return }
        try read(parameter, rows: rows, into: start)
    }
}

/// Initial weights computed on demand, bit-identical to `Xmodel2Model.initialize`.
package struct RandomWeights: ModelWeights {
    package let config: Xmodel2Config
    private let seed: UInt64

    package init(_ config: Xmodel2Config, seed: UInt64) { (self.config, self.seed) = (config, seed) }

    package func read(
        _ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        guard let std = config.scales[parameter.role].initStd else { return values.update(repeating: 1) }
        let stream = RandomStream(seed: seed, "init/" + parameter.name)
        stream.fillNormal(
            values, std: Float(std), startingAt: UInt64(rows.lowerBound * parameter.matrix.columns))
    }
}

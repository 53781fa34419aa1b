// What an exporter reads: weights by name, a few rows at a time, so that a model of any size passes through little
// memory. Sources: whatever can be run (XMModel/WeightSource.swift), and random numbers, for measurements of speed.
// Read next: TensorStream.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMModel
import XMSupport
import XMTensor

/// The weights of a model under their Hugging Face names.
package protocol ModelWeights: Sendable {
    var config: Xmodel2Config { get }
    /// values [rows, columns] = those rows of a parameter; a vector is one row. Called from several threads at once.
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

/// The weights that training starts from, computed on demand: the bits of `Xmodel2Model.initialize`.
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

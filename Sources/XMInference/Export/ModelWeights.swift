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

extension Parameter {
    /// Rows and columns; a vector is one row.
    package var matrix: (rows: Int, columns: Int) { (shape.dropLast().reduce(1, *), shape.last ?? 1) }
}

/// The weights of a file or folder, in whatever types it has them.
package struct StoredWeights: ModelWeights {
    package let config: Xmodel2Config
    private let source: any WeightSource  // keeps the memory of the matrices
    private let matrices: [String: BlockMatrix]
    private let vectors: [String: [Float]]

    /// Finds every parameter. Throws the source's errors for one that is missing or has another shape or type.
    package init(_ source: any WeightSource, config: Xmodel2Config) throws {
        (self.source, self.config) = (source, config)
        var matrices: [String: BlockMatrix] = [:]
        var vectors: [String: [Float]] = [:]
        for parameter in ParameterLayout.all(config) {
            let name = parameter.name
            if parameter.shape.count == 1 {
                vectors[name] = try source.vector(name, count: parameter.count)
            } else {
                matrices[name] = try source.matrix(name, rows: parameter.shape[0], columns: parameter.shape[1])
            }
        }
        (self.matrices, self.vectors) = (matrices, vectors)
    }

    package func read(
        _ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        if let vector = vectors[parameter.name] {
            _ = values.update(from: vector)
        } else if let matrix = matrices[parameter.name], let start = values.baseAddress {
            for (index, row) in rows.enumerated() { matrix.dequantize(row: row, into: start + index * matrix.columns) }
        } else {
            throw CheckpointError.missingTensor(file: source.path, name: parameter.name)
        }
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
        guard let std = Xmodel2Model.initialStd(parameter.role, config) else { return values.update(repeating: 1) }
        let stream = RandomStream(seed: seed, "init/" + parameter.name)
        stream.fillNormal(
            values, std: Float(std), startingAt: UInt64(rows.lowerBound * parameter.matrix.columns))
    }
}

// Where a network's matrices come from when it only runs: a folder of safetensors files or a GGUF file, mapped and left
// in the file's own types. Read next: SafetensorsWeights.swift, GGUFWeights.swift, Xmodel2Model+Loading.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// Matrices and vectors under their Hugging Face names (model.md 3).
package protocol WeightSource: Sendable {
    /// The file or folder, for errors.
    var path: String { get }
    func has(_ name: String) -> Bool
    /// A matrix [rows, columns], valid as long as this source. Throws `CheckpointError` where it is missing or has
    /// another shape, and the format's error for a type that is not supported.
    func matrix(_ name: String, rows: Int, columns: Int) throws -> BlockMatrix
    /// Vectors are norms: small, and always f32 here. Throws as `matrix`, and for a value that is no number.
    func vector(_ name: String, count: Int) throws -> [Float]
}

extension WeightSource {
    func checkedFinite(_ values: [Float], _ name: String) throws -> [Float] {
        guard let index = values.firstIndex(where: { !$0.isFinite }) else { return values }
        throw CheckpointError.notANumber(file: path, name: name, index: index)
    }

    /// The first matrix or vector with a value that is not finite, as an error: what to say when results are no
    /// numbers.
    package func firstNotFinite(_ config: Xmodel2Config) throws {
        for parameter in ParameterLayout(config).parameters {
            if parameter.shape.count == 1 {
                _ = try vector(parameter.name, count: parameter.count)
                continue
            }
            let matrix = try matrix(parameter.name, rows: parameter.shape[0], columns: parameter.shape[1])
            for row in 0..<matrix.rows {
                let values = matrix.floats(row: row)
                guard let column = values.firstIndex(where: { !$0.isFinite }) else { continue }
                throw CheckpointError.notANumber(
                    file: path, name: parameter.name, index: row * matrix.columns + column)
            }
        }
    }
}

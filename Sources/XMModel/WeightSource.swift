// Where a network's matrices come from: the tensors of a model folder or a GGUF file, under their Hugging Face names
// (WeightNames.swift) and in the file's own types. Opening checks that the tensors are exactly the network's; their
// bytes are read later. Read next: WeightSource+Unexpected.swift, NetworkWeights.swift, XMFormats/StoredTensor.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
package import XMTensor

package struct WeightSource: Sendable {
    /// The file or folder, for errors.
    package let path: String
    package let config: Xmodel2Config
    /// By the names of the file.
    let tensors: [String: StoredTensor]
    let isGGUF: Bool

    /// Throws `CheckpointError` for a tensor that is missing, has another shape, or is not part of the network, and
    /// `StoredTensorError` for one of integers.
    package init(_ file: GGUFFile, config: Xmodel2Config) throws {
        try self.init(path: file.path, config: config, file.tensors, isGGUF: true)
    }

    /// The same of a model folder; also throws what opening its files throws.
    package init(folder: URL, config: Xmodel2Config) throws {
        let files = try HuggingFaceFolder.weights(folder)
        for file in files {
            // TensorFlow and Flax store matrices the other way round.
            guard let format = file.metadata["format"], ["tf", "flax"].contains(format) else { continue }
            throw CheckpointError.unreadable(
                file: file.path, cause: "metadata 'format' is '\(format)'; save the model from PyTorch ('pt')")
        }
        let path = files.count == 1 ? files[0].path : folder.path
        try self.init(path: path, config: config, files.flatMap(\.tensors.values), isGGUF: false)
    }

    /// The same of one safetensors file.
    package init(_ file: SafetensorsFile, config: Xmodel2Config) throws {
        try self.init(path: file.path, config: config, Array(file.tensors.values), isGGUF: false)
    }

    private init(path: String, config: Xmodel2Config, _ list: [StoredTensor], isGGUF: Bool) throws {
        (self.path, self.config, self.isGGUF) = (path, config, isGGUF)
        tensors = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })
        for parameter in ParameterLayout.all(config) { _ = try matrix(parameter) }
        try requireNothingElse()
    }

    /// The name that the file has for a tensor.
    func storedName(_ name: String) -> String { isGGUF ? WeightNames.gguf(name) : name }

    /// A parameter's rows, with the rotary permutation of GGUF's queries and keys undone; a vector is one row.
    package func matrix(_ parameter: Parameter) throws -> StoredMatrix {
        let name = storedName(parameter.name)
        guard let tensor = tensors[name] else { throw CheckpointError.missingTensor(file: path, name: name) }
        guard tensor.shape == parameter.shape else {
            throw CheckpointError.wrongShape(
                file: tensor.path, name: name, found: tensor.shape, wanted: parameter.shape)
        }
        let isRotated = isGGUF && WeightNames.isRotated(parameter.name)
        return try tensor.matrix(order: isRotated ? RotaryOrder(headSize: config.headSize) : nil)
    }

    /// values [rows.count, columns] = those rows of a parameter. A vector, which is a norm, is also checked to be of
    /// numbers: throws `CheckpointError.notANumber`.
    package func read(_ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutablePointer<Float>) throws {
        try matrix(parameter).dequantize(rows, into: values)
        guard parameter.shape.count == 1 else { return }
        let vector = UnsafeBufferPointer(start: values, count: parameter.count)
        if let index = vector.firstIndex(where: { !$0.isFinite }) { throw notANumber(parameter, index) }
    }

    /// The first matrix or vector with a value that is not finite, as an error: what to say when results are no
    /// numbers.
    package func firstNotFinite() throws -> CheckpointError? {
        for parameter in ParameterLayout.all(config) {
            let matrix = try matrix(parameter)
            for piece in matrix.pieces {
                let values = try matrix.floats(piece)
                guard let index = values.firstIndex(where: { !$0.isFinite }) else { continue }
                return notANumber(parameter, piece.lowerBound * matrix.columns + index)
            }
        }
        return nil
    }

    private func notANumber(_ parameter: Parameter, _ index: Int) -> CheckpointError {
        .notANumber(file: path, name: storedName(parameter.name), index: index)
    }
}

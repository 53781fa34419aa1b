// The source of a network's matrices: tensors of a model folder or GGUF file, by Hugging Face name (WeightNames.swift)
// and in the file's own types. Opening checks that the tensors are exactly the network's; their bytes are read later.
// Read next: WeightSource+Unexpected.swift, NetworkWeights.swift, XMFormats/StoredTensor.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
package import XMTensor

package struct WeightSource: Sendable {
    /// The file or folder, for error messages.
    package let path: String
    package let config: Xmodel2Config
    /// Keyed by the names stored in the file.
    let tensors: [String: StoredTensor]
    let isGGUF: Bool

    /// Throws `CheckpointError` for a tensor that is missing, has another shape, or is not part of the network;
    /// `StoredTensorError` for an integer tensor.
    package init(_ file: GGUFFile, config: Xmodel2Config) throws {
        try self.init(path: file.path, config: config, file.tensors, isGGUF: true)
    }

    /// The same for a model folder; also throws if its files cannot be opened.
    package init(folder: URL, config: Xmodel2Config) throws {
        let files = try HuggingFaceFolder.weights(folder)
        for file in files {
            // TensorFlow and Flax store matrices transposed.
            guard let format = file.metadata["format"], ["tf", "flax"].contains(format) else { continue }
            throw CheckpointError.unreadable(
                file: file.path, cause: "metadata 'format' is '\(format)'; save the model from PyTorch ('pt')")
        }
        let path = files.count == 1 ? files[0].path : folder.path
        try self.init(path: path, config: config, files.flatMap(\.tensors.values), isGGUF: false)
    }

    /// The same for one safetensors file.
    package init(_ file: SafetensorsFile, config: Xmodel2Config) throws {
        try self.init(path: file.path, config: config, Array(file.tensors.values), isGGUF: false)
    }

    private init(path: String, config: Xmodel2Config, _ list: [StoredTensor], isGGUF: Bool) throws {
        (self.path, self.config, self.isGGUF) = (path, config, isGGUF)
        tensors = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })
        for parameter in ParameterLayout.all(config) { _ = try matrix(parameter) }
        try requireNothingElse()
    }

    /// Whether some matrix is stored in blocks of a few bits.
    package var isQuantized: Bool {
        tensors.values.contains { tensor in tensor.type.map { ![.f32, .f16, .bf16].contains($0) } ?? false }
    }

    /// Bytes of all tensors in the file.
    package var sizeBytes: Int { tensors.values.reduce(0) { $0 + $1.range.count } }

    /// The name under which the file stores a tensor.
    func storedName(_ name: String) -> String { isGGUF ? WeightNames.gguf(name) : name }

    /// A parameter's rows in our order (GGUF's rotary permutation undone); a vector is one row. Nothing is read yet.
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

    /// values [rows.count, columns] = rows of a parameter, as f32. Vectors (norms) are also checked to be finite, since
    /// they are small: throws `CheckpointError.notANumber`.
    package func read(_ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutablePointer<Float>) throws {
        try matrix(parameter).dequantize(rows, into: values)
        guard parameter.shape.count == 1 else { return }
        let vector = UnsafeBufferPointer(start: values, count: parameter.count)
        if let index = vector.firstIndex(where: { !$0.isFinite }) { throw notANumber(parameter, index) }
    }

    /// Reads everything and returns the first value that is not finite, as an error: called to explain results that are
    /// NaN.
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

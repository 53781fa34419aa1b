// What an exporter reads: weights by name, a few rows at a time, so that a model of any size passes through little
// memory. Sources: a folder, and random numbers (for measurements of speed). Read next: TensorStream.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import XMFormats
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

/// A Hugging Face folder: config.json and one or more safetensors files, mapped.
package struct FolderWeights: ModelWeights {
    package let config: Xmodel2Config
    /// The file of every tensor.
    private let files: [String: SafetensorsFile]

    /// Checks every name, type and shape. Throws the reader's errors and `CheckpointError`.
    package init(folder: URL) throws {
        config = try Xmodel2Config(folder: folder)
        var files: [String: SafetensorsFile] = [:]
        for name in try ModelFacts.weightFiles(folder) {
            let file = try SafetensorsFile(folder.appending(path: name))
            for tensor in file.tensors.keys { files[tensor] = file }
        }
        for parameter in ParameterLayout(config).parameters {
            guard let file = files[parameter.name], let entry = file.tensors[parameter.name] else {
                throw CheckpointError.missingTensor(file: folder.path, name: parameter.name)
            }
            guard entry.shape == parameter.shape else {
                throw CheckpointError.wrongShape(
                    file: file.path, name: parameter.name, found: entry.shape, wanted: parameter.shape)
            }
            guard QuantizationType(entry.dtype) != nil else {
                throw SafetensorsError.badTensor(
                    file: file.path, name: parameter.name,
                    reason: "has type \(entry.dtype.rawValue); F32, F16 or BF16 is wanted")
            }
        }
        self.files = files
    }

    package func read(
        _ parameter: Parameter, rows: Range<Int>, into values: UnsafeMutableBufferPointer<Float>
    ) throws {
        guard let file = files[parameter.name], let entry = file.tensors[parameter.name],
            let type = QuantizationType(entry.dtype)
        else { throw CheckpointError.missingTensor(file: "the folder", name: parameter.name) }
        let rowBytes = parameter.matrix.columns * type.bytesPerBlock
        let bytes = try file.bytes(parameter.name)
        let part = bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]
        type.dequantize(UnsafeRawBufferPointer(rebasing: part), into: values)
    }
}

extension QuantizationType {
    /// The same floating-point type of a safetensors file; nil for integers.
    package init?(_ dtype: SafetensorsDType) {
        switch dtype {
        case .f32: self = .f32
        case .f16: self = .f16
        case .bf16: self = .bf16
        case .i32, .i64, .u8: return nil
        }
    }

    /// The inverse; nil for blocks.
    package var safetensors: SafetensorsDType? {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        default: nil
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

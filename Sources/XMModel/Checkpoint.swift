// A model as a Hugging Face folder: config.json and model.safetensors. Names need no mapping, since the parameter
// layout uses the published ones.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
import XMTensor

/// What is wrong with a model's files. `file` is a path as the user gave it, `name` the name stored in that file.
package enum CheckpointError: Error, CustomStringConvertible {
    /// No tensor of that name.
    case missingTensor(file: String, name: String)
    /// `wanted` follows from the configuration beside the weights.
    case wrongShape(file: String, name: String, found: [Int], wanted: [Int])
    /// Running without it would silently give other answers.
    case unexpectedTensor(file: String, name: String, meaning: String)
    /// The configuration contradicts itself or asks for something the network lacks.
    case badConfiguration(file: String, ModelConfigError)
    /// A file that is not what its name promises.
    case unreadable(file: String, cause: String)
    /// NaN or infinity among the weights.
    case notANumber(file: String, name: String, index: Int)

    package var description: String {
        switch self {
        case .missingTensor(let file, let name):
            "\(file): tensor '\(name)' is missing; the file belongs to another model or is incomplete"
        case .wrongShape(let file, let name, let found, let wanted):
            "\(file): tensor '\(name)' has shape \(found); the model's configuration asks for \(wanted)"
        case .unexpectedTensor(let file, let name, let meaning):
            "\(file): tensor '\(name)' is not part of the network: \(meaning); running it without would give other answers"
        case .badConfiguration(let file, let error): "\(file): \(error.text)"
        case .notANumber(let file, let name, let index):
            "\(file): tensor '\(name)' has a value that is not a finite number (element \(index)); the file is damaged: "
                + "fetch or export it again"
        case .unreadable(let file, let cause): "\(file): \(cause)"
        }
    }
}

extension Xmodel2Config {
    /// Reads `config.json` of a model folder. Throws `CheckpointError`, or `FileError` if the file is missing.
    package init(folder: URL) throws {
        let file = HuggingFaceFolder.configFile(folder)
        let text = try HuggingFaceFolder.config(folder)
        do {
            try self.init(json: text)
        } catch let error as ModelConfigError {
            throw CheckpointError.badConfiguration(file: file.path, error)
        } catch let DecodingError.keyNotFound(key, _) {
            // Foundation's own texts name Swift types; these name the key.
            throw CheckpointError.unreadable(file: file.path, cause: "key '\(key.stringValue)' is missing")
        } catch let DecodingError.typeMismatch(_, context) where !context.codingPath.isEmpty {
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw CheckpointError.unreadable(file: file.path, cause: "key '\(key)' has a value of the wrong type")
        } catch {
            throw CheckpointError.unreadable(
                file: file.path, cause: "not a readable model configuration; name a model folder, or a run's checkpoint"
            )
        }
    }
}

extension ParameterStore {
    /// Writes every parameter as f32 under its name. The metadata `format: pt` is what transformers requires of a file.
    package func write(to file: URL, metadata: [String: String] = ["format": "pt"]) throws {
        try SafetensorsWriter.write(
            layout.parameters.map { parameter in
                SafetensorsTensor(name: parameter.name, dtype: .f32, shape: parameter.shape) { sink in
                    try backend.read(self[parameter], sink)
                }
            }, metadata: metadata, to: file)
    }

    /// Fills every f32 master from `source`, dequantising if need be. The caller packs the weights afterwards.
    package func read(_ source: WeightSource) throws {
        for parameter in layout.parameters {
            try backend.writeFloats(self[parameter]) {
                try source.read(parameter, rows: 0..<parameter.matrix.rows, into: $0.baseAddress!)
            }
        }
    }
}

extension Xmodel2Model {
    /// Writes config.json and model.safetensors into an existing folder; only for a model with f32 masters.
    package func write(to folder: URL) throws {
        try config.json().write(to: folder.appending(path: "config.json"))
        try weights.write(to: folder.appending(path: "model.safetensors"))
    }

    /// Loads the weights of a folder of the same shape and packs them.
    package func load(from folder: URL) throws {
        try weights.read(WeightSource(folder: folder, config: config))
        packWeights()
    }
}

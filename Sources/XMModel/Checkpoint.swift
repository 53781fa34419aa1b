// A model as a Hugging Face folder: config.json and model.safetensors (design decision 7). Names need no mapping:
// the parameter layout uses the published ones.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
import XMTensor

package enum CheckpointError: Error, CustomStringConvertible {
    case missingTensor(file: String, name: String)
    case wrongShape(file: String, name: String, found: [Int], wanted: [Int])
    case unreadable(file: String, cause: String)
    case notANumber(file: String, name: String, index: Int)

    package var description: String {
        switch self {
        case .missingTensor(let file, let name):
            "\(file): tensor '\(name)' is missing; the file belongs to another model or is incomplete"
        case .wrongShape(let file, let name, let found, let wanted):
            "\(file): tensor '\(name)' has shape \(found); the model's configuration asks for \(wanted)"
        case .notANumber(let file, let name, let index):
            "\(file): tensor '\(name)' has a value that is not a finite number (element \(index)); the file is damaged: "
                + "fetch or export it again"
        case .unreadable(let file, let cause): "\(file): \(cause)"
        }
    }
}

extension Xmodel2Config {
    /// Reads `config.json` of a model folder.
    package init(folder: URL) throws {
        let file = folder.appending(path: "config.json")
        do {
            try self.init(json: try Data(contentsOf: file))
        } catch let error as ModelConfigError {
            throw error
        } catch let DecodingError.keyNotFound(key, _) {
            throw CheckpointError.unreadable(file: file.path, cause: "key '\(key.stringValue)' is missing")
        } catch {
            throw CheckpointError.unreadable(
                file: file.path, cause: "not a readable model configuration; name a model folder, or a run's checkpoint"
            )
        }
    }
}

extension ParameterStore {
    /// Writes every parameter as f32 under its name.
    package func write(to file: URL, metadata: [String: String] = ["format": "pt"]) throws {
        try SafetensorsWriter.write(
            layout.parameters.map { parameter in
                SafetensorsTensor(
                    name: parameter.name, dtype: .f32, shape: parameter.shape,
                    bytes: UnsafeRawBufferPointer(start: self[parameter].pointer, count: parameter.count * 4))
            }, metadata: metadata, to: file)
    }

    /// Fills every parameter from a file (f32, f16 or bf16; a tied `lm_head.weight` beside it is ignored).
    package func read(from file: URL) throws {
        let source = try SafetensorsFile(file)
        for parameter in layout.parameters {
            guard let entry = source.tensors[parameter.name] else {
                throw CheckpointError.missingTensor(file: file.path, name: parameter.name)
            }
            guard entry.shape == parameter.shape else {
                throw CheckpointError.wrongShape(
                    file: file.path, name: parameter.name, found: entry.shape, wanted: parameter.shape)
            }
            let target = self[parameter].f32
            if entry.dtype == .f32 {
                memcpy(target, try source.bytes(parameter.name).baseAddress!, parameter.count * 4)
            } else {
                let values = try source.floats(parameter.name)
                values.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: values.count) }
            }
        }
    }
}

extension Xmodel2Model {
    /// Writes config.json and model.safetensors into an existing folder.
    package func write(to folder: URL) throws {
        try config.json().write(to: folder.appending(path: "config.json"))
        try weights.write(to: folder.appending(path: "model.safetensors"))
    }

    /// Loads the weights of a folder and packs them.
    package func load(from folder: URL) throws {
        try weights.read(from: folder.appending(path: "model.safetensors"))
        packWeights()
    }
}

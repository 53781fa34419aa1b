// The tensors of a checkpoint: the model as a Hugging Face folder, which other tools read, and the optimizer's state,
// which resuming needs.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMFormats
import XMModel
import XMTensor

extension TrainStep {
    private static let optimizerFile = "optimizer.safetensors"

    /// Writes the model and the optimizer's state into an existing folder.
    func write(to folder: URL) throws {
        try model.write(to: folder)
        let backend = model.backend
        try SafetensorsWriter.write(
            optimizer.state.map { state in
                SafetensorsTensor(name: state.name, dtype: .f32, shape: state.tensor.shape) { sink in
                    try backend.read(state.tensor, sink)
                }
            }, metadata: [:], to: folder.appending(path: Self.optimizerFile))
    }

    /// The inverse of `write`. Throws when a tensor is missing or belongs to another model.
    func read(from folder: URL) throws {
        try model.load(from: folder)
        let url = folder.appending(path: Self.optimizerFile)
        let file = try SafetensorsFile(url)
        for state in optimizer.state {
            guard let stored = file.tensors[state.name] else {
                throw CheckpointError.missingTensor(file: url.path, name: state.name)
            }
            guard stored.shape == state.tensor.shape, stored.type == .f32 else {
                throw CheckpointError.wrongShape(
                    file: url.path, name: state.name, found: stored.shape, wanted: state.tensor.shape)
            }
            try model.backend.write(state.tensor) { try stored.read(into: $0.baseAddress!) }
        }
    }
}

extension Xmodel2Config {
    /// Throws `CheckpointError` or `ModelConfigError` unless a checkpoint holds a model of this shape. Only the headers
    /// of its files are read.
    func requireShape(of checkpoint: URL) throws {
        _ = try WeightSource(folder: checkpoint, config: self)
    }
}

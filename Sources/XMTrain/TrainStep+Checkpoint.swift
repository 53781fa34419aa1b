// A checkpoint as a folder that other tools read, plus what resuming needs: weights and configuration, tokenizer,
// AdamW's moments.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMFormats
import XMModel
import XMSupport
import XMTensor

extension TrainStep {
    /// Writes model, moments and tokenizer into an existing folder.
    func write(to folder: URL, tokenizerFile: URL) throws {
        try model.write(to: folder)
        guard let tokenizer = try? Data(contentsOf: tokenizerFile) else {
            throw FileError.unreadable(tokenizerFile.path, "no such readable file")
        }
        try AtomicFile.write(tokenizer, to: folder.appending(path: "tokenizer.model"))
        let moments = [("exp_avg", firstMoment), ("exp_avg_sq", secondMoment)]
        try SafetensorsWriter.write(
            moments.flatMap { kind, store in
                store.layout.parameters.map { parameter in
                    SafetensorsTensor(name: "\(kind)/\(parameter.name)", dtype: .f32, shape: parameter.shape) { sink in
                        try store.backend.read(store[parameter], sink)
                    }
                }
            }, metadata: [:], to: folder.appending(path: "optimizer.safetensors"))
    }

    /// The inverse of `write`. Throws when a tensor is missing or belongs to another model.
    func read(from folder: URL) throws {
        try model.load(from: folder)
        let url = folder.appending(path: "optimizer.safetensors")
        let file = try SafetensorsFile(url)
        for (kind, store) in [("exp_avg", firstMoment), ("exp_avg_sq", secondMoment)] {
            for parameter in store.layout.parameters {
                let name = "\(kind)/\(parameter.name)"
                guard let tensor = file.tensors[name] else {
                    throw CheckpointError.missingTensor(file: url.path, name: name)
                }
                guard tensor.shape == parameter.shape, tensor.type == .f32 else {
                    throw CheckpointError.wrongShape(
                        file: url.path, name: name, found: tensor.shape, wanted: parameter.shape)
                }
                try store.backend.write(store[parameter]) { try tensor.read(into: $0.baseAddress!) }
            }
        }
    }
}

extension Xmodel2Config {
    /// Throws `CheckpointError` or `ModelConfigError` unless a checkpoint holds a model of this shape: told by its
    /// headers, before anything that takes time.
    func requireShape(of checkpoint: URL) throws {
        _ = try WeightSource(folder: checkpoint, config: self)
    }
}

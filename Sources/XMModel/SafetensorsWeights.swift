// The matrices of a Hugging Face folder: one model.safetensors, or shards listed in model.safetensors.index.json.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMFormats
package import XMTensor

package struct SafetensorsWeights: WeightSource {
    package let path: String
    private let files: [SafetensorsFile]
    /// Which of the files holds a tensor.
    private let place: [String: Int]

    private struct Index: Decodable {
        let weight_map: [String: String]
    }

    /// Maps every file. Throws `CheckpointError.unreadable` for a folder without weights or a broken index.
    package init(folder: URL) throws {
        path = folder.path
        let single = folder.appending(path: "model.safetensors")
        let index = folder.appending(path: "model.safetensors.index.json")
        guard !FileManager.default.fileExists(atPath: single.path) else {
            let file = try SafetensorsFile(single)
            files = [file]
            place = file.tensors.mapValues { _ in 0 }
            return
        }
        guard let text = try? Data(contentsOf: index) else {
            throw CheckpointError.unreadable(
                file: folder.path, cause: "neither model.safetensors nor model.safetensors.index.json is there")
        }
        guard let map = try? JSONDecoder().decode(Index.self, from: text).weight_map else {
            throw CheckpointError.unreadable(file: index.path, cause: "it is not JSON with a weight_map of file names")
        }
        let names = Set(map.values).sorted()
        // A name that leads out of the folder is not a shard.
        if let strange = names.first(where: { $0.contains("/") || $0.hasPrefix(".") }) {
            throw CheckpointError.unreadable(
                file: index.path, cause: "'\(strange)' is not the name of a file beside it")
        }
        files = try names.map { try SafetensorsFile(folder.appending(path: $0)) }
        let number = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        place = map.mapValues { number[$0]! }
    }

    package func has(_ name: String) -> Bool { place[name] != nil }

    package func matrix(_ name: String, rows: Int, columns: Int) throws -> BlockMatrix {
        let (file, type) = try entry(name, shape: [rows, columns])
        return try BlockMatrix(
            type: type, rows: rows, columns: columns, blocks: try file.bytes(name).baseAddress!, rowOrder: nil)
    }

    package func vector(_ name: String, count: Int) throws -> [Float] {
        let (file, _) = try entry(name, shape: [count])
        return try checkedFinite(try file.floats(name), name)
    }

    private func entry(_ name: String, shape: [Int]) throws -> (file: SafetensorsFile, type: QuantizationType) {
        guard let number = place[name], let entry = files[number].tensors[name] else {
            throw CheckpointError.missingTensor(file: path, name: name)
        }
        let file = files[number]
        guard entry.shape == shape else {
            throw CheckpointError.wrongShape(file: file.path, name: name, found: entry.shape, wanted: shape)
        }
        switch entry.dtype {
        case .f32: return (file, .f32)
        case .f16: return (file, .f16)
        case .bf16: return (file, .bf16)
        case .i32, .i64, .u8:
            throw SafetensorsError.badTensor(
                file: file.path, name: name, reason: "has type \(entry.dtype.rawValue); F32, F16 or BF16 is wanted")
        }
    }
}

// Reads the facts about a GGUF file, a safetensors file or a model folder (a Hugging Face folder, a checkpoint, a run).
// A checkpoint's optimizer state is not part of the model and is ignored.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum InspectionError: Error, CustomStringConvertible, Equatable {
    case unknownFormat(file: String)

    package var description: String {
        switch self {
        case .unknownFormat(let file):
            "\(file): neither GGUF nor safetensors; name a .gguf file, a .safetensors file, a folder with config.json "
                + "or a "
                + "run folder"
        }
    }
}

extension ModelFacts {
    /// Throws the errors of the format's reader, `HuggingFaceFolderError`, `InspectionError`, or `FileError`.
    package static func read(_ url: URL) throws -> ModelFacts {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            return try folder(HuggingFaceFolder.find(url))
        }
        let stored = try PositionedFile(url)
        let start = try stored.bytes(0..<min(9, stored.sizeBytes))
        if start.starts(with: Array("GGUF".utf8)) { return try gguf(url) }
        let beginsLikeJSON = start.last == UInt8(ascii: "{") && start.count == 9
        guard beginsLikeJSON || url.pathExtension == "safetensors" else {
            throw InspectionError.unknownFormat(file: url.path)
        }
        let file = try SafetensorsFile(url)
        return ModelFacts(
            path: url.path, format: .safetensors, sizeBytes: file.sizeBytes,
            metadata: items(file.metadata.mapValues { .text($0) }), tensors: tensors(file), cacheShape: nil)
    }

    private static func gguf(_ url: URL) throws -> ModelFacts {
        let file = try GGUFFile(url)
        return ModelFacts(
            path: url.path, format: .gguf, sizeBytes: file.sizeBytes,
            metadata: file.metadata.keys.compactMap { key in
                file.metadata[key].map { Item(key: key, value: MetadataText($0)) }
            },
            tensors: file.tensors.map(Tensor.init), cacheShape: CacheShape(file.metadata))
    }

    private static func folder(_ url: URL) throws -> ModelFacts {
        let files = try HuggingFaceFolder.weights(url)
        let config = try HuggingFaceFolder.configValues(url)
        return ModelFacts(
            path: url.path, format: .folder, sizeBytes: files.reduce(0) { $0 + $1.sizeBytes },
            metadata: items(config), tensors: files.flatMap(tensors), cacheShape: CacheShape(config: config))
    }

    private static func items(_ values: [String: MetadataText]) -> [Item] {
        values.sorted { $0.key < $1.key }.map { Item(key: $0.key, value: $0.value) }
    }

    /// In the order of their data in the file.
    private static func tensors(_ file: SafetensorsFile) -> [Tensor] {
        file.tensors.values.sorted { ($0.range.lowerBound, $0.name) < ($1.range.lowerBound, $1.name) }.map(Tensor.init)
    }
}

extension ModelFacts.Tensor {
    fileprivate init(_ stored: StoredTensor) {
        self.init(name: stored.name, type: stored.typeName, shape: stored.shape, bytes: stored.range.count)
    }
}

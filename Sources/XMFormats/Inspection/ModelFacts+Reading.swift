// Gathers the facts of a GGUF file, a safetensors file, or a folder with config.json and safetensors (sharded or not).
// A checkpoint of a run is such a folder; its optimizer state is not part of the model and is left out.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
import XMTensor

package enum InspectionError: Error, CustomStringConvertible, Equatable {
    case unknownFormat(file: String)
    case noWeights(folder: String)
    case badJSON(file: String)
    case badShardName(file: String, name: String)

    package var description: String {
        switch self {
        case .unknownFormat(let file):
            "\(file): neither GGUF nor safetensors; name a .gguf file, a .safetensors file or a folder with config.json"
        case .noWeights(let folder):
            "\(folder): has neither model.safetensors nor model.safetensors.index.json; name a model folder, or one of "
                + "a run's checkpoints"
        case .badJSON(let file): "\(file): is not the JSON object that is wanted; copy the folder again"
        case .badShardName(let file, let name):
            "\(file): names the weight file '\(name)'; the name of a file in the same folder is wanted"
        }
    }
}

extension ModelFacts {
    /// Throws the reader's error of the format, `InspectionError`, or `FileError.unreadable`.
    package static func read(_ url: URL) throws -> ModelFacts {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            return try folder(url)
        }
        let mapped = try MappedFile(url)
        let (size, start) = withExtendedLifetime(mapped) { (mapped.bytes.count, Array(mapped.bytes.prefix(9))) }
        if start.starts(with: Array("GGUF".utf8)) { return try gguf(url) }
        let beginsLikeJSON = start.last == UInt8(ascii: "{") && start.count == 9
        guard beginsLikeJSON || url.pathExtension == "safetensors" else {
            throw InspectionError.unknownFormat(file: url.path)
        }
        let file = try SafetensorsFile(url)
        return ModelFacts(
            path: url.path, format: .safetensors, sizeBytes: size,
            metadata: items(file.metadata.mapValues { .text($0) }), tensors: tensors(file), cacheShape: nil)
    }

    private static func gguf(_ url: URL) throws -> ModelFacts {
        let file = try GGUFFile(url)
        return ModelFacts(
            path: url.path, format: .gguf, sizeBytes: file.sizeBytes,
            metadata: file.metadata.keys.compactMap { key in
                file.metadata[key].map { Item(key: key, value: MetadataText($0)) }
            },
            tensors: file.tensors.map {
                Tensor(name: $0.name, type: $0.type.name, shape: $0.shape, bytes: $0.range.count)
            },
            cacheShape: CacheShape(file.metadata))
    }

    private static func folder(_ url: URL) throws -> ModelFacts {
        var all: [Tensor] = []
        var size = 0
        for name in try weightFiles(url) {
            let file = url.appending(path: name)
            size += try MappedFile(file).bytes.count
            all += tensors(try SafetensorsFile(file))
        }
        let config: [String: MetadataText] = try object(url.appending(path: "config.json"))
        return ModelFacts(
            path: url.path, format: .folder, sizeBytes: size, metadata: items(config), tensors: all,
            cacheShape: CacheShape(config: config))
    }

    /// The folder's safetensors files: those of the index where there is one.
    package static func weightFiles(_ folder: URL) throws -> [String] {
        let index = folder.appending(path: "model.safetensors.index.json")
        if FileManager.default.fileExists(atPath: index.path) {
            let content: Index = try object(index)
            let names = Set(content.weight_map.values).sorted()
            if let bad = names.first(where: { $0.isEmpty || $0.contains("/") || $0.hasPrefix(".") }) {
                throw InspectionError.badShardName(file: index.path, name: bad)
            }
            return names
        }
        guard FileManager.default.fileExists(atPath: folder.appending(path: "model.safetensors").path) else {
            throw InspectionError.noWeights(folder: folder.path)
        }
        return ["model.safetensors"]
    }

    /// `model.safetensors.index.json`: the file of every tensor.
    private struct Index: Decodable {
        let weight_map: [String: String]
    }

    private static func object<T: Decodable>(_ file: URL) throws -> T {
        let mapped = try MappedFile(file)
        let data = withExtendedLifetime(mapped) { Data(mapped.bytes) }
        guard let value = try? JSONDecoder().decode(T.self, from: data) else {
            throw InspectionError.badJSON(file: file.path)
        }
        return value
    }

    private static func items(_ values: [String: MetadataText]) -> [Item] {
        values.sorted { $0.key < $1.key }.map { Item(key: $0.key, value: $0.value) }
    }

    /// In the order of the data.
    private static func tensors(_ file: SafetensorsFile) -> [Tensor] {
        file.tensors.sorted { ($0.value.range.lowerBound, $0.key) < ($1.value.range.lowerBound, $1.key) }.map {
            Tensor(name: $0.key, type: $0.value.dtype.rawValue, shape: $0.value.shape, bytes: $0.value.range.count)
        }
    }
}

// A Hugging Face folder: config.json beside model.safetensors, or beside the shards listed by
// model.safetensors.index.json. A run's checkpoints are such folders, and a run folder means its newest checkpoint.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum HuggingFaceFolder {
    private static let single = "model.safetensors"
    private static let index = "model.safetensors.index.json"

    /// `url` itself if it is a model folder, or the newest checkpoint of a run. Throws `.noModel`.
    package static func find(_ url: URL) throws -> URL {
        let files = FileManager.default
        if files.fileExists(atPath: configFile(url).path) { return url }
        let checkpoints = url.appending(path: "checkpoints")
        let steps = ((try? files.contentsOfDirectory(atPath: checkpoints.path)) ?? []).filter { $0.hasPrefix("step-") }
        guard let newest = steps.max() else { throw HuggingFaceFolderError.noModel(folder: url.path) }
        return checkpoints.appending(path: newest)
    }

    /// The folder's safetensors files, checked for duplicate tensors. Throws `HuggingFaceFolderError` and the errors of
    /// `SafetensorsFile`.
    package static func weights(_ folder: URL) throws -> [SafetensorsFile] {
        let files = try weightFiles(folder).map { try SafetensorsFile(folder.appending(path: $0)) }
        var fileOfTensor: [String: String] = [:]
        for file in files {
            for name in file.tensors.keys.sorted() {
                if let other = fileOfTensor.updateValue(file.path, forKey: name) {
                    throw HuggingFaceFolderError.duplicate(tensor: name, files: [other, file.path])
                }
            }
        }
        return files
    }

    private static func weightFiles(_ folder: URL) throws -> [String] {
        func exists(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: folder.appending(path: name).path)
        }
        if exists(single) { return [single] }
        guard exists(index) else { throw HuggingFaceFolderError.noWeights(folder: folder.path) }
        let url = folder.appending(path: index)
        let names = Set(try decoded(Index.self, contents(url), of: url).weight_map.values).sorted()
        // Names must not lead out of the folder.
        if let bad = names.first(where: { $0.isEmpty || $0.contains("/") || $0.hasPrefix(".") }) {
            throw HuggingFaceFolderError.badShardName(file: url.path, name: bad)
        }
        return names
    }

    /// The file of every tensor.
    private struct Index: Decodable {
        let weight_map: [String: String]
    }

    /// The text of config.json.
    package static func config(_ folder: URL) throws -> Data { try contents(configFile(folder)) }

    package static func configFile(_ folder: URL) -> URL { folder.appending(path: "config.json") }

    /// Every key of config.json.
    static func configValues(_ folder: URL) throws -> [String: MetadataText] {
        try decoded([String: MetadataText].self, config(folder), of: configFile(folder))
    }

    private static func contents(_ file: URL) throws -> Data {
        let stored = try PositionedFile(file)
        guard stored.sizeBytes <= longestJSON else { throw HuggingFaceFolderError.badJSON(file: file.path) }
        return Data(try stored.bytes(0..<stored.sizeBytes))
    }

    private static func decoded<T: Decodable>(_ type: T.Type, _ data: Data, of file: URL) throws -> T {
        guard let value = try? JSONDecoder().decode(T.self, from: data) else {
            throw HuggingFaceFolderError.badJSON(file: file.path)
        }
        return value
    }

    /// Far above the size of any index.
    private static let longestJSON = 256 << 20
}

package enum HuggingFaceFolderError: Error, CustomStringConvertible, Equatable {
    case noModel(folder: String)
    case noWeights(folder: String)
    case badJSON(file: String)
    case badShardName(file: String, name: String)
    case duplicate(tensor: String, files: [String])

    package var description: String {
        switch self {
        case .noModel(let folder):
            "\(folder): contains no model (neither config.json nor checkpoints of a run); name a GGUF file, a model "
                + "folder, "
                + "a checkpoint or a run folder"
        case .noWeights(let folder):
            "\(folder): has neither model.safetensors nor model.safetensors.index.json; copy the weights into it"
        case .badJSON(let file): "\(file): not a valid JSON object of the expected form; copy the folder again"
        case .badShardName(let file, let name):
            "\(file): names the weight file '\(name)', which is not a file name in the same folder; copy the folder "
                + "again"
        case .duplicate(let tensor, let files):
            "duplicate tensor '\(tensor)' in \(files.joined(separator: " and ")); copy the folder again"
        }
    }
}

// A model in GGUF: one file, or several that together are one (llama.cpp's gguf-split). All users see one model.
// Read next: GGUFPart.swift (a file), GGUFSplit.swift (which files belong together), GGUFMetadata.swift,
// StoredTensor.swift (the data), GGUFWriter.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMTensor

package struct GGUFFile: Sendable {
    /// The first file.
    package let path: String
    /// Of all files together.
    package let sizeBytes: Int
    /// Without the keys that say how the model was split.
    package let metadata: GGUFMetadata
    /// In the order of the files.
    package let tensors: [StoredTensor]
    /// Tensor data begins at multiples of this many bytes; of the first file.
    package let alignment: Int
    private let indices: [String: Int]

    static let magic: UInt32 = 0x4655_4747  // "GGUF", little-endian
    static let version: UInt32 = 3
    static let defaultAlignment = 32
    static let alignmentKey = "general.alignment"
    /// As many dimensions as ggml's tensors have.
    static let mostDimensions = 4

    /// Reads and checks everything but the weights; `url` is the file, or any part of a split model. Throws `GGUFError`
    /// or `FileError`.
    package init(_ url: URL) throws {
        let parts = try GGUFPart.all(of: url)
        (path, alignment) = (parts[0].path, parts[0].alignment)
        sizeBytes = parts.reduce(0) { $0 + $1.sizeBytes }
        metadata = parts[0].metadata.withoutSplit()
        tensors = parts.flatMap(\.tensors)
        var indices: [String: Int] = [:]
        for (index, tensor) in tensors.enumerated() {
            guard let other = indices.updateValue(index, forKey: tensor.name) else { continue }
            throw GGUFError.badTensor(
                file: tensor.path, name: tensor.name, reason: "stands in \(tensors[other].path) too")
        }
        self.indices = indices
    }

    /// Whether the tensor is there.
    package func has(_ name: String) -> Bool { indices[name] != nil }

    /// Throws `GGUFError.missingTensor`.
    package func tensor(_ name: String) throws -> StoredTensor {
        guard let index = indices[name] else { throw GGUFError.missingTensor(file: path, name: name) }
        return tensors[index]
    }

    /// The elements of a tensor of any type, as f32.
    package func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }

    static func isAlignment(_ value: Int) -> Bool {
        value >= 1 && value <= 1 << 20 && value.nonzeroBitCount == 1
    }
}

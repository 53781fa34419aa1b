// A model in GGUF: a single file, or several files of one model (llama.cpp's gguf-split), presented as one.
// Next: GGUFPart.swift (a file), GGUFSplit.swift (which files belong together), GGUFMetadata.swift, StoredTensor.swift
// (the data), GGUFWriter.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMTensor

package struct GGUFFile: Sendable {
    /// The first file.
    package let path: String
    /// Total size of the files.
    package let sizeBytes: Int
    /// The metadata without the keys about splitting.
    package let metadata: GGUFMetadata
    /// In file order.
    package let tensors: [StoredTensor]
    /// Tensor data is aligned to this many bytes, in the first file.
    package let alignment: Int
    private let indices: [String: Int]

    static let magic: UInt32 = 0x4655_4747  // "GGUF", little-endian
    static let version: UInt32 = 3
    static let defaultAlignment = 32
    static let alignmentKey = "general.alignment"
    /// Maximum number of dimensions of ggml's tensors.
    static let mostDimensions = 4

    /// Reads and checks everything but the weights; `url` is the file, or any file of a split model. Throws `GGUFError`
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
                file: tensor.path, name: tensor.name,
                reason: "duplicate of a tensor in \(tensors[other].path); fetch the model again")
        }
        self.indices = indices
    }

    /// Whether there is such a tensor.
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

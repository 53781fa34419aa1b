// A model split into several GGUF files, as written by llama.cpp's gguf-split and the gguf package:
// NAME-00001-of-00003.gguf and so on. The first part has the metadata, each has its own tensors, and `split.*` gives
// its number and their count.
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension GGUFMetadata {
    static let splitNumberKey = "split.no"
    static let splitCountKey = "split.count"
    /// Total number of tensors.
    static let splitTensorsKey = "split.tensors.count"

    func withoutSplit() -> GGUFMetadata {
        var result = self
        for key in [Self.splitNumberKey, Self.splitCountKey, Self.splitTensorsKey] { result[key] = nil }
        return result
    }
}

extension GGUFPart {
    /// The number of a part, and how many there are.
    private struct SplitIndex: Equatable {
        /// Counted from 0.
        let number: Int
        let count: Int

        /// The end of the file's name, where parts are counted from 1.
        var suffix: String { String(format: "-%05d-of-%05d.gguf", number + 1, count) }
    }

    /// All parts of the model that `url` belongs to, in order; just the file itself if the model is not split. Throws
    /// `GGUFError` if a part is missing or belongs to another model.
    static func all(of url: URL) throws -> [GGUFPart] {
        let given = try GGUFPart(url)
        guard let index = try given.splitIndex() else { return [given] }
        let name = url.lastPathComponent
        guard name.hasSuffix(index.suffix) else {
            throw GGUFError.badMetadata(
                file: url.path, key: GGUFMetadata.splitNumberKey,
                reason:
                    "says that this is part \(index.number + 1) of \(index.count) of a model, whose name must end in "
                    + "'\(index.suffix)'; restore the original names of the parts")
        }
        let base = name.dropLast(index.suffix.count)
        let parts = try (0..<index.count).map { number in
            guard number != index.number else { return given }
            let other = SplitIndex(number: number, count: index.count)
            let file = url.deletingLastPathComponent().appending(path: base + other.suffix)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw GGUFError.missingPart(
                    file: url.path, number: index.number + 1, count: index.count, missing: file.path)
            }
            let part = try GGUFPart(file)
            guard try part.splitIndex() == other else {
                throw GGUFError.badMetadata(
                    file: file.path, key: GGUFMetadata.splitNumberKey,
                    reason:
                        "and \(GGUFMetadata.splitCountKey) do not say part \(number + 1) of \(index.count), unlike the "
                        + "file's name; it belongs to another model: fetch it again")
            }
            return part
        }
        try requireOneModel(parts)
        return parts
    }

    private func splitIndex() throws -> SplitIndex? {
        guard let count = try metadata.integer(GGUFMetadata.splitCountKey), count > 1 else { return nil }
        let number = try metadata.required(GGUFMetadata.splitNumberKey, metadata.integer)
        guard (0..<count).contains(number), count <= Int(UInt16.max) else {
            throw GGUFError.badMetadata(
                file: path, key: GGUFMetadata.splitNumberKey,
                reason: "is \(number) with \(count) parts; it must be less than the count, and the count at most "
                    + "\(UInt16.max)")
        }
        return SplitIndex(number: number, count: count)
    }

    /// Checks that the parts belong to one model: later parts may repeat metadata of the first but not contradict it,
    /// and the number of tensors must match.
    private static func requireOneModel(_ parts: [GGUFPart]) throws {
        let first = parts[0]
        for part in parts.dropFirst() {
            let own = part.metadata.withoutSplit()
            for key in own.keys where key != GGUFFile.alignmentKey && own[key] != first.metadata[key] {
                throw GGUFError.badMetadata(
                    file: part.path, key: key,
                    reason:
                        "differs from \(first.path), the first part; fetch the model again"
                )
            }
        }
        let found = parts.reduce(0) { $0 + $1.tensors.count }
        if let wanted = try first.metadata.integer(GGUFMetadata.splitTensorsKey), wanted != found {
            throw GGUFError.badMetadata(
                file: first.path, key: GGUFMetadata.splitTensorsKey,
                reason: "is \(wanted), but the parts have \(found) tensors; fetch the model again")
        }
    }
}

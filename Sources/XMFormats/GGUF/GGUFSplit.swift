// A model in several GGUF files, as llama.cpp's gguf-split and the gguf package write it: NAME-00001-of-00003.gguf and
// so on. The first part has the metadata, each has its own tensors, and `split.*` says which part of how many it is.
// SPDX-License-Identifier: Apache-2.0

import Foundation

extension GGUFMetadata {
    static let splitNumberKey = "split.no"
    static let splitCountKey = "split.count"
    /// Tensors of all parts together.
    static let splitTensorsKey = "split.tensors.count"

    func withoutSplit() -> GGUFMetadata {
        var result = self
        for key in [Self.splitNumberKey, Self.splitCountKey, Self.splitTensorsKey] { result[key] = nil }
        return result
    }
}

extension GGUFPart {
    /// Which part of how many a file is.
    private struct Place: Equatable {
        /// From 0 on.
        let number: Int
        let count: Int

        /// How the file's name ends; names count from 1.
        var suffix: String { String(format: "-%05d-of-%05d.gguf", number + 1, count) }
    }

    /// The parts of the model that `url` is a part of, in order; only itself where the model is one file. Throws
    /// `GGUFError` for a part that is missing or belongs to another model.
    static func all(of url: URL) throws -> [GGUFPart] {
        let given = try GGUFPart(url)
        guard let place = try given.place() else { return [given] }
        let name = url.lastPathComponent
        guard name.hasSuffix(place.suffix) else {
            throw GGUFError.badMetadata(
                file: url.path, key: GGUFMetadata.splitNumberKey,
                reason: "says that this is part \(place.number + 1) of \(place.count) of a model, whose name ends in "
                    + "'\(place.suffix)'; give the parts back the names that they were written with")
        }
        let base = name.dropLast(place.suffix.count)
        let parts = try (0..<place.count).map { number in
            guard number != place.number else { return given }
            let other = Place(number: number, count: place.count)
            let file = url.deletingLastPathComponent().appending(path: base + other.suffix)
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw GGUFError.missingPart(
                    file: url.path, number: place.number + 1, count: place.count, missing: file.path)
            }
            let part = try GGUFPart(file)
            guard try part.place() == other else {
                throw GGUFError.badMetadata(
                    file: file.path, key: GGUFMetadata.splitNumberKey,
                    reason:
                        "with \(GGUFMetadata.splitCountKey) does not say part \(number + 1) of \(place.count), as the "
                        + "file's name does; it belongs to another model: fetch it again")
            }
            return part
        }
        try requireOneModel(parts)
        return parts
    }

    private func place() throws -> Place? {
        guard let count = try metadata.integer(GGUFMetadata.splitCountKey), count > 1 else { return nil }
        let number = try metadata.required(GGUFMetadata.splitNumberKey, metadata.integer)
        guard (0..<count).contains(number), count <= Int(UInt16.max) else {
            throw GGUFError.badMetadata(
                file: path, key: GGUFMetadata.splitNumberKey,
                reason: "is \(number) of \(count) parts; 0 to one less than the count is wanted, and at most "
                    + "\(UInt16.max) parts")
        }
        return Place(number: number, count: count)
    }

    /// The first part speaks for all: the others may repeat it and not contradict it, and their tensors are all that it
    /// counts.
    private static func requireOneModel(_ parts: [GGUFPart]) throws {
        let first = parts[0]
        for part in parts.dropFirst() {
            let own = part.metadata.withoutSplit()
            for key in own.keys where key != GGUFFile.alignmentKey && own[key] != first.metadata[key] {
                throw GGUFError.badMetadata(
                    file: part.path, key: key,
                    reason: "is not as in \(first.path), the first part; the files are of different models")
            }
        }
        let found = parts.reduce(0) { $0 + $1.tensors.count }
        if let wanted = try first.metadata.integer(GGUFMetadata.splitTensorsKey), wanted != found {
            throw GGUFError.badMetadata(
                file: first.path, key: GGUFMetadata.splitTensorsKey,
                reason: "is \(wanted), and the parts have \(found) tensors; fetch the model again")
        }
    }
}

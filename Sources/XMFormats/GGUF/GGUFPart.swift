// One file of GGUF version 3: magic, counts, metadata, tensor infos, padding, data; all little-endian. Every length,
// count, offset and shape is checked before use. https://github.com/ggml-org/ggml, docs/gguf.md.
// Read next: GGUFCursor.swift, GGUFFile.swift, which joins the parts of a split model.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport
import XMTensor

/// One file: a whole model, or a part of a split one.
struct GGUFPart: Sendable {
    let path: String
    let sizeBytes: Int
    let metadata: GGUFMetadata
    /// In file order.
    let tensors: [StoredTensor]
    /// Tensor data is aligned to this many bytes.
    let alignment: Int

    /// Reads and checks everything but the weights.
    init(_ url: URL) throws {
        path = url.path
        let file = try PositionedFile(url)
        sizeBytes = file.sizeBytes
        var cursor = GGUFCursor(file)
        do {
            let counts = try Self.header(&cursor)
            metadata = try Self.metadata(&cursor, count: counts.metadata, path: url.path)
            alignment = try Self.alignment(metadata, path: url.path)
            let infos = try Self.infos(&cursor, count: counts.tensors, path: url.path)
            tensors = try Self.placed(infos, after: cursor.offset, alignment: alignment, file: file, path: url.path)
        } catch let reason as GGUFReason {
            throw GGUFError.malformed(file: url.path, reason: reason.text)
        }
    }

    // MARK: - The sections of a file, in order

    private static func header(_ cursor: inout GGUFCursor) throws -> (tensors: UInt64, metadata: UInt64) {
        guard try cursor.integer("the magic number") == GGUFFile.magic else {
            throw GGUFReason(text: "it does not begin with 'GGUF'")
        }
        let version: UInt32 = try cursor.integer("the version")
        guard version == GGUFFile.version else {
            let hint = version == GGUFFile.version.byteSwapped ? "; it was written for big-endian machines" : ""
            throw GGUFReason(
                text: "it has version \(version)\(hint); only version 3 is supported: convert the model again")
        }
        let tensors: UInt64 = try cursor.integer("the count of tensors")
        let metadata: UInt64 = try cursor.integer("the count of metadata keys")
        // A key takes at least 8 bytes for its length, 4 for the type and 1 for the value; a tensor 8 + 4 + 4 + 8.
        guard metadata <= UInt64(cursor.left / 13), tensors <= UInt64(cursor.left / 24) else {
            throw GGUFReason(
                text: "\(metadata) keys and \(tensors) tensors do not fit \(cursor.left) bytes; it may be truncated")
        }
        return (tensors, metadata)
    }

    private static func metadata(
        _ cursor: inout GGUFCursor, count: UInt64, path: String
    ) throws -> GGUFMetadata {
        var metadata = GGUFMetadata(file: path)
        for number in 0..<count {
            let key = try cursor.string("the name of metadata key \(number)")
            do {
                guard metadata[key] == nil else { throw GGUFReason(text: "duplicate") }
                let type = try cursor.valueType("the type of its value")
                metadata[key] =
                    type == .array ? .array(try GGUFArray(&cursor)) : try cursor.scalar(type)
            } catch let reason as GGUFReason {
                throw GGUFError.badMetadata(file: path, key: key, reason: reason.text)
            }
        }
        return metadata
    }

    private static func alignment(_ metadata: GGUFMetadata, path: String) throws -> Int {
        let alignment = try metadata.integer(GGUFFile.alignmentKey) ?? GGUFFile.defaultAlignment
        guard GGUFFile.isAlignment(alignment) else {
            throw GGUFError.badMetadata(
                file: path, key: GGUFFile.alignmentKey, reason: "is \(alignment); it must be a power of two up to 2^20")
        }
        return alignment
    }

    /// A tensor info; the offset is relative to the start of the data.
    private struct Info {
        let name: String
        let typeName: String
        /// nil for a type that this program cannot compute with.
        let type: QuantizationType?
        let shape: [Int]
        let sizeBytes: Int
        let offset: UInt64
    }

    private static func infos(_ cursor: inout GGUFCursor, count: UInt64, path: String) throws -> [Info] {
        var infos: [Info] = []
        var names: Set<String> = []
        for number in 0..<count {
            let name = try cursor.string("the name of tensor \(number)")
            do {
                // Checked at once: a bogus count that runs into zeros would otherwise collect nameless tensors.
                guard names.insert(name).inserted else { throw GGUFReason(text: "duplicate") }
                let dimensions: UInt32 = try cursor.integer("the count of dimensions")
                guard dimensions <= UInt32(GGUFFile.mostDimensions) else {
                    throw GGUFReason(
                        text: "has \(dimensions) dimensions; at most \(GGUFFile.mostDimensions) are allowed")
                }
                var reversed: [Int] = []
                for _ in 0..<dimensions {
                    let dimension: UInt64 = try cursor.integer("a dimension")
                    guard let dimension = Int(exactly: dimension) else {
                        throw GGUFReason(text: "has the dimension \(dimension), which overflows 64 bits")
                    }
                    reversed.append(dimension)
                }
                let typeNumber: UInt32 = try cursor.integer("the type")
                let offset: UInt64 = try cursor.integer("the offset")
                let shape = Array(reversed.reversed())
                let (type, foreign) = (QuantizationType(rawValue: typeNumber), GGUFForeignType(number: typeNumber))
                guard let typeName = type?.name ?? foreign?.name,
                    let size = try type?.sizeBytes(shape: shape) ?? foreign?.sizeBytes(shape: shape)
                else { throw GGUFError.unknownTensorType(file: path, name: name, type: typeNumber) }
                infos.append(
                    Info(name: name, typeName: typeName, type: type, shape: shape, sizeBytes: size, offset: offset))
            } catch let reason as GGUFReason {
                throw GGUFError.badTensor(file: path, name: name, reason: reason.text)
            } catch let error as QuantizationError {
                throw GGUFError.badTensor(file: path, name: name, reason: error.description)
            }
        }
        return infos
    }

    /// Resolves the byte ranges of tensors, which must be inside the file, aligned, and disjoint.
    private static func placed(
        _ infos: [Info], after end: Int, alignment: Int, file: PositionedFile, path: String
    ) throws -> [StoredTensor] {
        let dataStart = (end + alignment - 1) / alignment * alignment
        let available = max(0, file.sizeBytes - dataStart)
        let entries = try infos.map { info in
            guard info.offset % UInt64(alignment) == 0 else {
                throw GGUFError.badTensor(
                    file: path, name: info.name, reason: "its offset \(info.offset) is not a multiple of \(alignment)")
            }
            guard info.offset <= UInt64(available), info.sizeBytes <= available - Int(info.offset) else {
                throw GGUFError.badTensor(
                    file: path, name: info.name,
                    reason: "\(info.sizeBytes) bytes at \(info.offset) extend beyond the \(available) bytes of data; "
                        + "the file may be truncated")
            }
            // An empty tensor may have any offset; the file may even end before the data.
            let start = info.sizeBytes == 0 ? 0 : dataStart + Int(info.offset)
            return StoredTensor(
                name: info.name, typeName: info.typeName, type: info.type, shape: info.shape,
                range: start..<start + info.sizeBytes, file: file)
        }
        let ordered = entries.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (a, b) in zip(ordered, ordered.dropFirst()) where a.range.upperBound > b.range.lowerBound {
            throw GGUFError.badTensor(file: path, name: b.name, reason: "overlaps tensor '\(a.name)'")
        }
        return entries
    }
}

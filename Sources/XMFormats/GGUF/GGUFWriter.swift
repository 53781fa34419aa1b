// Writes GGUF version 3: metadata and tensors in the given order, streaming the weights and replacing the file
// atomically.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
package import XMTensor

/// A tensor to be written.
package struct GGUFTensor {
    /// Receives the next bytes of a tensor, valid during the call.
    package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    package let name: String
    package let type: QuantizationType
    /// Outermost dimension first: [rows, columns] for a matrix. Rows must consist of whole blocks.
    package let shape: [Int]
    /// Passes all bytes to the sink, in chunks of any size.
    let produce: (Sink) throws -> Void

    /// A tensor whose bytes are produced while it is written, for example quantised row by row.
    package init(name: String, type: QuantizationType, shape: [Int], produce: @escaping (Sink) throws -> Void) {
        (self.name, self.type, self.shape, self.produce) = (name, type, shape, produce)
    }

    /// A tensor in memory, which must stay valid until the writer returns.
    package init(name: String, type: QuantizationType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        self.init(name: name, type: type, shape: shape) { sink in try sink(bytes) }
    }
}

package enum GGUFWriter {
    /// Maximum length of a tensor's name: ggml has 64 bytes including the terminator.
    private static let longestName = 63

    /// Replaces the file atomically; an error thrown by `check` just before that cancels it. The data is aligned to the
    /// metadata's `general.alignment`, by default 32 bytes. Throws `GGUFError.badTensor` or `.badMetadata` for anything
    /// that readers would reject, before writing; `.badTensor` for a tensor that produces more or fewer bytes than its
    /// shape requires; and `FileError.notWritten`.
    package static func write(
        _ tensors: [GGUFTensor], metadata: GGUFMetadata, to url: URL, check: () throws -> Void = {}
    ) throws {
        let alignment = try metadata.integer(GGUFFile.alignmentKey) ?? GGUFFile.defaultAlignment
        guard GGUFFile.isAlignment(alignment) else {
            throw GGUFError.badMetadata(
                file: url.path, key: GGUFFile.alignmentKey, reason: "is \(alignment); it must be a power of two")
        }
        let sizes = try checkedSizes(tensors, file: url.path)
        var header = header(tensors, sizes: sizes, metadata: metadata, alignment: alignment)
        header.append(contentsOf: repeatElement(0, count: padding(header.count, alignment)))
        try AtomicFile.create(url, check: check) { file in
            try header.withUnsafeBytes { try file.write($0) }
            for (tensor, size) in zip(tensors, sizes) {
                var written = 0
                try tensor.produce { bytes in
                    written += bytes.count
                    try file.write(bytes)
                }
                guard written == size else {
                    throw GGUFError.badTensor(
                        file: url.path, name: tensor.name,
                        reason:
                            "produced \(written) bytes; \(tensor.type.name) of shape \(tensor.shape) has \(size)"
                    )
                }
                try [UInt8](repeating: 0, count: padding(size, alignment)).withUnsafeBytes { try file.write($0) }
            }
        }
    }

    private static func padding(_ size: Int, _ alignment: Int) -> Int {
        (alignment - size % alignment) % alignment
    }

    /// Sizes of the tensors in bytes; throws for an invalid name or shape.
    private static func checkedSizes(_ tensors: [GGUFTensor], file: String) throws -> [Int] {
        var names: Set<String> = []
        return try tensors.map { tensor in
            func refuse(_ reason: String) -> GGUFError { .badTensor(file: file, name: tensor.name, reason: reason) }
            guard names.insert(tensor.name).inserted else { throw refuse("duplicate") }
            guard !tensor.name.isEmpty, tensor.name.utf8.count <= longestName else {
                throw refuse("the name has \(tensor.name.utf8.count) bytes; it must have 1 to \(longestName)")
            }
            guard tensor.shape.count <= GGUFFile.mostDimensions, tensor.shape.allSatisfy({ $0 >= 0 }) else {
                throw refuse("invalid shape \(tensor.shape); at most \(GGUFFile.mostDimensions) dimensions are allowed")
            }
            do {
                return try tensor.type.sizeBytes(shape: tensor.shape)
            } catch let error as QuantizationError {
                throw refuse(error.description)
            }
        }
    }

    /// Everything before the data, without padding.
    private static func header(
        _ tensors: [GGUFTensor], sizes: [Int], metadata: GGUFMetadata, alignment: Int
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(GGUFFile.magic)
        bytes.appendLittleEndian(GGUFFile.version)
        bytes.appendLittleEndian(UInt64(tensors.count))
        bytes.appendLittleEndian(UInt64(metadata.keys.count))
        for key in metadata.keys {
            guard let value = metadata[key] else { continue }
            bytes.appendString(key)
            bytes.appendLittleEndian(value.type.rawValue)
            value.encode(to: &bytes)
        }
        var offset = 0
        for (tensor, size) in zip(tensors, sizes) {
            bytes.appendString(tensor.name)
            bytes.appendLittleEndian(UInt32(tensor.shape.count))
            for dimension in tensor.shape.reversed() { bytes.appendLittleEndian(UInt64(dimension)) }
            bytes.appendLittleEndian(tensor.type.rawValue)
            bytes.appendLittleEndian(UInt64(offset))
            offset += size + padding(size, alignment)
        }
        return bytes
    }
}

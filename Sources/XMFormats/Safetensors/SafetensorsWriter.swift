// Writes safetensors: header padded with spaces to a multiple of 8, tensors in the given order, streamed.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// A tensor to be written.
package struct SafetensorsTensor {
    /// Receives the next bytes of a tensor, valid during the call.
    package typealias Sink = (UnsafeRawBufferPointer) throws -> Void

    package let name: String
    package let dtype: SafetensorsDType
    package let shape: [Int]
    /// Passes all bytes to the sink, in chunks of any size.
    let produce: (Sink) throws -> Void

    var sizeBytes: Int { shape.reduce(dtype.size, *) }

    /// A tensor whose bytes are produced while it is written.
    package init(name: String, dtype: SafetensorsDType, shape: [Int], produce: @escaping (Sink) throws -> Void) {
        (self.name, self.dtype, self.shape, self.produce) = (name, dtype, shape, produce)
    }

    /// A tensor in memory, which must stay valid until the writer returns.
    package init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == shape.reduce(dtype.size, *))
        self.init(name: name, dtype: dtype, shape: shape) { sink in try sink(bytes) }
    }
}

package enum SafetensorsWriter {
    /// Replaces the file atomically. Throws `SafetensorsError.badTensor` for a tensor that produces more or fewer bytes
    /// than its shape requires, and `FileError.notWritten`, for example on a full disk.
    package static func write(_ tensors: [SafetensorsTensor], metadata: [String: String], to url: URL) throws {
        var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
        var offset = 0
        for tensor in tensors {
            header[tensor.name] = [
                "dtype": tensor.dtype.rawValue, "shape": tensor.shape,
                "data_offsets": [offset, offset + tensor.sizeBytes],
            ]
            offset += tensor.sizeBytes
        }
        var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
        json.append(contentsOf: repeatElement(0x20, count: (8 - json.count % 8) % 8))
        try AtomicFile.create(url) { file in
            try withUnsafeBytes(of: UInt64(json.count).littleEndian) { try file.write($0) }
            try json.withUnsafeBytes { try file.write($0) }
            for tensor in tensors {
                var written = 0
                try tensor.produce { bytes in
                    written += bytes.count
                    try file.write(bytes)
                }
                guard written == tensor.sizeBytes else {
                    throw SafetensorsError.badTensor(
                        file: url.path, name: tensor.name,
                        reason: "produced \(written) bytes; its shape requires \(tensor.sizeBytes)")
                }
            }
        }
    }
}

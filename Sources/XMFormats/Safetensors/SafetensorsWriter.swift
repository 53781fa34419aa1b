// Writing safetensors: header padded with spaces to a multiple of 8, tensors in the given order, streamed.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// A tensor to be written: its bytes must stay valid until the writer returns.
package struct SafetensorsTensor {
    package let name: String
    package let dtype: SafetensorsDType
    package let shape: [Int]
    package let bytes: UnsafeRawBufferPointer

    package init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == shape.reduce(dtype.size, *))
        (self.name, self.dtype, self.shape, self.bytes) = (name, dtype, shape, bytes)
    }
}

package enum SafetensorsWriter {
    /// Replaces the file atomically. Throws `FileError.notWritten`, for example on a full disk.
    package static func write(_ tensors: [SafetensorsTensor], metadata: [String: String], to url: URL) throws {
        var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
        var offset = 0
        for tensor in tensors {
            header[tensor.name] = [
                "dtype": tensor.dtype.rawValue, "shape": tensor.shape,
                "data_offsets": [offset, offset + tensor.bytes.count],
            ]
            offset += tensor.bytes.count
        }
        var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
        json.append(contentsOf: repeatElement(0x20, count: (8 - json.count % 8) % 8))
        try AtomicFile.create(url) { file in
            try withUnsafeBytes(of: UInt64(json.count).littleEndian) { try file.write($0) }
            try json.withUnsafeBytes { try file.write($0) }
            for tensor in tensors { try file.write(tensor.bytes) }
        }
    }
}

// One tensor of a model file of either format: its description in the header, and access to its bytes, which are read
// on demand into the caller's memory instead of being mapped (XMSupport/Files/PositionedFile.swift explains why).
// SPDX-License-Identifier: Apache-2.0

import XMSupport
package import XMTensor

package struct StoredTensor: Sendable {
    package let name: String
    /// The format's name of the type: "F32", "Q8_0", "I64", "F8_E4M3".
    package let typeName: String
    /// nil for integers and other types that this program cannot compute with.
    package let type: QuantizationType?
    /// Outermost dimension first. [rows, columns] for a matrix.
    package let shape: [Int]
    /// Byte range in the file.
    package let range: Range<Int>
    let file: PositionedFile

    package var elementCount: Int { shape.reduce(1, *) }
    /// The file, for errors.
    package var path: String { file.path }

    /// A copy of the bytes. Like all reading methods, throws `FileError.changed` if the file was modified.
    package func bytes() throws -> [UInt8] { try file.bytes(range) }

    /// Copies the bytes to `memory` [range.count bytes].
    package func read(into memory: UnsafeMutableRawPointer) throws {
        try file.read(
            at: range.lowerBound, into: UnsafeMutableRawBufferPointer(start: memory, count: range.count))
    }

    /// The tensor as a matrix with the last dimension as columns; a vector is one row. Throws
    /// `StoredTensorError.notFloats`.
    package func matrix(order: RotaryOrder? = nil) throws -> StoredMatrix {
        guard let type else { throw StoredTensorError.notFloats(file: path, name: name, type: typeName) }
        let columns = shape.last ?? 1
        return try StoredMatrix(
            type: type, rows: elementCount / max(columns, 1), columns: columns, in: file, at: range.lowerBound,
            order: order)
    }

    /// The elements as f32.
    package func floats() throws -> [Float] {
        let matrix = try matrix()
        return try matrix.floats(0..<matrix.rows)
    }
}

package enum StoredTensorError: Error, CustomStringConvertible, Equatable {
    case notFloats(file: String, name: String, type: String)

    package var description: String {
        switch self {
        case .notFloats(let file, let name, let type):
            "\(file): tensor '\(name)' has the unsupported type \(type); supported are F32, F16, BF16, and in GGUF "
                + QuantizationType.allCases.filter { $0.blockSize > 1 }.map(\.name).joined(separator: ", ")
        }
    }
}

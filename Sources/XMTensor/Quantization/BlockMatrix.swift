// A weight matrix in memory, as a model file stores it: rows of blocks. Read next: QuantizationType.swift for the
// formats, StoredMatrix.swift for matrices still in their file, ../LinearWeight.swift for what the matmuls make of
// both.
// SPDX-License-Identifier: Apache-2.0

/// A matrix [rows, columns] in a block format: a view of memory that must outlive it.
package struct BlockMatrix: MatrixRows, @unchecked Sendable {
    package let type: QuantizationType
    package let rows: Int
    package let columns: Int
    package let rowBytes: Int
    /// Rows one after the other, `rowBytes` each, at any alignment.
    package let blocks: UnsafeRawPointer

    /// Throws `QuantizationError.raggedRow` if a row is not whole blocks.
    package init(type: QuantizationType, rows: Int, columns: Int, blocks: UnsafeRawPointer) throws {
        (self.type, self.rows, self.columns, self.blocks) = (type, rows, columns, blocks)
        rowBytes = try type.sizeBytes(shape: [columns])
    }

    /// The blocks of row i.
    package func row(_ i: Int) -> UnsafeRawPointer { blocks + i * rowBytes }

    /// values [columns] = row i.
    package func dequantize(row i: Int, into values: UnsafeMutablePointer<Float>) {
        type.dequantize(
            UnsafeRawBufferPointer(start: row(i), count: rowBytes),
            into: UnsafeMutableBufferPointer(start: values, count: columns))
    }

    package func read(_ range: Range<Int>, into memory: UnsafeMutableRawPointer) {
        memory.copyMemory(from: row(range.lowerBound), byteCount: range.count * rowBytes)
    }
}

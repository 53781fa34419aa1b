// A weight matrix in a model file. Rows are read on demand into memory of our own, undoing the rotary permutation of
// some files on the way. Reading at positions (pread) needs no lock between threads. Read next: MatrixRows.swift,
// RotaryOrder.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

package struct StoredMatrix: MatrixRows {
    package let type: QuantizationType
    package let rows: Int
    package let columns: Int
    package let rowBytes: Int
    private let file: PositionedFile
    /// Byte offset of row 0 in the file; rows are contiguous.
    private let offset: Int
    /// nil if rows are stored in our order.
    private let order: RotaryOrder?

    /// Throws `QuantizationError.raggedRow` if a row is not whole blocks. With an `order`, rows must be whole heads.
    package init(
        type: QuantizationType, rows: Int, columns: Int, in file: PositionedFile, at offset: Int,
        order: RotaryOrder? = nil
    ) throws {
        precondition(order.map { rows % $0.headSize == 0 } ?? true)
        (self.type, self.rows, self.columns) = (type, rows, columns)
        (self.file, self.offset, self.order) = (file, offset, order)
        rowBytes = try type.sizeBytes(shape: [columns])
    }

    package func read(_ range: Range<Int>, into memory: UnsafeMutableRawPointer) throws {
        guard let order, let first = range.map(order.storedRow).min(), let last = range.map(order.storedRow).max()
        else {
            return try readStored(range, into: memory)
        }
        // The permutation stays inside a head, so first...last is at most a head longer than `range` at either end.
        let size = (last - first + 1) * rowBytes
        let stored = UnsafeMutableRawPointer.allocate(byteCount: max(size, 1), alignment: 64)
        defer { stored.deallocate() }
        try readStored(first..<last + 1, into: stored)
        for (index, row) in range.enumerated() {
            let source = stored + (order.storedRow(row) - first) * rowBytes
            (memory + index * rowBytes).copyMemory(from: source, byteCount: rowBytes)
        }
    }

    private func readStored(_ range: Range<Int>, into memory: UnsafeMutableRawPointer) throws {
        try file.read(
            at: offset + range.lowerBound * rowBytes,
            into: UnsafeMutableRawBufferPointer(start: memory, count: range.count * rowBytes))
    }
}

// A weight matrix as a model file stores it: rows of blocks in memory that outlives the view (a mapped file).
// Read next: QuantizationType.swift for the formats, ../LinearWeight.swift for what products make of it.
// SPDX-License-Identifier: Apache-2.0

/// One matrix [rows, columns] in a block format.
package struct BlockMatrix: @unchecked Sendable {
    package let type: QuantizationType
    package let rows: Int
    package let columns: Int
    /// Rows one after the other, `rowBytes` each; needs no alignment.
    package let blocks: UnsafeRawPointer
    /// [rows]: the stored row that row i of the matrix is; nil where rows stand as stored. Undoes a permutation of the
    /// rows, such as the one that some files apply for their rotary embedding.
    package let rowOrder: [Int32]?
    package let rowBytes: Int

    /// Throws `QuantizationError.raggedRow` where the columns are not whole blocks.
    package init(
        type: QuantizationType, rows: Int, columns: Int, blocks: UnsafeRawPointer, rowOrder: [Int32]? = nil
    ) throws {
        if let rowOrder {
            precondition(rowOrder.count == rows && rowOrder.allSatisfy { $0 >= 0 && $0 < rows })
        }
        (self.type, self.rows, self.columns) = (type, rows, columns)
        (self.blocks, self.rowOrder) = (blocks, rowOrder)
        rowBytes = try type.sizeBytes(shape: [columns])
    }

    /// The blocks of row i.
    package func row(_ i: Int) -> UnsafeRawPointer {
        blocks + (rowOrder.map { Int($0[i]) } ?? i) * rowBytes
    }

    /// values [columns] = row i.
    package func dequantize(row i: Int, into values: UnsafeMutablePointer<Float>) {
        type.dequantize(
            UnsafeRawBufferPointer(start: row(i), count: rowBytes),
            into: UnsafeMutableBufferPointer(start: values, count: columns))
    }

    /// Row i as f32, [columns].
    package func floats(row i: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: columns) { buffer, count in
            if let start = buffer.baseAddress { dequantize(row: i, into: start) }
            count = columns
        }
    }

    /// The same matrix in memory of the arena, rows in order.
    package func copied(in arena: Arena, name: String) throws -> BlockMatrix {
        let memory = try arena.reserve("embedding table", name, bytes: rows * rowBytes)
        if !arena.isDryRun {
            for i in 0..<rows { (memory + i * rowBytes).copyMemory(from: row(i), byteCount: rowBytes) }
        }
        return try BlockMatrix(type: type, rows: rows, columns: columns, blocks: memory)
    }
}

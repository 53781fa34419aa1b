// A matrix in a file's own storage type: plain floats or blocks of quantised weights, row by row.
// SPDX-License-Identifier: Apache-2.0

/// Rows of one matrix in memory that outlives this value, a mapped file for instance.
package struct BlockMatrix: @unchecked Sendable {
    package let type: QuantizationType
    package let rows: Int
    package let columns: Int
    /// Whole blocks, row after row; needs no alignment.
    package let blocks: UnsafeRawPointer
    /// Where row i lies in memory; nil: in order. Undoes a permutation that the file's format asks for.
    package let rowOrder: [Int32]?

    package init(type: QuantizationType, rows: Int, columns: Int, blocks: UnsafeRawPointer, rowOrder: [Int32]? = nil) {
        precondition(columns % type.blockSize == 0 && rowOrder?.count ?? rows == rows)
        (self.type, self.rows, self.columns, self.blocks) = (type, rows, columns, blocks)
        self.rowOrder = rowOrder
    }

    package var rowBytes: Int { columns / type.blockSize * type.bytesPerBlock }
    package var sizeBytes: Int { rows * rowBytes }

    /// The blocks of row i.
    package func row(_ i: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: blocks + Int(rowOrder?[i] ?? Int32(i)) * rowBytes, count: rowBytes)
    }

    /// Row i as f32, [columns].
    package func floats(row i: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: columns) { buffer, count in
            type.dequantize(row(i), into: UnsafeMutableBufferPointer(rebasing: buffer[..<columns]))
            count = columns
        }
    }

    /// The same matrix in memory of the arena, in order.
    package func copied(in arena: Arena, name: String) throws -> BlockMatrix {
        let memory = try arena.reserve("embedding table", name, bytes: sizeBytes)
        if !arena.isDryRun {
            for i in 0..<rows { (memory + i * rowBytes).copyMemory(from: row(i).baseAddress!, byteCount: rowBytes) }
        }
        return BlockMatrix(type: type, rows: rows, columns: columns, blocks: memory)
    }
}

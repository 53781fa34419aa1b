// Rows of blocks that can be read a few at a time, wherever they are: the input of packing, copying and exporting. A
// model larger than memory can thus be converted. Read next: StoredMatrix.swift (in a file), BlockMatrix.swift (in
// memory).
// SPDX-License-Identifier: Apache-2.0

/// A matrix [rows, columns] in a block format.
package protocol MatrixRows: Sendable {
    var type: QuantizationType { get }
    var rows: Int { get }
    var columns: Int { get }
    /// Bytes of a row, which is whole blocks.
    var rowBytes: Int { get }
    /// memory [range.count * rowBytes bytes] = the blocks of those rows. Must be safe to call from several threads at
    /// once.
    func read(_ range: Range<Int>, into memory: UnsafeMutableRawPointer) throws
}

extension MatrixRows {
    /// Consecutive ranges of about 1 MiB that cover all rows: large enough for fast reads, small enough to stay in
    /// cache.
    package var pieces: [Range<Int>] { pieces(of: 0..<rows) }

    private func pieces(of range: Range<Int>) -> [Range<Int>] {
        let step = max(1, (1 << 20) / max(rowBytes, 1))
        return stride(from: range.lowerBound, to: range.upperBound, by: step).map {
            $0..<min($0 + step, range.upperBound)
        }
    }

    /// Calls `body` with those rows as a matrix in memory that is valid for the duration of the call.
    package func withRows<R>(_ range: Range<Int>, _ body: (BlockMatrix) throws -> R) throws -> R {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(range.count * rowBytes, 1), alignment: 64)
        defer { memory.deallocate() }
        try read(range, into: memory)
        return try body(BlockMatrix(type: type, rows: range.count, columns: columns, blocks: memory))
    }

    /// values [range.count, columns] = those rows.
    package func dequantize(_ range: Range<Int>, into values: UnsafeMutablePointer<Float>) throws {
        // f32 needs no conversion, hence no second buffer.
        guard type != .f32 else { return try read(range, into: values) }
        for piece in pieces(of: range) {
            let target = values + (piece.lowerBound - range.lowerBound) * columns
            try withRows(piece) { part in
                type.dequantize(
                    UnsafeRawBufferPointer(start: part.blocks, count: piece.count * rowBytes),
                    into: UnsafeMutableBufferPointer(start: target, count: piece.count * columns))
            }
        }
    }

    /// Those rows as f32, [range.count, columns].
    package func floats(_ range: Range<Int>) throws -> [Float] {
        try [Float](unsafeUninitializedCapacity: range.count * columns) { buffer, count in
            if let start = buffer.baseAddress { try dequantize(range, into: start) }
            count = range.count * columns
        }
    }
}

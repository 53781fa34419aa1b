// From rows of f32 to the bytes of a file, a few megabytes at a time. Rows are read, permuted and rounded by all
// threads; every row is rounded on its own, so the bytes do not depend on their number.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// Encodes matrices for a writer and says how far the whole work is.
package final class TensorStream {
    package typealias Progress = (Double) throws -> Void

    private let pool: ThreadPool
    /// Called with the share of the work that is done, 0 to 1; what it throws ends the work.
    private let progress: Progress
    private let totalElements: Int
    private var doneElements = 0

    /// Values of one piece that is handed to the file.
    private static let pieceElements = 1 << 22
    /// Values of one task.
    private static let taskElements = 1 << 16

    package init(pool: ThreadPool, totalElements: Int, progress: @escaping Progress = { _ in }) {
        (self.pool, self.totalElements, self.progress) = (pool, totalElements, progress)
    }

    /// Hands the rows of a matrix to `sink` as `type`. `read` fills [rows.count, columns] and is called from several
    /// threads. Throws its error, or `TensorStreamError` for a value that the type cannot hold.
    func encode(
        _ name: String, rows: Int, columns: Int, as type: QuantizationType,
        read: (_ rows: Range<Int>, _ values: UnsafeMutableBufferPointer<Float>) throws -> Void,
        to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let rowBytes = try type.sizeBytes(shape: [columns])
        let taskRows = max(1, Self.taskElements / max(columns, 1))
        let pieceRows = max(1, Self.pieceElements / max(columns, 1) / taskRows) * taskRows
        let scratch = (0..<pool.threadCount).map { _ in
            UnsafeMutableBufferPointer<Float>.allocate(capacity: taskRows * columns)
        }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: min(rows, pieceRows) * rowBytes, alignment: 64)
        defer {
            scratch.forEach { $0.deallocate() }
            bytes.deallocate()
        }
        for first in stride(from: 0, to: rows, by: pieceRows) {
            let count = min(pieceRows, rows - first)
            try pool.tryRun((count + taskRows - 1) / taskRows) { task, worker in
                let part = task * taskRows..<min(count, (task + 1) * taskRows)
                let values = UnsafeMutableBufferPointer(rebasing: scratch[worker][..<(part.count * columns)])
                let range = first + part.lowerBound..<first + part.upperBound
                try read(range, values)
                let target = bytes[part.lowerBound * rowBytes..<part.upperBound * rowBytes]
                do {
                    try type.quantize(
                        UnsafeBufferPointer(values), into: UnsafeMutableRawBufferPointer(rebasing: target))
                } catch let error as QuantizationError {
                    throw TensorStreamError.unfit(
                        tensor: name, firstRow: range.lowerBound, columns: columns, cause: error)
                }
            }
            try sink(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<(count * rowBytes)]))
            try advance(count * columns)
        }
    }

    /// Hands over a tensor that has its bytes already.
    func copy(
        _ bytes: UnsafeRawBufferPointer, elements: Int, to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try sink(bytes)
        try advance(elements)
    }

    private func advance(_ elements: Int) throws {
        doneElements += elements
        try progress(totalElements > 0 ? Double(doneElements) / Double(totalElements) : 1)
    }
}

package enum TensorStreamError: Error, CustomStringConvertible, Equatable {
    /// The cause counts its values from the first of `firstRow`.
    case unfit(tensor: String, firstRow: Int, columns: Int, cause: QuantizationError)

    package var description: String {
        switch self {
        case .unfit(let tensor, let firstRow, let columns, let cause):
            "tensor '\(tensor)', rows of \(columns) from row \(firstRow) on: \(cause)"
        }
    }
}

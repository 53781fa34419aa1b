// Encodes f32 rows as the bytes of a file, a few megabytes at a time. All threads read and quantise rows; every row is
// quantised on its own, so the bytes do not depend on the number of threads.
// SPDX-License-Identifier: Apache-2.0

package import XMTensor

/// Encodes matrices for a writer and reports the overall progress.
package final class TensorStream {
    package typealias Progress = (Double) throws -> Void

    private let pool: ThreadPool
    /// Called with the fraction of the work done, 0 to 1; an error thrown by it cancels the work.
    private let progress: Progress
    private let totalElements: Int
    private var doneElements = 0

    /// Values per chunk written to the file.
    private static let chunkElements = 1 << 22
    /// Values per task of a thread.
    private static let taskElements = 1 << 16

    package init(pool: ThreadPool, totalElements: Int, progress: @escaping Progress = { _ in }) {
        (self.pool, self.totalElements, self.progress) = (pool, totalElements, progress)
    }

    /// Passes the rows of a matrix to `sink`, encoded as `type`. `read` fills [rows.count, columns] and is called from
    /// several threads. Throws its errors, or `TensorStreamError` for a value that the type cannot represent.
    func encode(
        _ name: String, rows: Int, columns: Int, as type: QuantizationType,
        read: (_ rows: Range<Int>, _ values: UnsafeMutableBufferPointer<Float>) throws -> Void,
        to sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let rowBytes = try type.sizeBytes(shape: [columns])
        let taskRows = max(1, Self.taskElements / max(columns, 1))
        let chunkRows = max(1, Self.chunkElements / max(columns, 1) / taskRows) * taskRows
        let scratch = (0..<pool.threadCount).map { _ in
            UnsafeMutableBufferPointer<Float>.allocate(capacity: taskRows * columns)
        }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: min(rows, chunkRows) * rowBytes, alignment: 64)
        defer {
            scratch.forEach { $0.deallocate() }
            bytes.deallocate()
        }
        for first in stride(from: 0, to: rows, by: chunkRows) {
            let count = min(chunkRows, rows - first)
            try pool.tryRun((count + taskRows - 1) / taskRows) { task, worker in
                let slice = task * taskRows..<min(count, (task + 1) * taskRows)  // rows of the chunk
                let values = UnsafeMutableBufferPointer(rebasing: scratch[worker][..<(slice.count * columns)])
                let range = first + slice.lowerBound..<first + slice.upperBound  // rows of the matrix
                try read(range, values)
                let target = bytes[slice.lowerBound * rowBytes..<slice.upperBound * rowBytes]
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

    /// Passes on bytes that are already encoded.
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
    /// `cause` counts values from the start of `firstRow`.
    case unfit(tensor: String, firstRow: Int, columns: Int, cause: QuantizationError)

    package var description: String {
        switch self {
        case .unfit(let tensor, let firstRow, let columns, let cause):
            "tensor '\(tensor)', from row \(firstRow) of \(columns) values on: \(cause)"
        }
    }
}

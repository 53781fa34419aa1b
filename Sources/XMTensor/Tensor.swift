// A typed, shaped view of memory that somebody else owns (an `Arena`, a parameter store, a mapped file).
// SPDX-License-Identifier: Apache-2.0

/// A dense row-major view. Copying it copies no data; it must not outlive the memory's owner.
package struct Tensor: @unchecked Sendable {
    package let pointer: UnsafeMutableRawPointer
    package let dtype: DType
    package let shape: [Int]

    package init(_ pointer: UnsafeMutableRawPointer, _ dtype: DType, _ shape: [Int]) {
        self.pointer = pointer
        self.dtype = dtype
        self.shape = shape
    }

    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }
    package var sizeBytes: Int { count * dtype.size }
    /// Rows of the matrix that remains when all but the last dimension are joined.
    package var rows: Int { shape.dropLast().reduce(1, *) }
    package var columns: Int { shape.last ?? 1 }

    /// The elements as f32; the storage must be f32.
    package var f32: UnsafeMutablePointer<Float> {
        precondition(dtype == .f32)
        return pointer.assumingMemoryBound(to: Float.self)
    }

    /// The raw halves of bf16 elements; the storage must be bf16.
    package var bf16: UnsafeMutablePointer<UInt16> {
        precondition(dtype == .bf16)
        return pointer.assumingMemoryBound(to: UInt16.self)
    }

    /// Rows `range` of the matrix, as a matrix.
    package func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        return Tensor(pointer + range.lowerBound * columns * dtype.size, dtype, [range.count, columns])
    }

    /// A copy of the elements, widened to f32. For tests, reports and small outputs.
    package func floats() -> [Float] {
        switch dtype {
        case .f32: Array(UnsafeBufferPointer(start: f32, count: count))
        case .bf16: (0..<count).map { Float(bitPattern: UInt32(bf16[$0]) << 16) }
        }
    }
}

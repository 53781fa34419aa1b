// A typed, shaped handle of device memory that somebody else owns (an `Arena`, a parameter store).
// SPDX-License-Identifier: Apache-2.0

/// A dense row-major view. Copying it copies no data; it keeps its memory alive.
package struct Tensor: Sendable {
    package let region: DeviceRegion
    package let dtype: DType
    package let shape: [Int]

    package init(_ region: DeviceRegion, _ dtype: DType, _ shape: [Int]) {
        self.region = region
        self.dtype = dtype
        self.shape = shape
    }

    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }
    package var sizeBytes: Int { count * dtype.size }
    /// Rows of the matrix that remains when all but the last dimension are joined.
    package var rows: Int { shape.dropLast().reduce(1, *) }
    package var columns: Int { shape.last ?? 1 }

    /// Rows `range` of the matrix, as a matrix.
    package func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        return elements(at: range.lowerBound * columns, [range.count, columns])
    }

    /// The elements from number `first` on, in another shape.
    package func elements(at first: Int, _ shape: [Int]) -> Tensor {
        let sizeBytes = shape.reduce(dtype.size, *)
        precondition(first >= 0 && first * dtype.size + sizeBytes <= self.sizeBytes)
        return Tensor(region.region(at: first * dtype.size, sizeBytes: sizeBytes), dtype, shape)
    }
}

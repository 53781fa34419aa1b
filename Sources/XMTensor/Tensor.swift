// A typed, shaped handle of device memory that an `Arena` or a parameter store reserved.
// SPDX-License-Identifier: Apache-2.0

/// A dense row-major view. Copying it copies no data, and it keeps its memory alive.
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
    /// Rows of the tensor as a matrix: all dimensions but the last, flattened.
    package var rows: Int { shape.dropLast().reduce(1, *) }
    package var columns: Int { shape.last ?? 1 }

    /// A view of rows `range` of that matrix.
    package func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        return elements(at: range.lowerBound * columns, [range.count, columns])
    }

    /// A view of the elements from index `first` on, with another shape.
    package func elements(at first: Int, _ shape: [Int]) -> Tensor {
        let sizeBytes = shape.reduce(dtype.size, *)
        precondition(first >= 0 && first * dtype.size + sizeBytes <= self.sizeBytes)
        return Tensor(region.region(at: first * dtype.size, sizeBytes: sizeBytes), dtype, shape)
    }
}

// How the rows of a block matrix are packed for inference, chosen per tensor type. The layouts are in
// CXMKernels/block/layout.h, the kernels' contract in CXMBlockProduct.h.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

/// How a matmul treats quantised weights.
package enum QuantizedMatmul: String, Sendable, CaseIterable {
    /// Integer dot products of the blocks with activations rounded to 8 bits per block of 32: fast, and weights stay
    /// small.
    case integer
    /// Dequantised weights times activations in the compute type: exact up to its rounding; a check on `.integer`.
    case dequantized
}

/// The layout of a packed group of 16 rows.
package enum PackedFormat: Sendable, CaseIterable {
    case q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k
    /// bf16 weights for bf16 activations.
    case bf16
    /// f32 weights for f32 activations, and 16-bit weights that are widened for them on the fly.
    case f32, f16ForF32, bf16ForF32

    /// Rows of W in a group.
    package static let groupRows = 16

    /// Dense weights follow the compute type; quantised ones keep their blocks unless `matmul` is `.dequantized`.
    package init(_ type: QuantizationType, compute: DType, matmul: QuantizedMatmul) {
        switch (type, compute, matmul) {
        case (.f32, .bf16, _), (.f16, .bf16, _), (.bf16, .bf16, _), (_, .bf16, .dequantized): self = .bf16
        case (.f16, .f32, _): self = .f16ForF32
        case (.bf16, .f32, _): self = .bf16ForF32
        case (.f32, .f32, _), (_, .f32, .dequantized): self = .f32
        case (.q8_0, _, .integer): self = .q8_0
        case (.q4_0, _, .integer): self = .q4_0
        case (.q4_1, _, .integer): self = .q4_1
        case (.q5_0, _, .integer): self = .q5_0
        case (.q5_1, _, .integer): self = .q5_1
        case (.q4_k, _, .integer): self = .q4_k
        case (.q5_k, _, .integer): self = .q5_k
        case (.q6_k, _, .integer): self = .q6_k
        }
    }

    /// Whether activations are quantised for it; the group then holds the file's own quants, bit for bit.
    package var isInteger: Bool {
        switch self {
        case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q4_k, .q5_k, .q6_k: true
        case .bf16, .f32, .f16ForF32, .bf16ForF32: false
        }
    }

    package func groupBytes(K: Int) -> Int { xm_packed_group_bytes(kernelFormat, K) }

    var kernelFormat: xm_packed_format {
        switch self {
        case .q8_0: XM_PACKED_Q8_0
        case .q4_0: XM_PACKED_Q4_0
        case .q4_1: XM_PACKED_Q4_1
        case .q5_0: XM_PACKED_Q5_0
        case .q5_1: XM_PACKED_Q5_1
        case .q4_k: XM_PACKED_Q4_K
        case .q5_k: XM_PACKED_Q5_K
        case .q6_k: XM_PACKED_Q6_K
        case .bf16: XM_PACKED_BF16
        case .f32: XM_PACKED_F32
        case .f16ForF32: XM_PACKED_F16_F32
        case .bf16ForF32: XM_PACKED_BF16_F32
        }
    }
}

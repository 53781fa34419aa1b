// The storage formats of tensors in GGUF files: plain floats and blocks of quantised weights, with conversion both
// ways. Numbers, names and sizes are GGML's (https://github.com/ggml-org/ggml, docs/gguf.md); the arithmetic is in
// CXMKernels/quant. Read next: BlockMatrix.swift, and XMFormats/GGUF/GGUFFile.swift.
// SPDX-License-Identifier: Apache-2.0

import CXMKernels

/// A tensor type; the raw value is its number in a GGUF file.
package enum QuantizationType: UInt32, Sendable, CaseIterable {
    case f32 = 0
    case f16 = 1
    case q4_0 = 2
    case q4_1 = 3
    case q5_0 = 6
    case q5_1 = 7
    case q8_0 = 8
    case q4_k = 12
    case q5_k = 13
    case q6_k = 14
    case bf16 = 30

    /// Consecutive weights of a row that form a block; rows hold whole blocks.
    package var blockSize: Int { layout.values }

    /// Bytes of a block.
    package var bytesPerBlock: Int { layout.bytes }

    /// The name used by GGML and on model cards: "F32", "Q8_0", "Q4_K".
    package var name: String { "\(self)".uppercased() }

    /// The type with that name in any case, or nil.
    package init?(name: String) {
        guard let type = Self.allCases.first(where: { $0.name == name.uppercased() }) else { return nil }
        self = type
    }

    /// Whether `quantize` can write this type; every type can be read.
    package var canQuantize: Bool { quantizer != nil }

    /// Bytes of a tensor of this shape, outermost dimension first; [] is a single element. Throws
    /// `QuantizationError.raggedRow` if a row is not whole blocks, `.overflow` if the size exceeds Int.
    package func sizeBytes(shape: [Int]) throws -> Int {
        let row = shape.last ?? 1
        guard row % blockSize == 0 else { throw QuantizationError.raggedRow(type: self, columns: row) }
        // Zeros count as one, so that the product of any subset of the dimensions is known to fit. The factor 8 leaves
        // room for bytes per element.
        var elements = 1
        for dimension in shape {
            let product = elements.multipliedReportingOverflow(by: max(1, dimension))
            guard !product.overflow, product.partialValue <= Int.max / 8 else {
                throw QuantizationError.overflow(shape: shape)
            }
            elements = product.partialValue
        }
        return shape.contains(0) ? 0 : elements / blockSize * bytesPerBlock
    }

    /// values [elements] = blocks [elements / blockSize * bytesPerBlock bytes], which need no alignment.
    package func dequantize(_ blocks: UnsafeRawBufferPointer, into values: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count % blockSize == 0 && blocks.count == values.count / blockSize * bytesPerBlock)
        guard let source = blocks.baseAddress, let target = values.baseAddress else { return }
        dequantizer(source, target, values.count / blockSize)
    }

    /// blocks [elements / blockSize * bytesPerBlock bytes] = values [elements]; each block is rounded on its own.
    /// Throws `QuantizationError.notFinite` or `.tooLarge` for a value that no block can hold (its index counts within
    /// `values`), `.notWritten` if `canQuantize` is false.
    package func quantize(_ values: UnsafeBufferPointer<Float>, into blocks: UnsafeMutableRawBufferPointer) throws {
        precondition(values.count % blockSize == 0 && blocks.count == values.count / blockSize * bytesPerBlock)
        guard let quantizer else { throw QuantizationError.notWritten(type: self) }
        guard let source = values.baseAddress, let target = blocks.baseAddress else { return }
        if self != .f32 && self != .bf16 {
            let bad = xm_first_beyond(source, values.count, Self.largestHalf)
            guard bad == values.count else {
                let value = values[bad]
                throw value.isFinite
                    ? QuantizationError.tooLarge(type: self, index: bad, value: value)
                    : QuantizationError.notFinite(type: self, index: bad)
            }
        }
        quantizer(source, target, values.count / blockSize)
    }

    /// The largest finite f16, the type of block scales.
    private static let largestHalf: Float = 65504

    // Values and bytes per block; CXMQuant.h lists the same numbers beside its functions.
    private var layout: (values: Int, bytes: Int) {
        switch self {
        case .f32: (1, 4)
        case .f16, .bf16: (1, 2)
        case .q4_0: (32, 18)
        case .q4_1: (32, 20)
        case .q5_0: (32, 22)
        case .q5_1: (32, 24)
        case .q8_0: (32, 34)
        case .q4_k: (256, 144)
        case .q5_k: (256, 176)
        case .q6_k: (256, 210)
        }
    }

    private var dequantizer: @convention(c) (UnsafeRawPointer?, UnsafeMutablePointer<Float>?, Int) -> Void {
        switch self {
        case .f32: xm_dequantize_f32
        case .f16: xm_dequantize_f16
        case .bf16: xm_dequantize_bf16
        case .q4_0: xm_dequantize_q4_0
        case .q4_1: xm_dequantize_q4_1
        case .q5_0: xm_dequantize_q5_0
        case .q5_1: xm_dequantize_q5_1
        case .q8_0: xm_dequantize_q8_0
        case .q4_k: xm_dequantize_q4_k
        case .q5_k: xm_dequantize_q5_k
        case .q6_k: xm_dequantize_q6_k
        }
    }

    private var quantizer: (@convention(c) (UnsafePointer<Float>?, UnsafeMutableRawPointer?, Int) -> Void)? {
        switch self {
        case .f32: xm_quantize_f32
        case .f16: xm_quantize_f16
        case .bf16: xm_quantize_bf16
        case .q8_0: xm_quantize_q8_0
        case .q4_0: xm_quantize_q4_0
        case .q4_k: xm_quantize_q4_k
        case .q6_k: xm_quantize_q6_k
        case .q4_1, .q5_0, .q5_1, .q5_k: nil
        }
    }
}

/// The caller adds the tensor's name; these know only types, shapes and indices.
package enum QuantizationError: Error, CustomStringConvertible, Equatable {
    /// A row that does not end on a block boundary.
    case raggedRow(type: QuantizationType, columns: Int)
    /// Only a damaged or hostile header has such a shape.
    case overflow(shape: [Int])
    /// `index` counts within the values that were quantised, not within the tensor.
    case notFinite(type: QuantizationType, index: Int)
    /// Above 65504, where an f16 scale would become infinite.
    case tooLarge(type: QuantizationType, index: Int, value: Float)
    /// A format that is read for compatibility but never produced.
    case notWritten(type: QuantizationType)

    package var description: String {
        switch self {
        case .raggedRow(let type, let columns):
            "rows of \(columns) values do not divide into \(type.name) blocks of \(type.blockSize)"
        case .overflow(let shape): "shape \(shape) has more bytes than can be counted"
        case .notFinite(let type, let index):
            "value \(index) is not a finite number; \(type.name) cannot hold it: check the weights"
        case .tooLarge(let type, let index, let value):
            "value \(index) is \(value); \(type.name) holds at most 65504 in magnitude: keep this tensor in F32 or BF16"
        case .notWritten(let type):
            "\(type.name) is read but not written; choose "
                + QuantizationType.allCases.filter(\.canQuantize).map(\.name).joined(separator: ", ")
        }
    }
}

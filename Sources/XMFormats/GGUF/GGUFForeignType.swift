// ggml's tensor types that this program cannot compute with: their names and sizes, so that files with such tensors can
// be inspected. Numbers and block sizes are those of ggml.h. Next: XMTensor/Quantization/QuantizationType.swift, the
// supported types.
// SPDX-License-Identifier: Apache-2.0

struct GGUFForeignType {
    let name: String
    /// Consecutive values of a row that share a block.
    let blockSize: Int
    let bytesPerBlock: Int

    /// By its number in a file; nil if ggml has no such type or this program supports it.
    init?(number: UInt32) {
        guard let (name, blockSize, bytesPerBlock) = Self.known[number] else { return nil }
        (self.name, self.blockSize, self.bytesPerBlock) = (name, blockSize, bytesPerBlock)
    }

    private static let known: [UInt32: (String, Int, Int)] = [
        9: ("Q8_1", 32, 40), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 15: ("Q8_K", 256, 292),
        16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
        20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
        24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
        29: ("IQ1_M", 256, 56), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17),
        40: ("NVFP4", 64, 36),
    ]

    /// Bytes of a tensor of this shape, outermost dimension first.
    func sizeBytes(shape: [Int]) throws -> Int {
        let row = shape.last ?? 1
        guard row % blockSize == 0 else {
            throw GGUFReason(text: "rows of \(row) values do not divide into \(name) blocks of \(blockSize)")
        }
        var size = bytesPerBlock
        for dimension in shape.dropLast() + [row / blockSize] {
            // Zeros count as one, so that the product of any subset of the dimensions fits too.
            let product = size.multipliedReportingOverflow(by: max(1, dimension))
            guard !product.overflow else { throw GGUFReason(text: "the size of shape \(shape) overflows 64 bits") }
            size = product.partialValue
        }
        return shape.contains(0) ? 0 : size
    }
}

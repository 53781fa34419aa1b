// Block formats against the gguf Python package (bit for bit) and against the values they stand for (error bounds).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XMFormats
import XMSupport
import XMTensor
import XMTestSupport
import XMTensor

/// A file of the gguf Python package; its README beside it says what it holds.
enum Goldens {
    static let url = GoldenModel.packageRoot.appending(path: "Tests/Fixtures/quantization/goldens.gguf")
}

@Suite("QuantizationTypeTests")
struct QuantizationTypeTests {
    /// Root of the mean squared error over that of the values, for normally distributed values: what the quantisers
    /// reach (Q8_0 0.0053, Q6_K 0.0173, Q4_K 0.0711, Q4_0 0.0864) and a few percent of room.
    static let largestRelativeError: [(type: QuantizationType, bound: Double)] = [
        (.f32, 0), (.f16, 2.2e-4), (.bf16, 1.8e-3), (.q8_0, 5.6e-3), (.q6_k, 1.8e-2), (.q4_k, 7.4e-2), (.q4_0, 9e-2),
    ]

    private func quantized(_ values: [Float], _ type: QuantizationType) throws -> [UInt8] {
        var blocks = [UInt8](repeating: 0xAA, count: values.count / type.blockSize * type.bytesPerBlock)
        try values.withUnsafeBufferPointer { values in
            try blocks.withUnsafeMutableBytes { try type.quantize(values, into: $0) }
        }
        return blocks
    }

    private func dequantized(_ blocks: [UInt8], _ type: QuantizationType) -> [Float] {
        var values = [Float](repeating: .nan, count: blocks.count / type.bytesPerBlock * type.blockSize)
        blocks.withUnsafeBytes { blocks in
            values.withUnsafeMutableBufferPointer { type.dequantize(blocks, into: $0) }
        }
        return values
    }

    private func relativeError(_ values: [Float], _ type: QuantizationType) throws -> Double {
        let result = dequantized(try quantized(values, type), type)
        let error = zip(values, result).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        let power = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        return (error / power).squareRoot()
    }

    @Test("dequantised blocks have the bits of the gguf package", arguments: QuantizationType.allCases)
    func dequantizationGoldens(type: QuantizationType) throws {
        guard type != .f32 else { return }
        let file = try GGUFFile(Goldens.url)
        #expect(try file.tensor("\(type.name).blocks").type == type)
        let found = try file.floats("\(type.name).blocks")
        let wanted = try file.floats("\(type.name).values")
        #expect(found.count == wanted.count && !found.isEmpty)
        #expect(found.map(\.bitPattern) == wanted.map(\.bitPattern))
    }

    @Test(
        "quantised values have the bytes of the gguf package",
        arguments: [QuantizationType.f16, .bf16, .q8_0, .q4_0])
    func quantizationGoldens(type: QuantizationType) throws {
        let file = try GGUFFile(Goldens.url)
        #expect(try quantized(file.floats("source"), type) == file.tensor("\(type.name).quantized").bytes())
    }

    @Test("quantising keeps normally distributed values within the stated error", arguments: largestRelativeError)
    func errorBound(type: QuantizationType, bound: Double) throws {
        var values = [Float](repeating: 0, count: 64 * 256)
        let stream = RandomStream(seed: 5, "quantisation")
        values.withUnsafeMutableBufferPointer { stream.fillNormal($0, std: 0.02, startingAt: 0) }
        let error = try relativeError(values, type)
        #expect(error <= bound, "\(type.name): \(error)")
        // A power of two changes no rounding.
        #expect(try abs(relativeError(values.map { $0 * 64 }, type) - error) <= 0.01 * error)
    }

    @Test(
        "awkward blocks: zeros, one value, one outlier, one sign, tiny",
        arguments: QuantizationType.allCases.filter(\.canQuantize))
    func awkward(type: QuantizationType) throws {
        let zeros = [Float](repeating: 0, count: 256)
        #expect(dequantized(try quantized(zeros, type), type) == zeros)
        let bound = 1.05 * (Self.largestRelativeError.first { $0.type == type }?.bound ?? 0)
        for value: Float in [-0.75, 3, 65_504, -65_504] {
            let error = try relativeError([Float](repeating: value, count: 256), type)
            #expect(error <= bound, "\(type.name), all \(value): \(error)")
        }
        var outlier = zeros
        outlier[17] = -100
        let found = dequantized(try quantized(outlier, type), type)
        // Q4_K reaches 0 as a difference of two rounded products; the others have it exactly.
        let zero: Float = type == .q4_k ? 0.05 : 0
        #expect(abs(found[17] + 100) <= 1)
        #expect(found.enumerated().allSatisfy { $0.offset == 17 || abs($0.element) <= zero }, "\(found)")
        let ramp = (0..<256).map { 1 + Float($0) / 256 }
        #expect(try relativeError(ramp, type) <= bound)
        #expect(try relativeError(ramp.map { -$0 }, type) <= bound)
        let tiny = (0..<256).map { Float($0 % 7) * 0x1p-140 }
        #expect(dequantized(try quantized(tiny, type), type).allSatisfy { abs($0) <= 1e-6 })
    }

    @Test("quantising what was dequantised changes nothing more than the format's last step")
    func nearlyIdempotent() throws {
        var values = [Float](repeating: 0, count: 16 * 256)
        RandomStream(seed: 6, "quantisation").fillNormalArray(&values)
        for type in QuantizationType.allCases.filter(\.canQuantize) {
            let once = dequantized(try quantized(values, type), type)
            let bound = Self.largestRelativeError.first { $0.type == type }?.bound ?? 0
            #expect(try relativeError(once, type) <= bound / 2, "\(type.name)")
        }
    }

    @Test("a value that no block can hold is named", arguments: [Float.nan, .infinity, -65_536])
    func unquantizable(value: Float) throws {
        var values = [Float](repeating: 1, count: 256)
        values[200] = value
        for type in QuantizationType.allCases where type.canQuantize && type != .f32 && type != .bf16 {
            #expect { try quantized(values, type) } throws: { "\($0)".contains("value 200 is") }
        }
        #expect(dequantized(try quantized(values, .f32), .f32)[200].bitPattern == value.bitPattern)
        #expect { try quantized(values, .q5_k) } throws: {
            "\($0)".contains("Q5_K is read but not written; choose F32")
        }
    }

    @Test("names, numbers and sizes are those of GGML")
    func names() throws {
        #expect(QuantizationType(name: "q4_k") == .q4_k)
        #expect(QuantizationType(name: "Q4_K_M") == nil)
        for type in QuantizationType.allCases { #expect(QuantizationType(name: type.name) == type) }
        #expect(try QuantizationType.q6_k.sizeBytes(shape: [3, 512]) == 3 * 2 * 210)
        #expect(try QuantizationType.f32.sizeBytes(shape: []) == 4)
        #expect(try QuantizationType.q8_0.sizeBytes(shape: [0, 32]) == 0)
        #expect(throws: QuantizationError.raggedRow(type: .q4_k, columns: 32)) {
            try QuantizationType.q4_k.sizeBytes(shape: [8, 32])
        }
    }
}

extension RandomStream {
    fileprivate func fillNormalArray(_ values: inout [Float]) {
        values.withUnsafeMutableBufferPointer { fillNormal($0, std: 1, startingAt: 0) }
    }
}

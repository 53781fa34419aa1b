// Reads safetensors: u64 header length, JSON header {name: {dtype, shape, data_offsets}}, then the data. Every length,
// offset and shape is checked before use. https://github.com/huggingface/safetensors, section "Format".
// Next: StoredTensor.swift (the data), HuggingFaceFolder.swift (a model in several files).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport
import XMTensor

/// The supported element types; a file may have others (`bits`), which can only be inspected.
package enum SafetensorsDType: String, Sendable, Codable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case i64 = "I64"
    case u8 = "U8"

    /// Bytes per element.
    package var size: Int {
        switch self {
        case .f32, .i32: 4
        case .f16, .bf16: 2
        case .i64: 8
        case .u8: 1
        }
    }

    /// The corresponding type of weights; nil for integers.
    var weights: QuantizationType? {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .i32, .i64, .u8: nil
        }
    }

    /// Bits per element of all types of the format.
    static let bits = [
        "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8,
        "F8_E5M2FNUZ": 8, "F8_E4M3FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32,
        "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
    ]
}

package enum SafetensorsError: Error, CustomStringConvertible, Equatable {
    case malformed(file: String, reason: String)
    case badTensor(file: String, name: String, reason: String)
    case missing(file: String, name: String)

    package var description: String {
        switch self {
        case .malformed(let file, let reason): "\(file): not a safetensors file: \(reason)"
        case .badTensor(let file, let name, let reason): "\(file): tensor '\(name)': \(reason)"
        case .missing(let file, let name): "\(file): has no tensor '\(name)'"
        }
    }
}

package struct SafetensorsFile: Sendable {
    package let path: String
    package let sizeBytes: Int
    package let metadata: [String: String]
    package let tensors: [String: StoredTensor]

    /// Limit of the header's size, which is also the format's own.
    private static let largestHeader = 100_000_000

    package init(_ url: URL) throws {
        path = url.path
        let file = try PositionedFile(url)
        sizeBytes = file.sizeBytes
        func malformed(_ reason: String) -> SafetensorsError { .malformed(file: url.path, reason: reason) }
        guard sizeBytes >= 8 else { throw malformed("\(sizeBytes) bytes, shorter than the header's length field") }
        let length = try file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Self.largestHeader), Int(length) <= sizeBytes - 8 else {
            throw malformed("a header of \(length) bytes does not fit a file of \(sizeBytes); it may be truncated")
        }
        let dataStart = 8 + Int(length)
        let text = Data(try file.bytes(8..<dataStart))
        let header: [String: Header]
        do {
            header = try JSONDecoder().decode([String: Header].self, from: text)
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.dataCorrupted(context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw malformed("the header is not valid\(path.isEmpty ? "" : " at '\(path)'")")
        } catch {
            throw malformed("the header is not a JSON object of tensors")
        }
        metadata = (try? JSONDecoder().decode([String: Metadata].self, from: text))?["__metadata__"]?.values ?? [:]
        var found: [String: StoredTensor] = [:]
        // Sorted, so that the same one of several errors is always reported.
        for (name, value) in header.sorted(by: { $0.key < $1.key }) where name != "__metadata__" {
            do {
                found[name] = try Self.tensor(name, value, dataStart: dataStart, in: file)
            } catch let reason as Reason {
                throw SafetensorsError.badTensor(file: url.path, name: name, reason: reason.text)
            }
        }
        // Tensors must not overlap. Empty tensors sort before another tensor at the same offset.
        let ordered = found.sorted {
            ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
                < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
        }
        for (a, b) in zip(ordered, ordered.dropFirst()) where a.value.range.upperBound > b.value.range.lowerBound {
            throw SafetensorsError.badTensor(file: url.path, name: b.key, reason: "overlaps tensor '\(a.key)'")
        }
        tensors = found
    }

    /// Throws `SafetensorsError.missing`.
    package func tensor(_ name: String) throws -> StoredTensor {
        guard let tensor = tensors[name] else { throw SafetensorsError.missing(file: path, name: name) }
        return tensor
    }

    /// The elements of a floating-point tensor, widened to f32.
    package func floats(_ name: String) throws -> [Float] { try tensor(name).floats() }

    package func int32s(_ name: String) throws -> [Int32] {
        let tensor = try tensor(name)
        guard tensor.typeName == SafetensorsDType.i32.rawValue else {
            throw SafetensorsError.badTensor(
                file: path, name: name, reason: "has type \(tensor.typeName) instead of I32")
        }
        return try tensor.bytes().withUnsafeBytes { bytes in
            (0..<tensor.elementCount).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
        }
    }

    private struct Reason: Error { let text: String }

    /// A tensor's entry in the header; the metadata object has none of these keys.
    private struct Header: Decodable {
        let dtype: String?
        let shape: [Int]?
        let data_offsets: [Int]?
    }

    /// The values of `__metadata__`; empty for other entries.
    private struct Metadata: Decodable {
        let values: [String: String]

        init(from decoder: any Decoder) throws {
            values = (try? [String: String](from: decoder)) ?? [:]
        }
    }

    private static func tensor(
        _ name: String, _ header: Header, dataStart: Int, in file: PositionedFile
    ) throws -> StoredTensor {
        guard let typeName = header.dtype else { throw Reason(text: "has no dtype") }
        guard let shape = header.shape, shape.allSatisfy({ $0 >= 0 }) else {
            throw Reason(text: "has no valid shape")
        }
        guard let offsets = header.data_offsets, offsets.count == 2 else {
            throw Reason(text: "has no valid data_offsets")
        }
        let available = file.sizeBytes - dataStart
        guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= available else {
            throw Reason(text: "bytes \(offsets[0])..<\(offsets[1]) extend beyond the \(available) bytes of data")
        }
        if let size = try sizeBytes(typeName, shape), offsets[1] - offsets[0] != size {
            throw Reason(text: "has \(offsets[1] - offsets[0]) bytes; shape \(shape) of \(typeName) needs \(size)")
        }
        return StoredTensor(
            name: name, typeName: typeName, type: SafetensorsDType(rawValue: typeName)?.weights, shape: shape,
            range: dataStart + offsets[0]..<dataStart + offsets[1], file: file)
    }

    /// Size of a tensor in bytes; nil for an unknown type, whose size cannot be checked.
    private static func sizeBytes(_ typeName: String, _ shape: [Int]) throws -> Int? {
        var elements = 1
        for dimension in shape {
            let product = elements.multipliedReportingOverflow(by: dimension)
            guard !product.overflow, product.partialValue <= Int.max / 64 else {
                throw Reason(text: "shape \(shape) overflows")
            }
            elements = product.partialValue
        }
        guard let bits = SafetensorsDType.bits[typeName] else { return nil }
        guard elements * bits % 8 == 0 else {
            throw Reason(text: "shape \(shape) of \(typeName) does not fill whole bytes")
        }
        return elements * bits / 8
    }
}

// Reading safetensors: u64 header length, JSON header {name: {dtype, shape, data_offsets}}, then the data. Mapped, and
// every length, offset and shape is checked before use. https://github.com/huggingface/safetensors, format section.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package enum SafetensorsDType: String, Sendable, Codable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case i64 = "I64"
    case u8 = "U8"

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .f32, .i32: 4
        case .f16, .bf16: 2
        case .i64: 8
        case .u8: 1
        }
    }
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
    /// One tensor's type, shape and bytes in the file.
    package struct Entry: Sendable, Equatable {
        package let dtype: SafetensorsDType
        package let shape: [Int]
        package let range: Range<Int>
    }

    package let path: String
    package let metadata: [String: String]
    package let tensors: [String: Entry]
    private let file: MappedFile

    /// Longest header that is read; the format's own limit is 100 MB.
    private static let largestHeader = 100_000_000

    package init(_ url: URL) throws {
        path = url.path
        file = try MappedFile(url)
        let bytes = file.bytes
        func malformed(_ reason: String) -> SafetensorsError { .malformed(file: url.path, reason: reason) }
        guard bytes.count >= 8 else { throw malformed("\(bytes.count) bytes, shorter than the header's length field") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.largestHeader), Int(length) <= bytes.count - 8 else {
            throw malformed("a header of \(length) bytes does not fit a file of \(bytes.count); it may be truncated")
        }
        let dataStart = 8 + Int(length)
        let text = Data(bytes[8..<dataStart])
        let header: [String: Header]
        do {
            header = try JSONDecoder().decode([String: Header].self, from: text)
        } catch let DecodingError.typeMismatch(_, context), let DecodingError.dataCorrupted(context) {
            let place = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw malformed("the header is not valid\(place.isEmpty ? "" : " at '\(place)'")")
        } catch {
            throw malformed("the header is not a JSON object of tensors")
        }
        metadata = (try? JSONDecoder().decode([String: Metadata].self, from: text))?["__metadata__"]?.values ?? [:]
        var found: [String: Entry] = [:]
        for (name, value) in header where name != "__metadata__" {
            do {
                found[name] = try Self.entry(value, dataStart: dataStart, fileSize: bytes.count)
            } catch let reason as Reason {
                throw SafetensorsError.badTensor(file: url.path, name: name, reason: reason.text)
            }
        }
        // Tensors must not overlap: a writer that got offsets wrong is not to be trusted with weights.
        let ordered = found.sorted { $0.value.range.lowerBound < $1.value.range.lowerBound }
        for (a, b) in zip(ordered, ordered.dropFirst()) where a.value.range.upperBound > b.value.range.lowerBound {
            throw SafetensorsError.badTensor(file: url.path, name: b.key, reason: "overlaps tensor '\(a.key)'")
        }
        tensors = found
    }

    /// The tensor's bytes, valid as long as this value.
    package func bytes(_ name: String) throws -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: file.bytes[try entry(name).range])
    }

    /// The elements of a floating-point tensor, widened to f32.
    package func floats(_ name: String) throws -> [Float] {
        let entry = try entry(name)
        let bytes = try bytes(name)
        let count = bytes.count / entry.dtype.size
        switch entry.dtype {
        case .f32:
            return (0..<count).map { Float(bitPattern: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)) }
        case .bf16:
            return (0..<count).map {
                Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) << 16)
            }
        case .f16:
            return (0..<count).map {
                Self.widened(half: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))
            }
        default:
            throw SafetensorsError.badTensor(
                file: path, name: name, reason: "has type \(entry.dtype.rawValue); F32, F16 or BF16 is wanted")
        }
    }

    package func int32s(_ name: String) throws -> [Int32] {
        let entry = try entry(name)
        guard entry.dtype == .i32 else {
            throw SafetensorsError.badTensor(
                file: path, name: name, reason: "has type \(entry.dtype.rawValue); I32 is wanted")
        }
        let bytes = try bytes(name)
        return (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
    }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = tensors[name] else { throw SafetensorsError.missing(file: path, name: name) }
        return entry
    }

    private struct Reason: Error { let text: String }

    /// One tensor's entry as it stands in the header; the metadata object has none of these keys.
    private struct Header: Decodable {
        let dtype: String?
        let shape: [Int]?
        let data_offsets: [Int]?
    }

    /// The values of `__metadata__`; other entries give none.
    private struct Metadata: Decodable {
        let values: [String: String]

        init(from decoder: any Decoder) throws {
            values = (try? [String: String](from: decoder)) ?? [:]
        }
    }

    private static func entry(_ header: Header, dataStart: Int, fileSize: Int) throws -> Entry {
        guard let typeName = header.dtype else { throw Reason(text: "has no dtype") }
        guard let dtype = SafetensorsDType(rawValue: typeName) else {
            throw Reason(text: "has the unsupported type \(typeName)")
        }
        guard let shape = header.shape, shape.allSatisfy({ $0 >= 0 }) else {
            throw Reason(text: "has no valid shape")
        }
        guard let offsets = header.data_offsets, offsets.count == 2 else {
            throw Reason(text: "has no valid data_offsets")
        }
        var size = dtype.size
        for dimension in shape {
            let product = size.multipliedReportingOverflow(by: dimension)
            guard !product.overflow else { throw Reason(text: "shape \(shape) overflows") }
            size = product.partialValue
        }
        let available = fileSize - dataStart
        guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= available else {
            throw Reason(text: "bytes \(offsets[0])..<\(offsets[1]) lie outside the \(available) bytes of data")
        }
        guard offsets[1] - offsets[0] == size else {
            throw Reason(text: "has \(offsets[1] - offsets[0]) bytes; shape \(shape) of \(typeName) needs \(size)")
        }
        return Entry(dtype: dtype, shape: shape, range: dataStart + offsets[0]..<dataStart + offsets[1])
    }

    /// IEEE half to single precision; integer arithmetic, since `Float16` does not exist everywhere.
    static func widened(half: UInt16) -> Float {
        let sign = UInt32(half & 0x8000) << 16
        let exponent = UInt32(half >> 10 & 0x1f)
        let fraction = UInt32(half & 0x3ff)
        switch exponent {
        case 0: return Float(sign: sign == 0 ? .plus : .minus, exponent: -24, significand: Float(fraction))
        case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}

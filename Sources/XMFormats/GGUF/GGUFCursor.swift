// Reads little-endian fields sequentially from a file's header, or from bytes. Every length is checked against the
// remaining bytes before use, so that a bogus count causes an error and neither a crash nor a huge allocation.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// A position in a file, of which a prefix has been read that grows on demand.
struct GGUFCursor {
    /// The prefix of the file read so far.
    private(set) var bytes: [UInt8]
    private let file: PositionedFile?
    private(set) var offset = 0

    /// Limit of the header's size; vocabularies of 256,000 tokens take about 10 MB.
    private static let longestHeader = 256 << 20

    init(_ bytes: [UInt8]) { (self.bytes, file) = (bytes, nil) }

    init(_ file: PositionedFile) { (bytes, self.file) = ([], file) }

    /// Number of bytes after the cursor.
    var left: Int { (file?.sizeBytes ?? bytes.count) - offset }

    /// Advances by `count` bytes and returns their range in `bytes`.
    mutating func take(_ count: UInt64, _ what: String) throws -> Range<Int> {
        guard count <= UInt64(left) else {
            throw GGUFReason(text: "\(what) needs \(count) bytes but only \(left) are left; the file may be truncated")
        }
        let range = offset..<offset + Int(count)
        try readOn(to: range.upperBound)
        offset = range.upperBound
        return range
    }

    private mutating func readOn(to end: Int) throws {
        guard end > bytes.count, let file else { return }
        guard end <= Self.longestHeader else {
            throw GGUFReason(text: "metadata and tensor names take more than \(Self.longestHeader) bytes")
        }
        let next = min(file.sizeBytes, max(end, 2 * bytes.count, 1 << 20))
        bytes.append(contentsOf: try file.bytes(bytes.count..<next))
    }

    mutating func integer<T: FixedWidthInteger>(_ what: String, as type: T.Type = T.self) throws -> T {
        let range = try take(UInt64(MemoryLayout<T>.size), what)
        return bytes.withUnsafeBytes {
            T(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
        }
    }

    /// u64 byte length, then UTF-8 without a terminator.
    mutating func string(_ what: String) throws -> String {
        let length: UInt64 = try integer("the length of \(what)")
        let range = try take(length, what)
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw GGUFReason(text: "\(what) is not valid UTF-8")
        }
        return text
    }

    /// Skips a string without validating it.
    mutating func skipString() throws {
        let length: UInt64 = try integer("the length of a string")
        _ = try take(length, "a string")
    }

    /// A value of any type but array.
    mutating func scalar(_ type: GGUFValueType) throws -> GGUFValue {
        let what = "a value of type \(type)"
        switch type {
        case .uint8: return .uint8(try integer(what))
        case .int8: return .int8(try integer(what))
        case .uint16: return .uint16(try integer(what))
        case .int16: return .int16(try integer(what))
        case .uint32: return .uint32(try integer(what))
        case .int32: return .int32(try integer(what))
        case .uint64: return .uint64(try integer(what))
        case .int64: return .int64(try integer(what))
        case .float32: return .float32(Float(bitPattern: try integer(what)))
        case .float64: return .float64(Double(bitPattern: try integer(what)))
        case .bool:
            let byte: UInt8 = try integer(what)
            guard byte <= 1 else { throw GGUFReason(text: "a bool is \(byte) instead of 0 or 1") }
            return .bool(byte == 1)
        case .string: return .string(try string("a string"))
        case .array: throw GGUFReason(text: "nested arrays are not supported")
        }
    }

    /// Reads and checks a value type.
    mutating func valueType(_ what: String) throws -> GGUFValueType {
        let number: UInt32 = try integer(what)
        guard let type = GGUFValueType(rawValue: number) else {
            throw GGUFReason(text: "\(what) is \(number); valid are 0 to 12")
        }
        return type
    }
}

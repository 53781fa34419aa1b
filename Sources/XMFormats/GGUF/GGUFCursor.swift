// Reads little-endian fields front to back out of a file's header, or out of bytes; every length is compared with what
// is left before it is used, so that a lying count ends in an error and neither in a crash nor in an allocation.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

/// A place in a file of which the front has been read: more of it as the fields ask for it.
struct GGUFCursor {
    /// The front of the file.
    private(set) var bytes: [UInt8]
    private let file: PositionedFile?
    private(set) var offset = 0

    /// Longest header that is read; vocabularies of 256,000 pieces take some 10 MB.
    private static let longestHeader = 256 << 20

    init(_ bytes: [UInt8]) { (self.bytes, file) = (bytes, nil) }

    init(_ file: PositionedFile) { (bytes, self.file) = ([], file) }

    /// Bytes behind the cursor.
    var left: Int { (file?.sizeBytes ?? bytes.count) - offset }

    /// Passes over `count` bytes and returns where they lie in `bytes`.
    mutating func take(_ count: UInt64, _ what: String) throws -> Range<Int> {
        guard count <= UInt64(left) else {
            throw GGUFReason(text: "\(what) needs \(count) bytes and \(left) are left; the file may be truncated")
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

    /// Passes over a string without looking at its text.
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
            guard byte <= 1 else { throw GGUFReason(text: "a truth value is \(byte); 0 or 1 is wanted") }
            return .bool(byte == 1)
        case .string: return .string(try string("a string"))
        case .array: throw GGUFReason(text: "an array inside an array; none of the known keys has one")
        }
    }

    /// The number of a value type, checked.
    mutating func valueType(_ what: String) throws -> GGUFValueType {
        let number: UInt32 = try integer(what)
        guard let type = GGUFValueType(rawValue: number) else {
            throw GGUFReason(text: "\(what) is \(number); 0 to 12 are known")
        }
        return type
    }
}

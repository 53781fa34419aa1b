// Reads little-endian fields front to back out of mapped bytes; every length is compared with what is left before it is
// used, so that a lying count ends in an error and neither in a crash nor in an allocation.
// SPDX-License-Identifier: Apache-2.0

/// A place in bytes that outlive it.
struct GGUFCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int

    init(_ bytes: UnsafeRawBufferPointer, offset: Int = 0) {
        (self.bytes, self.offset) = (bytes, offset)
    }

    /// Bytes behind the cursor.
    var left: Int { bytes.count - offset }

    /// Passes over `count` bytes and returns where they lie.
    mutating func take(_ count: UInt64, _ what: String) throws -> Range<Int> {
        guard count <= UInt64(left) else {
            throw GGUFReason(text: "\(what) needs \(count) bytes and \(left) are left; the file may be truncated")
        }
        defer { offset += Int(count) }
        return offset..<offset + Int(count)
    }

    mutating func integer<T: FixedWidthInteger>(_ what: String, as type: T.Type = T.self) throws -> T {
        let range = try take(UInt64(MemoryLayout<T>.size), what)
        return T(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
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

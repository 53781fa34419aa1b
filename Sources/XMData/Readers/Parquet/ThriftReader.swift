// A reader of Thrift's compact protocol, as far as Parquet's footers and page headers use it. Every length is checked
// against the remaining bytes before use.
// SPDX-License-Identifier: Apache-2.0

enum ThriftError: Error, Equatable {
    /// The bytes end inside a value; the caller may retry with more.
    case truncated
    case malformed(String)
}

struct ThriftReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    private static let maximumDepth = 32

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    enum Kind: UInt8 {
        case isTrue = 1
        case isFalse, byte, int16, int32, int64, double, binary, list, set, map, structure, uuid
    }

    /// Calls `field` with the number and kind of each field of a struct; it must read or `skip` the value.
    mutating func structure(
        _ field: (inout ThriftReader, Int, Kind) throws(ThriftError) -> Void
    ) throws(ThriftError) {
        var number = 0
        while true {
            let head = try byte()
            if head == 0 { return }
            guard let kind = Kind(rawValue: head & 0x0F) else { throw .malformed("a field of unknown type") }
            if head >> 4 == 0 {
                number = try Int(truncatingIfNeeded: zigzag())
            } else {
                number &+= Int(head >> 4)
            }
            try field(&self, number, kind)
        }
    }

    /// Calls `element` for each element of a list, whose kind must be `wanted`.
    mutating func list(
        of wanted: Kind, _ element: (inout ThriftReader) throws(ThriftError) -> Void
    ) throws(ThriftError) {
        guard let (count, kind) = try listHead() else { return }
        guard kind == wanted else { throw .malformed("a list of unexpected type") }
        for _ in 0..<count { try element(&self) }
    }

    /// Nil for an empty list, whose element type is meaningless: fastparquet writes 0, which is not a type.
    private mutating func listHead() throws(ThriftError) -> (count: Int, kind: Kind)? {
        let head = try byte()
        let count = head >> 4 == 15 ? try size() : Int(head >> 4)
        guard count > 0 else { return nil }
        guard let kind = Kind(rawValue: head & 0x0F) else { throw .malformed("a list of unknown type") }
        // An element takes at least one byte.
        guard count <= bytes.count - position else { throw .truncated }
        return (count, kind)
    }

    mutating func integer() throws(ThriftError) -> Int { Int(try zigzag()) }

    mutating func string() throws(ThriftError) -> String {
        let count = try size()
        guard count <= bytes.count - position else { throw .truncated }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func skip(_ kind: Kind, depth: Int = 0) throws(ThriftError) {
        guard depth < Self.maximumDepth else { throw .malformed("too deeply nested") }
        switch kind {
        case .isTrue, .isFalse: break
        case .byte: _ = try byte()
        case .int16, .int32, .int64: _ = try varint()
        case .double: try advance(8)
        case .uuid: try advance(16)
        case .binary: try advance(size())
        case .list, .set:
            guard let (count, kind) = try listHead() else { return }
            // A boolean in a list takes one byte; as a field it is part of the field header.
            for _ in 0..<count { try skip(kind == .isTrue || kind == .isFalse ? .byte : kind, depth: depth + 1) }
        case .map:
            let count = try size()
            guard count > 0 else { return }
            guard count <= bytes.count - position else { throw .truncated }
            let kinds = try byte()
            guard let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0x0F) else {
                throw .malformed("a map of unknown type")
            }
            for _ in 0..<count {
                try skip(key, depth: depth + 1)
                try skip(value, depth: depth + 1)
            }
        case .structure:
            try structure { reader, _, kind throws(ThriftError) in try reader.skip(kind, depth: depth + 1) }
        }
    }

    // MARK: - Integers

    private mutating func byte() throws(ThriftError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func advance(_ count: Int) throws(ThriftError) {
        guard count <= bytes.count - position else { throw .truncated }
        position += count
    }

    private mutating func varint() throws(ThriftError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            let byte = try byte()
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw .malformed("a varint of more than ten bytes")
    }

    private mutating func zigzag() throws(ThriftError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    private mutating func size() throws(ThriftError) -> Int {
        guard let size = Int(exactly: try varint()) else { throw .malformed("a length out of range") }
        return size
    }
}

// A reader of the protocol buffer wire format, as far as SentencePiece's files use it. Every length is checked, so that
// a truncated or foreign file is an error and never a crash. Next: SentencePieceModel.swift.
// SPDX-License-Identifier: Apache-2.0

/// Reads varints, fixed 32- and 64-bit values and length-delimited fields.
struct ProtobufReader {
    let bytes: UnsafeRawBufferPointer
    let file: String
    var offset = 0

    init(bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    func malformed(_ reason: String) -> TokenizerError { .malformed(file: file, offset: offset, reason: reason) }

    /// Field number and wire type; nil at the end.
    mutating func next() throws -> (field: Int, wire: Int)? {
        guard offset < bytes.count else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw malformed("field number \(tag >> 3)") }
        return (Int(tag >> 3), Int(tag & 7))
    }

    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard offset < bytes.count else { throw malformed("the file is truncated inside a number") }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw malformed("a varint of more than ten bytes")
    }

    mutating func fixed32() throws -> UInt32 {
        guard bytes.count - offset >= 4 else { throw malformed("the file is truncated inside a number") }
        defer { offset += 4 }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    mutating func bytesField() throws -> UnsafeRawBufferPointer {
        let length = try varint()
        guard length <= UInt64(bytes.count - offset) else {
            throw malformed("a field of \(length) bytes with \(bytes.count - offset) left")
        }
        defer { offset += Int(length) }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(length)])
    }

    mutating func text() throws -> String { String(decoding: try bytesField(), as: UTF8.self) }

    mutating func message() throws -> ProtobufReader { ProtobufReader(bytes: try bytesField(), file: file) }

    mutating func skip(_ wire: Int) throws {
        switch wire {
        case 0: _ = try varint()
        case 1 where bytes.count - offset >= 8: offset += 8
        case 2: _ = try bytesField()
        case 5: _ = try fixed32()
        default: throw malformed("wire type \(wire)")
        }
    }
}

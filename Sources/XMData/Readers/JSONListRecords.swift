// The records of a .json file: the elements of a list, streamed; a sequence of objects; or a single object. Only
// brackets and quotes are tracked to find an element's end; parsing the element is left to JSONScanner.
// SPDX-License-Identifier: Apache-2.0

final class JSONListRecords: RecordReader {
    private let reader: ByteReader
    private let limit: Int
    private let start: Int
    private(set) var position: ReaderPosition
    let hasByteOrderMark: Bool
    private var consumed = 0

    init(_ reader: ByteReader, at position: ReaderPosition, limit: Int) throws {
        (self.reader, self.position, self.limit) = (reader, position, limit)
        start = position.offset
        hasByteOrderMark = try reader.skipByteOrderMark()
    }

    var bytesRead: Int { reader.offset + consumed - start }

    func next() throws -> RawRecord? {
        reader.consume(consumed)
        consumed = 0
        guard let first = try skipBetween() else { return nil }
        guard first == UInt8(ascii: "{") else { return try wrongElement() }
        var scan = ElementScan()
        var scanned = 0
        var dropped = 0
        while true {
            let bytes = reader.available
            if let end = scan.end(in: bytes, from: scanned) {
                if dropped + end > limit { return tooLong(end, dropped) }
                consumed = end
                advance()
                return .json(UnsafeRawBufferPointer(rebasing: bytes.prefix(end)))
            }
            scanned = bytes.count
            if dropped + scanned > limit {
                reader.consume(scanned)
                dropped += scanned
                scanned = 0
            }
            guard try reader.more() else {
                throw ReaderError.damaged(
                    path: reader.path, offset: position.offset, reason: "unterminated JSON object beginning here")
            }
        }
    }

    private func advance() { position = ReaderPosition(offset: reader.offset + consumed, record: position.record + 1) }

    private func tooLong(_ end: Int, _ dropped: Int) -> RawRecord {
        reader.consume(end)
        advance()
        return .skipped(.tooLong, detail: "an object of \(dropped + end) bytes; the limit is \(limit)")
    }

    /// Skips white space, commas and brackets between elements. Returns the next byte, nil at the end.
    private func skipBetween() throws -> UInt8? {
        while true {
            let bytes = reader.available
            let isBetween: (UInt8) -> Bool = { byte in
                switch byte {
                case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"): true
                default: false
                }
            }
            let count = bytes.prefix(while: isBetween).count
            reader.consume(count)
            if count < bytes.count {
                position.offset = reader.offset
                return bytes[count]
            }
            if try !reader.more() {
                position.offset = reader.offset
                return nil
            }
        }
    }

    /// Skips an element that is not an object, up to the next "{" or "," outside a string.
    private func wrongElement() throws -> RawRecord {
        var isInString = false
        var isEscaped = false
        search: while true {
            for (index, byte) in reader.available.enumerated() {
                if isEscaped {
                    isEscaped = false
                } else if isInString {
                    isInString = byte != UInt8(ascii: "\"")
                    isEscaped = byte == UInt8(ascii: "\\")
                } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: ",") {
                    reader.consume(index)
                    break search
                } else {
                    isInString = byte == UInt8(ascii: "\"")
                }
            }
            reader.consume(reader.available.count)
            if try !reader.more() { break }
        }
        advance()
        return .skipped(.notJSON, detail: "an element that is not an object")
    }
}

/// Tracks brackets and strings to find the end of an object incrementally.
private struct ElementScan {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// The index after the object's closing bracket, if it is in the bytes.
    mutating func end(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if isEscaped {
                isEscaped = false
            } else if isInString {
                if byte == UInt8(ascii: "\"") { isInString = false }
                if byte == UInt8(ascii: "\\") { isEscaped = true }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth <= 0 { return index }
                default: break
                }
            }
        }
        return nil
    }
}

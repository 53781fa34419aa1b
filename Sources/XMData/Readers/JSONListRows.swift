// A .json file as rows: the elements of one list, streamed; or objects one after the other; or one object.
// Brackets and quotes alone find an element's end; whether it is JSON is the scanner's business.
// SPDX-License-Identifier: Apache-2.0

final class JSONListRows: RowReader {
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

    func next() throws -> Row? {
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
                    path: reader.path, offset: position.offset, reason: "the JSON object that begins here does not end")
            }
        }
    }

    private func advance() { position = ReaderPosition(offset: reader.offset + consumed, row: position.row + 1) }

    private func tooLong(_ end: Int, _ dropped: Int) -> Row {
        reader.consume(end)
        advance()
        return .skipped(.tooLong, detail: "an object of \(dropped + end) bytes; the limit is \(limit)")
    }

    /// Passes over space and what stands between elements; the next byte, nil at the end.
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

    /// An element that is no object: passed over up to the next that may be one, outside of strings.
    private func wrongElement() throws -> Row {
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

/// Follows brackets and strings of one object over pieces of it.
private struct ElementScan {
    private var depth = 0
    private var isInString = false
    private var isEscaped = false

    /// The place after the object's last bracket, if it lies in the bytes.
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

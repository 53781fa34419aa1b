// CSV and TSV after RFC 4180: quoted fields may hold delimiters, line ends and doubled quotes; rows end in LF,
// CRLF or CR. A quote inside an unquoted field is itself. Rows of white space only are no rows.
//
// Many programs write TSV without any quoting, so that a quote at the start of a field is text. A row of TSV is read so
// where its quotes cannot be those of RFC 4180, or where they would join lines that are whole rows by themselves.
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class DelimitedRows: RowReader {
    private let reader: ByteReader
    private let delimiter: UInt8
    private let isTSV: Bool
    private let limit: Int
    private let start: Int
    private(set) var columns: [String] = []
    private(set) var position: ReaderPosition
    private(set) var hasByteOrderMark = false
    /// The fields of the last row, unquoted, one after the other, and where each ends.
    private let fields = ScratchBytes()
    private var ends: [Int] = []
    private var consumed = 0

    /// `head` reads the same file from its start, for the names of the columns.
    init(
        _ reader: ByteReader, head: ByteReader, at position: ReaderPosition, isTSV: Bool, header: Bool, limit: Int
    )
        throws
    {
        (self.reader, self.position, self.limit, self.isTSV) = (reader, position, limit, isTSV)
        delimiter = UInt8(ascii: isTSV ? "\t" : ",")
        start = position.offset
        hasByteOrderMark = try reader.skipByteOrderMark()
        _ = try head.skipByteOrderMark()
        try readHeader(head, header)
        consumed = 0
        if position == .start, header {
            _ = try scanRow(reader)
            self.position.offset = reader.offset + consumed
        }
    }

    /// Column names from the first row; without a header their numbers.
    private func readHeader(_ reader: ByteReader, _ header: Bool) throws {
        switch try scanRow(reader) {
        case .end: return  // an empty file has no columns and no rows
        case .complete: columns = (0..<ends.count).map { header ? String(decoding: field($0), as: UTF8.self) : "\($0)" }
        case .tooLong(let bytes):
            throw ReaderError.damaged(path: reader.path, offset: 0, reason: "a first row of \(bytes) bytes")
        case .badQuotes:
            throw ReaderError.damaged(
                path: reader.path, offset: 0, reason: "the first row has text after a closing quote")
        }
    }

    var bytesRead: Int { reader.offset + consumed - start }

    func next() throws -> Row? {
        while true {
            reader.consume(consumed)
            consumed = 0
            let offset = reader.offset
            let outcome = try scanRow(reader)
            if case .end = outcome {
                position.offset = reader.offset
                return nil
            }
            if case .complete = outcome, ends.count == 1, fields.bytes.allSatisfy({ $0 <= 0x20 }), columns.count > 1 {
                continue
            }
            position = ReaderPosition(offset: reader.offset + consumed, row: position.row + 1)
            switch outcome {
            case .complete:
                guard ends.count == columns.count else {
                    return .skipped(
                        .wrongColumns, detail: "\(ends.count) fields in \(columns.count) columns, at byte \(offset)")
                }
                return .values((0..<ends.count).map(field))
            case .tooLong(let bytes):
                return .skipped(.tooLong, detail: "a row of \(bytes) bytes; the limit is \(limit)")
            case .badQuotes: return .skipped(.badQuotes, detail: "text after a closing quote, at byte \(offset)")
            case .end: return nil
            }
        }
    }

    private func field(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: fields.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }

    private enum Outcome {
        case complete
        case tooLong(Int)
        case badQuotes
        case end
    }

    /// Takes the next row into `fields`; its last bytes are left to be consumed.
    private func scanRow(_ reader: ByteReader) throws -> Outcome {
        if let outcome = try scanRow(reader, quotes: true) { return outcome }
        return try scanRow(reader, quotes: false) ?? .badQuotes
    }

    /// Nil where quotes are not what they seem to be and the row, still held, is to be read without them.
    private func scanRow(_ reader: ByteReader, quotes: Bool) throws -> Outcome? {
        fields.removeAll()
        ends.removeAll(keepingCapacity: true)
        var scan = RowScan(delimiter: delimiter, quotes: quotes)
        let begin = reader.offset
        var scanned = 0
        while true {
            let bytes = reader.available
            // What is gathered bounds the memory: a row that is too long already is followed without being kept.
            let isHeld = reader.offset == begin
            let end = scan.end(bytes, &scanned, isLast: reader.isAtEnd, isHeld ? fields : nil, &ends)
            if isTSV, quotes, isHeld, scan.isBad { return nil }
            let length = reader.offset + (end ?? scanned) - begin
            if end == nil, length > limit {
                if isTSV, quotes, isHeld, scan.isInQuotes { return nil }
                reader.consume(scanned)
                scanned = 0
            }
            if end == nil, try reader.more() || scanned < reader.available.count { continue }
            if length == 0 { return .end }
            if end == nil {
                if scan.isInQuotes {
                    if isTSV, quotes, isHeld { return nil }
                    throw ReaderError.damaged(
                        path: reader.path, offset: begin, reason: "a quote of the row that begins here is not closed")
                }
                ends.append(fields.count)
            }
            consumed = end ?? scanned
            if length > limit { return .tooLong(length) }
            if isTSV, quotes, isHeld, joinsRows(UnsafeRawBufferPointer(rebasing: bytes.prefix(consumed))) { return nil }
            return scan.isBad ? .badQuotes : .complete
        }
    }

    /// Whether every line of a row of several lines has as many fields as there are columns, so that what looks like
    /// quotes around line ends is more likely two stray ones.
    private func joinsRows(_ row: UnsafeRawBufferPointer) -> Bool {
        guard columns.count > 1, ends.count == columns.count else { return false }
        let lines = row.split { $0 == 0x0A || $0 == 0x0D }
        return lines.count > 1 && lines.allSatisfy { line in line.count { $0 == delimiter } == columns.count - 1 }
    }
}

/// Follows a row over the pieces of it that are at hand.
private struct RowScan {
    private enum Place {
        case fieldStart
        case unquoted
        case quoted
        /// After a quote inside a quoted field: its end, or the first of two.
        case quote
    }

    private let delimiter: UInt8
    private let quotes: Bool
    private var place = Place.fieldStart
    /// Text came after a closing quote.
    private(set) var isBad = false

    init(delimiter: UInt8, quotes: Bool) { (self.delimiter, self.quotes) = (delimiter, quotes) }

    var isInQuotes: Bool { place == .quoted }

    /// The place after the row's line end, if it lies in the bytes from `scanned` on, which moves on; else it is where
    /// to go on when there are more. What fields hold is kept in `fields`, where there are any.
    mutating func end(
        _ bytes: UnsafeRawBufferPointer, _ scanned: inout Int, isLast: Bool, _ fields: ScratchBytes?,
        _ ends: inout [Int]
    ) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        func keep(_ range: Range<Int>) { fields?.append(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        var index = scanned
        defer { scanned = index }
        while index < bytes.count {
            let byte = bytes[index]
            switch place {
            case .quoted:
                let found = memchr(base + index, 0x22, bytes.count - index).map { UnsafeRawPointer($0) - base }
                keep(index..<(found ?? bytes.count))
                index = found.map { $0 + 1 } ?? bytes.count
                if found != nil { place = .quote }
            case .fieldStart where byte == 0x22 && quotes:
                place = .quoted
                index += 1
            case .quote where byte == 0x22:
                keep(index..<index + 1)
                place = .quoted
                index += 1
            default:
                switch byte {
                case delimiter:
                    if let fields { ends.append(fields.count) }
                    place = .fieldStart
                    index += 1
                case 0x0A, 0x0D:
                    let isCR = byte == 0x0D
                    // An LF may follow.
                    if isCR, index + 1 == bytes.count, !isLast { return nil }
                    if let fields { ends.append(fields.count) }
                    index += isCR && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
                    return index
                default:
                    if place == .quote { isBad = true } else { place = .unquoted }
                    var end = index + 1
                    while end < bytes.count, bytes[end] != delimiter, bytes[end] != 0x0A, bytes[end] != 0x0D {
                        end += 1
                    }
                    keep(index..<end)
                    index = end
                }
            }
        }
        return nil
    }
}

// CSV and TSV after RFC 4180: quoted fields may hold delimiters, line ends and doubled quotes; rows end in LF or CRLF.
// A quote inside an unquoted field is itself. Rows of white space only are no rows.
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class DelimitedRows: RowReader {
    private let reader: ByteReader
    private let delimiter: UInt8
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
        (self.reader, self.position, self.limit) = (reader, position, limit)
        delimiter = UInt8(ascii: isTSV ? "\t" : ",")
        start = position.offset
        hasByteOrderMark = try reader.skipByteOrderMark()
        if try reader.beginsWithUTF16Mark() {
            throw ReaderError.unsupported(path: reader.path, what: "UTF-16", advice: "convert the file to UTF-8")
        }
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
        case .tooLong, .badQuotes:
            throw ReaderError.damaged(path: reader.path, offset: 0, reason: "the first row is not a row of columns")
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

    private enum Place {
        case fieldStart
        case unquoted
        case quoted
        /// After a quote inside a quoted field: its end, or the first of two.
        case quote
    }

    /// Takes one row into `fields`; its last bytes are left to be consumed.
    private func scanRow(_ reader: ByteReader) throws -> Outcome {
        fields.removeAll()
        ends.removeAll(keepingCapacity: true)
        var place = Place.fieldStart
        var isBad = false
        let begin = reader.offset
        while true {
            let bytes = reader.available
            if bytes.isEmpty {
                if try reader.more() { continue }
                if reader.offset == begin { return .end }
                if place == .quoted {
                    throw ReaderError.damaged(
                        path: reader.path, offset: begin, reason: "a quote of the row that begins here is not closed")
                }
                ends.append(fields.count)
                return outcome(reader.offset - begin, isBad)
            }
            // What is gathered bounds the memory: a row that is too long already is followed without being kept.
            if let end = scan(bytes, &place, &isBad, keeps: fields.count <= limit) {
                consumed = end
                return outcome(reader.offset + end - begin, isBad)
            }
            reader.consume(bytes.count)
        }
    }

    private func outcome(_ bytes: Int, _ isBad: Bool) -> Outcome {
        if bytes > limit { return .tooLong(bytes) }
        return isBad ? .badQuotes : .complete
    }

    /// Follows a row over a piece of it; the place after its line end, if it lies there.
    private func scan(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Place, _ isBad: inout Bool, keeps: Bool
    ) -> Int? {
        let base = bytes.baseAddress!
        var index = 0
        func keep(_ range: Range<Int>) {
            if keeps { fields.append(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        }
        while index < bytes.count {
            let byte = bytes[index]
            switch place {
            case .quoted:
                let found = memchr(base + index, 0x22, bytes.count - index).map { UnsafeRawPointer($0) - base }
                keep(index..<(found ?? bytes.count))
                index = (found ?? bytes.count) + 1
                if found == nil { return nil }
                place = .quote
            case .fieldStart where byte == 0x22:
                place = .quoted
                index += 1
            case .quote where byte == 0x22:
                keep(index..<index + 1)
                place = .quoted
                index += 1
            default:
                if byte == delimiter {
                    ends.append(fields.count)
                    place = .fieldStart
                    index += 1
                } else if byte == 0x0A {
                    if place == .unquoted { fields.dropCarriageReturn(after: ends.last ?? 0) }
                    ends.append(fields.count)
                    return index + 1
                } else if place == .quote {
                    // CRLF ends the row; anything else does not belong here.
                    if byte != 0x0D { isBad = true }
                    index += 1
                } else {
                    place = .unquoted
                    var end = index
                    while end < bytes.count, bytes[end] != delimiter, bytes[end] != 0x0A { end += 1 }
                    keep(index..<end)
                    index = end
                }
            }
        }
        return nil
    }
}

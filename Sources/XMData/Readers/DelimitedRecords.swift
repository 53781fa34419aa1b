// CSV and TSV as in RFC 4180: quoted fields may contain delimiters, line breaks and doubled quotes; records end with
// LF, CRLF or CR. A quote inside an unquoted field is literal. Blank lines are ignored.
//
// Many programs write TSV without quoting, so that a quote at the start of a field is text. A TSV record is read
// without quoting if its quotes violate RFC 4180, or if they would join lines each of which is a complete record.
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class DelimitedRecords: RecordReader {
    private let reader: ByteReader
    private let delimiter: UInt8
    private let isTSV: Bool
    private let limit: Int
    private let start: Int
    private(set) var columns: [String] = []
    private(set) var position: ReaderPosition
    private(set) var hasByteOrderMark = false
    /// The unquoted fields of the last record, concatenated, and the end of each.
    private let fields = ScratchBytes()
    private var ends: [Int] = []
    private var consumed = 0

    /// `head` reads the same file from its start, for the column names.
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
            _ = try scanRecord(reader)
            self.position.offset = reader.offset + consumed
        }
    }

    /// Sets the column names from the header, or to their numbers without one.
    private func readHeader(_ reader: ByteReader, _ header: Bool) throws {
        switch try scanRecord(reader) {
        case .end: return  // an empty file has no columns and no records
        case .complete: columns = (0..<ends.count).map { header ? String(decoding: field($0), as: UTF8.self) : "\($0)" }
        case .tooLong(let bytes):
            throw ReaderError.damaged(path: reader.path, offset: 0, reason: "the first record has \(bytes) bytes")
        case .badQuotes:
            throw ReaderError.damaged(
                path: reader.path, offset: 0, reason: "the first record has text after a closing quote")
        }
    }

    var bytesRead: Int { reader.offset + consumed - start }

    func next() throws -> RawRecord? {
        while true {
            reader.consume(consumed)
            consumed = 0
            let offset = reader.offset
            let outcome = try scanRecord(reader)
            if case .end = outcome {
                position.offset = reader.offset
                return nil
            }
            if case .complete = outcome, ends.count == 1, fields.bytes.allSatisfy({ $0 <= 0x20 }), columns.count > 1 {
                continue
            }
            position = ReaderPosition(offset: reader.offset + consumed, record: position.record + 1)
            switch outcome {
            case .complete:
                guard ends.count == columns.count else {
                    return .skipped(
                        .wrongColumns, detail: "\(ends.count) fields for \(columns.count) columns, at byte \(offset)")
                }
                return .values((0..<ends.count).map(field))
            case .tooLong(let bytes):
                return .skipped(.tooLong, detail: "a record of \(bytes) bytes; the limit is \(limit)")
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

    /// Parses the next record into `fields`; its last bytes remain to be consumed.
    private func scanRecord(_ reader: ByteReader) throws -> Outcome {
        if let outcome = try scanRecord(reader, quotes: true) { return outcome }
        return try scanRecord(reader, quotes: false) ?? .badQuotes
    }

    /// Nil when the quotes turn out to be text and the record, which is still buffered, must be read without quoting.
    private func scanRecord(_ reader: ByteReader, quotes: Bool) throws -> Outcome? {
        fields.removeAll()
        ends.removeAll(keepingCapacity: true)
        var scan = RecordScan(delimiter: delimiter, quotes: quotes)
        let begin = reader.offset
        var scanned = 0
        while true {
            let bytes = reader.available
            // To bound memory, a record that is already too long is scanned to its end without being kept.
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
                        path: reader.path, offset: begin, reason: "unterminated quote in the record that begins here")
                }
                ends.append(fields.count)
            }
            consumed = end ?? scanned
            if length > limit { return .tooLong(length) }
            if isTSV, quotes, isHeld, joinsRecords(UnsafeRawBufferPointer(rebasing: bytes.prefix(consumed))) {
                return nil
            }
            return scan.isBad ? .badQuotes : .complete
        }
    }

    /// Whether each line of a multi-line record has as many fields as there are columns, so that what looks like a
    /// quoted line break is more likely a pair of literal quotes.
    private func joinsRecords(_ record: UnsafeRawBufferPointer) -> Bool {
        guard columns.count > 1, ends.count == columns.count else { return false }
        let lines = record.split { $0 == 0x0A || $0 == 0x0D }
        return lines.count > 1 && lines.allSatisfy { line in line.count { $0 == delimiter } == columns.count - 1 }
    }
}

/// State machine that scans a record incrementally.
private struct RecordScan {
    private enum State {
        case fieldStart
        case unquoted
        case quoted
        /// After a quote inside a quoted field: the end of the field, or the first of a doubled quote.
        case quote
    }

    private let delimiter: UInt8
    private let quotes: Bool
    private var state = State.fieldStart
    /// Whether there was text after a closing quote.
    private(set) var isBad = false

    init(delimiter: UInt8, quotes: Bool) { (self.delimiter, self.quotes) = (delimiter, quotes) }

    var isInQuotes: Bool { state == .quoted }

    /// Scans `bytes` from `scanned` on, advancing it. Returns the index after the record's line terminator; nil if more
    /// bytes are needed. The contents of fields are appended to `fields`, unless it is nil.
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
            switch state {
            case .quoted:
                let found = memchr(base + index, 0x22, bytes.count - index).map { UnsafeRawPointer($0) - base }
                keep(index..<(found ?? bytes.count))
                index = found.map { $0 + 1 } ?? bytes.count
                if found != nil { state = .quote }
            case .fieldStart where byte == 0x22 && quotes:
                state = .quoted
                index += 1
            case .quote where byte == 0x22:
                keep(index..<index + 1)
                state = .quoted
                index += 1
            default:
                switch byte {
                case delimiter:
                    if let fields { ends.append(fields.count) }
                    state = .fieldStart
                    index += 1
                case 0x0A, 0x0D:
                    let isCR = byte == 0x0D
                    // An LF may follow.
                    if isCR, index + 1 == bytes.count, !isLast { return nil }
                    if let fields { ends.append(fields.count) }
                    index += isCR && index + 1 < bytes.count && bytes[index + 1] == 0x0A ? 2 : 1
                    return index
                default:
                    if state == .quote { isBad = true } else { state = .unquoted }
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

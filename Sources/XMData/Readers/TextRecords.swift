// Plain text and Markdown: a file is one document, or documents are separated by a given line.
// SPDX-License-Identifier: Apache-2.0

final class TextRecords: RecordReader {
    private let reader: ByteReader
    private let separator: [UInt8]?
    private let limit: Int
    private let start: Int
    private(set) var position: ReaderPosition
    let hasByteOrderMark: Bool
    private let gathered = ScratchBytes()
    private var consumed = 0

    init(_ reader: ByteReader, at position: ReaderPosition, separator: String?, limit: Int) throws {
        (self.reader, self.position, self.limit) = (reader, position, limit)
        self.separator = separator.map { Array($0.utf8) }
        start = position.offset
        hasByteOrderMark = try reader.skipByteOrderMark()
    }

    var bytesRead: Int { reader.offset - start }

    func next() throws -> RawRecord? {
        reader.consume(consumed)
        consumed = 0
        let record = try separator.map(nextDocument) ?? wholeFile()
        if record != nil { position = ReaderPosition(offset: reader.offset + consumed, record: position.record + 1) }
        return record
    }

    private func wholeFile() throws -> RawRecord? {
        guard position.record == 0 else { return nil }
        while reader.available.count <= limit, try reader.more() {}
        guard reader.available.count <= limit else {
            // Read to the end, so that the position and the number of bytes are right.
            repeat { reader.consume(reader.available.count) } while try reader.more()
            return .skipped(.tooLong, detail: "\(bytesRead) bytes; the limit is \(limit)")
        }
        consumed = reader.available.count
        return .text(reader.available)
    }

    private func nextDocument(_ separator: [UInt8]) throws -> RawRecord? {
        gathered.removeAll()
        var tooLong = 0
        var hasLines = false
        while let line = try reader.line(limit: limit) {
            hasLines = true
            switch line {
            case .bytes(let bytes):
                if bytes.elementsEqual(separator) { return document(tooLong) }
                if tooLong == 0 && gathered.count + bytes.count + 1 <= limit {
                    gathered.append(bytes)
                    gathered.append(reader.endedByCarriageReturn ? 0x0D : 0x0A)
                } else {
                    tooLong += bytes.count + 1
                }
            case .tooLong(let bytes): tooLong += bytes
            }
        }
        return hasLines ? document(tooLong) : nil
    }

    /// The assembled document; `tooLong` counts the bytes beyond the limit.
    private func document(_ tooLong: Int) -> RawRecord {
        if tooLong > 0 {
            return .skipped(.tooLong, detail: "\(gathered.count + tooLong) bytes; the limit is \(limit)")
        }
        return .text(gathered.bytes)
    }
}

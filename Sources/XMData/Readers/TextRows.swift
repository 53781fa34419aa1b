// Plain text and Markdown: a file is a document, or a line of its own stands between documents.
// SPDX-License-Identifier: Apache-2.0

final class TextRows: RowReader {
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

    func next() throws -> Row? {
        reader.consume(consumed)
        consumed = 0
        let row = try separator.map(nextPart) ?? wholeFile()
        if row != nil { position = ReaderPosition(offset: reader.offset + consumed, row: position.row + 1) }
        return row
    }

    private func wholeFile() throws -> Row? {
        guard position.row == 0 else { return nil }
        while reader.available.count <= limit, try reader.more() {}
        guard reader.available.count <= limit else {
            // Passed over to its end, so that the position and the count of bytes are true.
            repeat { reader.consume(reader.available.count) } while try reader.more()
            return .skipped(.tooLong, detail: "\(bytesRead) bytes; the limit is \(limit)")
        }
        consumed = reader.available.count
        return .text(reader.available)
    }

    private func nextPart(_ separator: [UInt8]) throws -> Row? {
        gathered.removeAll()
        var tooLong = 0
        var hasLines = false
        while let line = try reader.line(limit: limit) {
            hasLines = true
            switch line {
            case .bytes(let bytes):
                if bytes.elementsEqual(separator) { return part(tooLong) }
                if tooLong == 0 && gathered.count + bytes.count + 1 <= limit {
                    gathered.append(bytes)
                    gathered.append(reader.endedByCarriageReturn ? 0x0D : 0x0A)
                } else {
                    tooLong += bytes.count + 1
                }
            case .tooLong(let bytes): tooLong += bytes
            }
        }
        return hasLines ? part(tooLong) : nil
    }

    private func part(_ tooLong: Int) -> Row {
        if tooLong > 0 {
            return .skipped(.tooLong, detail: "\(gathered.count + tooLong) bytes; the limit is \(limit)")
        }
        return .text(gathered.bytes)
    }
}

// JSON Lines: one object per line; blank lines are ignored.
// SPDX-License-Identifier: Apache-2.0

final class JSONLineRecords: RecordReader {
    private let reader: ByteReader
    private let limit: Int
    private let start: Int
    private(set) var position: ReaderPosition
    let hasByteOrderMark: Bool

    init(_ reader: ByteReader, at position: ReaderPosition, limit: Int) throws {
        (self.reader, self.position, self.limit) = (reader, position, limit)
        start = position.offset
        hasByteOrderMark = try reader.skipByteOrderMark()
    }

    var bytesRead: Int { reader.offset - start }

    func next() throws -> RawRecord? {
        while let line = try reader.line(limit: limit) {
            switch line {
            case .bytes(let bytes):
                if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
                position = ReaderPosition(offset: reader.offset, record: position.record + 1)
                return .json(bytes)
            case .tooLong(let count):
                position = ReaderPosition(offset: reader.offset, record: position.record + 1)
                return .skipped(.tooLong, detail: "a line of \(count) bytes; the limit is \(limit)")
            }
        }
        return nil
    }
}

// A window that slides over a byte source and grows where one row needs it; what rows are cut from.
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class ByteReader {
    let path: String
    private let source: any ByteSource
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Place in the stream of the first available byte.
    private(set) var offset: Int
    private(set) var isAtEnd = false

    init(_ source: any ByteSource, path: String, offset: Int = 0) throws {
        (self.source, self.path, self.offset) = (source, path, offset)
        buffer = .allocate(byteCount: 1 << 18, alignment: 16)
        let skipped = offset > 0 ? try source.skip(offset) : 0
        guard skipped == offset else {
            throw ReaderError.badPosition(path: path, offset: offset, available: skipped)
        }
    }

    deinit { buffer.deallocate() }

    /// What has been read and not consumed; valid until `more` or `line`.
    var available: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[start..<end]) }

    func consume(_ count: Int) {
        precondition(count <= end - start)
        start += count
        offset += count
    }

    /// Reads on, behind what is available; false at the end of the source.
    func more() throws -> Bool {
        if isAtEnd { return false }
        if end == buffer.count {
            if start >= buffer.count / 2 {
                buffer.copyMemory(from: available)
            } else {
                let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
                larger.copyMemory(from: available)
                buffer.deallocate()
                buffer = larger
            }
            (start, end) = (0, end - start)
        }
        let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
        end += count
        isAtEnd = count == 0
        return count > 0
    }

    enum Line {
        /// Without its line end; valid until the next call.
        case bytes(UnsafeRawBufferPointer)
        /// Longer than the limit: passed over, never held.
        case tooLong(bytes: Int)
    }

    /// The next line, ended by LF or CRLF or the end of the file; nil at the end.
    func line(limit: Int) throws -> Line? {
        var scanned = 0
        var dropped = 0
        while true {
            let bytes = available
            let found =
                bytes.count > scanned
                ? memchr(bytes.baseAddress! + scanned, 0x0A, bytes.count - scanned) : nil
            let length = found.map { UnsafeRawPointer($0) - bytes.baseAddress! } ?? bytes.count
            if found == nil, length <= limit, dropped == 0, try more() {
                scanned = length
                continue
            }
            if dropped > 0 || length > limit {
                consume(length)
                dropped += length
                scanned = 0
                if found == nil, try more() { continue }
                if found != nil { consume(1) }
                return .tooLong(bytes: dropped)
            }
            if found == nil && length == 0 { return nil }
            consume(length + (found == nil ? 0 : 1))
            let isCRLF = length > 0 && bytes[length - 1] == 0x0D
            return .bytes(UnsafeRawBufferPointer(rebasing: bytes.prefix(isCRLF ? length - 1 : length)))
        }
    }

    /// Drops a byte order mark of UTF-8 at the very start. True when there was one.
    func skipByteOrderMark() throws -> Bool {
        guard offset == 0 else { return false }
        while available.count < 3, try more() {}
        guard available.starts(with: [0xEF, 0xBB, 0xBF]) else { return false }
        consume(3)
        return true
    }

    /// Whether the file begins with UTF-16's byte order mark.
    func beginsWithUTF16Mark() throws -> Bool {
        guard offset == 0 else { return false }
        while available.count < 2, try more() {}
        return available.starts(with: [0xFF, 0xFE]) || available.starts(with: [0xFE, 0xFF])
    }
}

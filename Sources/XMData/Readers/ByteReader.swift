// A buffered reader: a window that slides over a byte source and grows to hold one record. The record readers of the
// byte-oriented formats are built on it.
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class ByteReader {
    let path: String
    private let source: any ByteSource
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    /// Position in the stream of the first available byte.
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

    /// Bytes read but not consumed; valid until the next call of `more` or `line`.
    var available: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[start..<end]) }

    func consume(_ count: Int) {
        precondition(count <= end - start)
        start += count
        offset += count
    }

    /// Reads more bytes and appends them to the available ones; false at the end of the source.
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
        /// Without its line terminator; valid until the next call.
        case bytes(UnsafeRawBufferPointer)
        /// Longer than the limit: skipped without being held in memory.
        case tooLong(bytes: Int)
    }

    /// Whether the last line ended in a lone CR, as in classic Mac OS.
    private(set) var endedByCarriageReturn = false
    /// No unconsumed LF lies before this position in the stream. Keeps files without LF from being searched repeatedly.
    private var searchedForLF = 0

    /// The next line, terminated by LF, CRLF, CR or the end of the file; nil at the end.
    func line(limit: Int) throws -> Line? {
        var scanned = 0
        var dropped = 0
        while true {
            let bytes = available
            let end = lineEnd(bytes, from: scanned)
            // A CR as the last available byte may be the first half of CRLF.
            if !isAtEnd, end == nil || end == bytes.count - 1 && bytes[end!] == 0x0D {
                scanned = end ?? bytes.count
                if end == nil, dropped + scanned > limit {
                    consume(scanned)
                    dropped += scanned
                    scanned = 0
                }
                _ = try more()
                continue
            }
            let length = end ?? bytes.count
            if end == nil && length == 0 && dropped == 0 { return nil }
            let isCR = end.map { bytes[$0] == 0x0D } ?? false
            let isCRLF = isCR && length + 1 < bytes.count && bytes[length + 1] == 0x0A
            endedByCarriageReturn = isCR && !isCRLF
            consume(length + (end == nil ? 0 : isCRLF ? 2 : 1))
            return dropped + length > limit
                ? .tooLong(bytes: dropped + length) : .bytes(UnsafeRawBufferPointer(rebasing: bytes.prefix(length)))
        }
    }

    /// The first LF or CR at or after `start`.
    private func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        func first(_ byte: Int32, _ range: Range<Int>) -> Int? {
            guard !range.isEmpty, let base = bytes.baseAddress else { return nil }
            return memchr(base + range.lowerBound, byte, range.count).map { UnsafeRawPointer($0) - base }
        }
        let lf = first(0x0A, min(bytes.count, max(start, searchedForLF - offset))..<bytes.count)
        searchedForLF = offset + (lf ?? bytes.count)
        return first(0x0D, start..<(lf ?? bytes.count)) ?? lf
    }

    /// Skips a UTF-8 byte order mark at the very start; returns whether there was one.
    func skipByteOrderMark() throws -> Bool {
        guard offset == 0 else { return false }
        while available.count < 3, try more() {}
        guard available.starts(with: [0xEF, 0xBB, 0xBF]) else { return false }
        consume(3)
        return true
    }
}

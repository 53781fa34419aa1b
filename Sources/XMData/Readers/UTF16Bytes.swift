// Files in UTF-16, as saved by Windows programs: detected from their first bytes, with or without a byte order mark,
// and converted while reading, so that every format reader sees UTF-8.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum ByteOrder {
    case littleEndian, bigEndian

    /// The code unit at byte `offset`.
    func unit(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt16 {
        let (first, second) = (UInt16(bytes[offset]), UInt16(bytes[offset + 1]))
        return self == .littleEndian ? first | second << 8 : first << 8 | second
    }

    /// The byte order of a file that begins with `head`, if it is UTF-16.
    ///
    /// Without a mark, zero bytes give it away: every second byte of Latin text is zero, and so is one byte of every
    /// space and line end in any script. In the right order such text has no control characters, no unpaired surrogates
    /// and some ASCII or East Asian punctuation; in the wrong order it has hardly any.
    static func ofUTF16(_ head: UnsafeRawBufferPointer) -> ByteOrder? {
        if head.starts(with: [0xFF, 0xFE]) { return .littleEndian }
        if head.starts(with: [0xFE, 0xFF]) { return .bigEndian }
        let zeros = head.count { $0 == 0 }
        guard zeros > 0, head.count >= 4 else { return nil }
        // There may also be a few stray zeros, or zeros that separate texts in UTF-8 without other control characters.
        let whole = UnsafeRawBufferPointer(
            rebasing: head.prefix(head.count - min(3, head.reversed().prefix { $0 >= 0x80 }.count)))
        let isUTF8 =
            String(validating: whole, as: UTF8.self) != nil
            && !head.contains { $0 < 0x09 && $0 != 0 || 0x0E..<0x1B ~= $0 }
        guard !isUTF8 || 3 * zeros >= head.count else { return nil }
        let (little, big) = (ByteOrder.littleEndian.score(head), ByteOrder.bigEndian.score(head))
        guard max(little, big) * 20 >= head.count / 2, little != big else { return nil }
        return little > big ? .littleEndian : .bigEndian
    }

    /// Number of code units that are ASCII or East Asian punctuation; -1 if this cannot be the byte order.
    private func score(_ head: UnsafeRawBufferPointer) -> Int {
        var score = 0
        var isInPair = false
        for offset in stride(from: 0, to: head.count - 1, by: 2) {
            let unit = unit(head, at: offset)
            if (unit & 0xFC00 == 0xDC00) != isInPair { return -1 }
            isInPair = unit & 0xFC00 == 0xD800
            switch unit {
            case 0x09...0x0D, 0x20...0x7E, 0x3000...0x303F, 0xFF00...0xFF65: score += 1
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE...: return -1
            default: break
            }
        }
        return score
    }
}

/// Converts UTF-16 to UTF-8, including the byte order mark; unpaired surrogates become U+FFFD.
final class UTF16Bytes: ByteSource {
    private let source: any ByteSource
    private let order: ByteOrder
    private let path: String
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 2)
    /// Bytes of `input` carried over to the next conversion: half a code unit, half a surrogate pair.
    private var held = 0
    private var output: [UInt8] = []
    private var taken = 0
    private var offset = 0

    init(_ source: any ByteSource, _ order: ByteOrder, path: String) {
        (self.source, self.order, self.path) = (source, order, path)
    }

    deinit { input.deallocate() }

    func read(into room: UnsafeMutableRawBufferPointer) throws -> Int {
        while taken == output.count {
            if try !convert() { return 0 }
        }
        let count = min(room.count, output.count - taken)
        output.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[taken..<taken + count])) }
        taken += count
        return count
    }

    /// Refills `output`; false at the end.
    private func convert() throws -> Bool {
        let read = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: input[held...]))
        offset += read
        let bytes = UnsafeRawBufferPointer(rebasing: input[..<(held + read)])
        if read == 0 {
            guard held % 2 == 0 else {
                throw ReaderError.damaged(path: path, offset: offset, reason: "UTF-16 text with an odd number of bytes")
            }
            if held == 0 { return false }
        }
        var end = bytes.count & ~1
        if read > 0, end >= 2, order.unit(bytes, at: end - 2) & 0xFC00 == 0xD800 { end -= 2 }
        let units = stride(from: 0, to: end, by: 2).map { order.unit(bytes, at: $0) }
        (output, taken) = (Array(String(decoding: units, as: UTF16.self).utf8), 0)
        held = bytes.count - end
        input.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[end...]))
        return true
    }

    func skip(_ count: Int) throws -> Int { try skipByReading(count) }
}

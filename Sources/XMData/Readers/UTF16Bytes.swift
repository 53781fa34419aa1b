// Files in UTF-16, as Windows programs save them: told by their first bytes, with a byte order mark or without, and
// converted on the way, so that every format's reader sees UTF-8.
// SPDX-License-Identifier: Apache-2.0

import Foundation

enum ByteOrder {
    case littleEndian, bigEndian

    func unit(_ bytes: UnsafeRawBufferPointer, at place: Int) -> UInt16 {
        let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
        return self == .littleEndian ? first | second << 8 : first << 8 | second
    }

    /// Of a file that begins with `head`, when that is UTF-16; nil for all else.
    ///
    /// Without a mark, zeros tell: every second byte of Latin text is one, and spaces and line ends have one in any
    /// script. Read in the right order such text has no control characters and no halves of pairs, and some ASCII or
    /// East Asian punctuation; read in the wrong order it has next to none.
    static func ofUTF16(_ head: UnsafeRawBufferPointer) -> ByteOrder? {
        if head.starts(with: [0xFF, 0xFE]) { return .littleEndian }
        if head.starts(with: [0xFE, 0xFF]) { return .bigEndian }
        let zeros = head.count { $0 == 0 }
        guard zeros > 0, head.count >= 4 else { return nil }
        // Zeros may also be a few stray ones, or separate texts in UTF-8, which has no other control characters.
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

    /// How many units are ASCII or East Asian punctuation; -1 when this cannot be the order.
    private func score(_ head: UnsafeRawBufferPointer) -> Int {
        var score = 0
        var isInPair = false
        for place in stride(from: 0, to: head.count - 1, by: 2) {
            let unit = unit(head, at: place)
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

/// UTF-16 as UTF-8, its mark too; halves of pairs become U+FFFD.
final class UTF16Bytes: ByteSource {
    private let source: any ByteSource
    private let order: ByteOrder
    private let path: String
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 2)
    /// Bytes of `input` that are kept for the next turn: half a unit, half a pair.
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

    /// Fills `output` anew; false at the end.
    private func convert() throws -> Bool {
        let read = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: input[held...]))
        offset += read
        let bytes = UnsafeRawBufferPointer(rebasing: input[..<(held + read)])
        if read == 0 {
            guard held % 2 == 0 else {
                throw ReaderError.damaged(path: path, offset: offset, reason: "the UTF-16 text ends inside a character")
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

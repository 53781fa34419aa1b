// Splits bytes into lines: the one definition of a line for text files that are held in memory. JSON Lines differ in
// that a CR inside a value is white space (JSON/JSONLines.swift); streams are split by XMData/Readers/ByteReader.swift.
// SPDX-License-Identifier: Apache-2.0

/// Iterates over the lines of a text file, terminated by LF, CRLF or CR. The terminators and a UTF-8 byte order mark at
/// the start are not part of the lines, and a terminator at the end does not begin another line.
package struct LineSplitter: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var start = 0

    /// The lines are slices of `bytes`, which must outlive them.
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }

    package mutating func next() -> UnsafeRawBufferPointer? {
        guard start < bytes.count else { return nil }
        var end = start
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        let isCRLF = end + 1 < bytes.count && bytes[end] == 0x0D && bytes[end + 1] == 0x0A
        start = end + (isCRLF ? 2 : 1)
        return line
    }
}

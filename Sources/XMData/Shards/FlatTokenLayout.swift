// Detects the layout of a token file from its first bytes: 16-bit ids with or without llm.c's header are read; wider
// ids and other programs' containers, which would otherwise pass as 16-bit ids, are rejected by name.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

enum FlatTokenLayout {
    /// llm.c's header: 256 32-bit integers, the first being the magic number, the second the version and the third the
    /// number of ids.
    private static let headerBytes = 1024
    private static let magic16: UInt32 = 20_240_520
    /// Magic numbers of llm.c's other files.
    private static let otherMagics: [UInt32: String] = [
        20_240_801: "ids of 32 bits after llm.c's header, as for Llama 3",
        20_240_522: "an evaluation set of llm.c", 20_240_326: "weights of llm.c",
    ]

    /// Number of 16-bit words examined to detect wider ids.
    private static let sampleWords = 1 << 13

    /// Offset of the first id. Throws `DataError.badTokenFile` if the ids are not 16 bits wide.
    static func firstByte(of file: PositionedFile, vocabulary: Int) throws -> Int {
        func problem(_ offset: Int, _ reason: String) -> DataError {
            .badTokenFile(path: file.path, offset: offset, reason: reason, vocabulary: vocabulary)
        }
        let size = file.sizeBytes
        let head = try file.bytes(0..<min(size, headerBytes + 2 * sampleWords))
        if head.starts(with: [0x93] + Array("NUMPY".utf8)) { throw problem(0, "is a NumPy array with a header") }
        let numbers = stride(from: 0, to: min(12, head.count & ~3), by: 4).map { offset in
            head[offset..<offset + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        var first = 0
        if size >= headerBytes, let magic = numbers.first {
            if let other = otherMagics[magic] { throw problem(0, "contains \(other)") }
            if magic == magic16 {
                guard numbers[1] == 1 else { throw problem(4, "has version \(numbers[1]) of llm.c's header, not 1") }
                guard (size - headerBytes) % 2 == 0 else { throw problem(size, "ends inside a 16-bit id") }
                guard Int(numbers[2]) == (size - headerBytes) / 2 else {
                    throw problem(8, "the header says \(numbers[2]) ids but the file has \((size - headerBytes) / 2)")
                }
                first = headerBytes
            }
        }
        guard size % 2 == 0 else { throw problem(size, "ends inside a 16-bit id: its size is odd") }
        if let reason = wideIDs(words(Array(head[first...]))) { throw problem(first, reason) }
        return first
    }

    /// Whether the words look like halves of wider ids: one word of each pair is zero or, with vocabularies above
    /// 65,536, close to it. Text in 16-bit ids never looks like that.
    private static func wideIDs(_ words: [UInt16]) -> String? {
        let pairs = words.count / 2
        guard pairs >= 4 else { return nil }
        let indices = stride(from: 0, to: 2 * pairs, by: 2)
        let (first, second) = (indices.map { words[$0] }, indices.map { words[$0 + 1] })
        func isHigh(_ halves: [UInt16], beside others: [UInt16]) -> Bool {
            let largest = halves.max() ?? 0
            return (largest == 0 || largest < 4 && pairs >= 32) && others.contains { $0 >= 4 }
        }
        if isHigh(second, beside: first) {
            return "contains 32-bit ids: every second 16-bit word is zero or close to it"
        }
        if isHigh(first, beside: second) {
            return "contains big-endian 32-bit ids: the first of every two 16-bit words is zero or close to it"
        }
        return nil
    }

    /// Decodes little-endian 16-bit words.
    static func words(_ bytes: [UInt8]) -> [UInt16] {
        stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    }
}

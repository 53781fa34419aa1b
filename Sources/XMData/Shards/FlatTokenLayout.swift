// How a file of ids is laid out, told by its first bytes: 16-bit ids with or without llm.c's header are read; wider ids
// and other programs' containers, which would pass as 16-bit ids, are refused by name.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

enum FlatTokenLayout {
    /// llm.c's header: 256 numbers of 32 bits, of which the first says what follows, the second the version, the third
    /// how many ids there are.
    private static let headerBytes = 1024
    private static let magic16: UInt32 = 20_240_520
    /// What llm.c's other files begin with.
    private static let otherMagics: [UInt32: String] = [
        20_240_801: "ids of 32 bits after llm.c's header, as for Llama 3",
        20_240_522: "an evaluation set of llm.c", 20_240_326: "weights of llm.c",
    ]

    /// Ids that are looked at to tell their width.
    private static let sampleWords = 1 << 13

    /// Where the ids begin. Throws `DataError.badTokenFile` where they are not of 16 bits.
    static func firstByte(of file: PositionedFile, vocabulary: Int) throws -> Int {
        func problem(_ offset: Int, _ reason: String) -> DataError {
            .badTokenFile(path: file.path, offset: offset, reason: reason, vocabulary: vocabulary)
        }
        let size = file.sizeBytes
        let head = try file.bytes(0..<min(size, headerBytes + 2 * sampleWords))
        if head.starts(with: [0x93] + Array("NUMPY".utf8)) { throw problem(0, "is an array of NumPy with a header") }
        let numbers = stride(from: 0, to: min(12, head.count & ~3), by: 4).map { place in
            head[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        var first = 0
        if size >= headerBytes, let magic = numbers.first {
            if let other = otherMagics[magic] { throw problem(0, "holds \(other)") }
            if magic == magic16 {
                guard numbers[1] == 1 else { throw problem(4, "has version \(numbers[1]) of llm.c's header, not 1") }
                guard (size - headerBytes) % 2 == 0 else { throw problem(size, "ends inside a 16-bit id") }
                guard Int(numbers[2]) == (size - headerBytes) / 2 else {
                    throw problem(8, "says that it holds \(numbers[2]) ids and has \((size - headerBytes) / 2)")
                }
                first = headerBytes
            }
        }
        guard size % 2 == 0 else { throw problem(size, "ends inside a 16-bit id, for its size is odd") }
        if let reason = wideIDs(words(Array(head[first...]))) { throw problem(first, reason) }
        return first
    }

    /// Whether the words look like halves of wider ids: of each pair one is zero or, with a vocabulary of more than
    /// 65,536, next to it. Text of 16-bit ids never looks so.
    private static func wideIDs(_ words: [UInt16]) -> String? {
        let pairs = words.count / 2
        guard pairs >= 4 else { return nil }
        let places = stride(from: 0, to: 2 * pairs, by: 2)
        let (first, second) = (places.map { words[$0] }, places.map { words[$0 + 1] })
        func isHigh(_ halves: [UInt16], beside others: [UInt16]) -> Bool {
            let largest = halves.max() ?? 0
            return (largest == 0 || largest < 4 && pairs >= 32) && others.contains { $0 >= 4 }
        }
        if isHigh(second, beside: first) {
            return "holds ids of 32 bits, for every second 16-bit word is zero or next to it"
        }
        if isHigh(first, beside: second) {
            return "holds ids of 32 bits, big-endian, for every first of two 16-bit words is zero or next to it"
        }
        return nil
    }

    /// Little-endian.
    static func words(_ bytes: [UInt8]) -> [UInt16] {
        stride(from: 0, to: bytes.count - 1, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    }
}

// Plain token files of other programs: 16-bit ids one after the other, documents ended by EOS (training.md 4.8, and
// nanoGPT's train.bin), with or without the header of 256 numbers that llm.c puts in front. The token files of our
// shards are of the plain form themselves. Reading checks every id; nothing says which tokenizer made such a file.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package struct FlatTokens: Sendable {
    private let file: MappedFile
    private let url: URL
    private let vocabulary: Int
    private let eos: Int32
    /// Byte of the first id.
    private let firstByte: Int
    package let tokenCount: Int

    /// llm.c: 256 numbers of 32 bits, of which the first is this, the second a version, the third the count of tokens.
    private static let headerMagic: UInt32 = 20_240_520
    private static let headerBytes = 1024
    /// A stretch without EOS longer than this is no document.
    package static let longestDocument = 1 << 25

    package init(_ url: URL, vocabulary: Int, eos: Int32) throws {
        file = try MappedFile(url)
        (self.url, self.vocabulary, self.eos) = (url, vocabulary, eos)
        let size = file.bytes.count
        let bytes = file.bytes
        func number(_ index: Int) -> UInt32 {
            UInt32(littleEndian: bytes.load(fromByteOffset: 4 * index, as: UInt32.self))
        }
        let hasHeader =
            size >= Self.headerBytes && number(0) == Self.headerMagic
            && Int(number(2)) == (size - Self.headerBytes) / 2
        firstByte = hasHeader ? Self.headerBytes : 0
        guard size % 2 == 0 else {
            throw DataError.badTokenFile(
                path: url.path, offset: size, reason: "ends inside a 16-bit id, for its size is odd",
                vocabulary: vocabulary)
        }
        tokenCount = (size - firstByte) / 2
    }

    /// The document that begins at token `start`, its EOS included; one is added where the file ends without it.
    package func document(at start: Int) throws -> (tokens: [Int32], isComplete: Bool) {
        var tokens: [Int32] = []
        for index in start..<tokenCount {
            let byte = firstByte + 2 * index
            let id = Int32(UInt16(littleEndian: file.bytes.load(fromByteOffset: byte, as: UInt16.self)))
            guard Int(id) < vocabulary else {
                throw DataError.badTokenFile(
                    path: url.path, offset: byte, reason: "has the id \(id)", vocabulary: vocabulary)
            }
            tokens.append(id)
            if id == eos { return (tokens, true) }
            guard tokens.count < Self.longestDocument else {
                throw DataError.badTokenFile(
                    path: url.path, offset: byte,
                    reason: "no EOS (\(eos)) in \(Self.longestDocument) ids; another tokenizer made the file",
                    vocabulary: vocabulary)
            }
        }
        return (tokens + [eos], false)
    }

    /// Writes documents as one plain file, as `train.bin` of nanoGPT and the lab's files are.
    package static func write(_ url: URL, _ body: (_ append: ([Int32]) throws -> Void) throws -> Void) throws {
        let file = try HashedFile(url)
        do {
            try body { try file.append(values: $0.map { UInt16(truncatingIfNeeded: $0).littleEndian }) }
            _ = try file.finish()
        } catch {
            file.abandon()
            throw error
        }
    }
}

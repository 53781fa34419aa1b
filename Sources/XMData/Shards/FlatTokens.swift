// Plain token files of other programs: 16-bit ids one after the other, documents ended by EOS (training.md 4.8, and
// nanoGPT's train.bin), with or without llm.c's header (FlatTokenLayout.swift). The token files of our shards have the
// plain form themselves. Reading checks every id; nothing says which tokenizer made such a file.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// Belongs to one thread.
package final class FlatTokens {
    private let file: PositionedFile
    private let vocabulary: Int
    private let eos: Int32
    /// Byte of the first id.
    private let firstByte: Int
    package let tokenCount: Int
    /// The ids that were read last, and the number of the first of them.
    private var window: [UInt16] = []
    private var windowStart = 0

    /// A stretch without EOS longer than this is no document.
    package static let longestDocument = 1 << 25
    /// Ids that are read at once.
    private static let windowTokens = 1 << 15

    package init(_ url: URL, vocabulary: Int, eos: Int32) throws {
        file = try PositionedFile(url)
        (self.vocabulary, self.eos) = (vocabulary, eos)
        firstByte = try FlatTokenLayout.firstByte(of: file, vocabulary: vocabulary)
        tokenCount = (file.sizeBytes - firstByte) / 2
    }

    /// The document that begins at token `start`, its EOS included; one is added where the file ends without it.
    package func document(at start: Int) throws -> (tokens: [Int32], isComplete: Bool) {
        var tokens: [Int32] = []
        for index in start..<tokenCount {
            let id = Int32(try id(index))
            guard Int(id) < vocabulary else { throw problem(at: index, "has the id \(id)") }
            tokens.append(id)
            if id == eos { return (tokens, true) }
            guard tokens.count < Self.longestDocument else {
                throw problem(
                    at: index, "no EOS (\(eos)) in \(Self.longestDocument) ids; another tokenizer made the file")
            }
        }
        return (tokens + [eos], false)
    }

    private func id(_ index: Int) throws -> UInt16 {
        if !(windowStart..<windowStart + window.count).contains(index) {
            let count = min(Self.windowTokens, tokenCount - index)
            let start = firstByte + 2 * index
            window = FlatTokenLayout.words(try file.bytes(start..<start + 2 * count))
            windowStart = index
        }
        return window[index - windowStart]
    }

    private func problem(at index: Int, _ reason: String) -> DataError {
        .badTokenFile(path: file.path, offset: firstByte + 2 * index, reason: reason, vocabulary: vocabulary)
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

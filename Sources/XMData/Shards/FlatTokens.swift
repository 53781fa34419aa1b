// Flat token files of other programs: a sequence of 16-bit ids in which each document is terminated by EOS, as in
// nanoGPT's train.bin and the Xmodel-2 authors' data, with or without llm.c's header (FlatTokenLayout.swift). The token
// files of our shards have the same layout. Every id is checked; such a file does not say which tokenizer made it.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

/// Reads one flat token file; belongs to one thread.
package final class FlatTokens {
    private let file: PositionedFile
    private let vocabulary: Int
    private let eos: Int32
    /// Offset of the first id in bytes.
    private let firstByte: Int
    package let tokenCount: Int
    /// The ids read last, and the index of the first of them.
    private var window: [UInt16] = []
    private var windowStart = 0

    /// More ids than this without EOS are not taken for a document.
    package static let longestDocument = 1 << 25
    /// Number of ids read at once.
    private static let windowTokens = 1 << 15

    package init(_ url: URL, vocabulary: Int, eos: Int32) throws {
        file = try PositionedFile(url)
        (self.vocabulary, self.eos) = (vocabulary, eos)
        firstByte = try FlatTokenLayout.firstByte(of: file, vocabulary: vocabulary)
        tokenCount = (file.sizeBytes - firstByte) / 2
    }

    /// The document that begins at token `start`, including its EOS, which is added if the file ends without one.
    package func document(at start: Int) throws -> (tokens: [Int32], isComplete: Bool) {
        var tokens: [Int32] = []
        for index in start..<tokenCount {
            let id = Int32(try id(index))
            guard Int(id) < vocabulary else { throw problem(at: index, "has the id \(id)") }
            tokens.append(id)
            if id == eos { return (tokens, true) }
            guard tokens.count < Self.longestDocument else {
                throw problem(
                    at: index, "no EOS (\(eos)) within \(Self.longestDocument) ids; another tokenizer made the file")
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

    /// Writes documents as one flat file without a header, like nanoGPT's `train.bin`.
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

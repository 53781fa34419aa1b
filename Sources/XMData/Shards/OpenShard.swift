// The files of one shard, open for reading. Every access is a bounds-checked positioned read; a file that is truncated,
// rewritten or replaced while it is open is reported as an error (PositionedFile.swift).
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class OpenShard: Sendable {
    package let shard: Shard
    package let width: TokenWidth
    package let tokenURL: URL
    private let tokenFile: PositionedFile
    private let indexFile: PositionedFile
    private let maskFile: PositionedFile?
    private let categoryFile: PositionedFile?

    /// Opens the files and checks their sizes against the manifest's counts. Throws `ShardError`.
    package init(_ shard: Shard, folder: URL, width: TokenWidth) throws {
        func open(_ part: ShardPart, _ wanted: Int) throws -> PositionedFile {
            let file = try Self.open(shard, part, in: folder)
            guard file.sizeBytes == wanted, shard.files[part]?.bytes == wanted else {
                throw ShardError.wrongSize(file: file.path, found: file.sizeBytes, wanted: wanted)
            }
            return file
        }
        self.shard = shard
        self.width = width
        tokenURL = Self.url(shard, .tokens, in: folder)
        tokenFile = try open(.tokens, shard.tokens * width.sizeBytes)
        indexFile = try open(.index, shard.documents * 8)
        maskFile = shard.files[.mask] == nil ? nil : try open(.mask, (shard.tokens + 7) / 8)
        categoryFile = shard.files[.categories] == nil ? nil : try open(.categories, shard.documents)
    }

    package static func url(_ shard: Shard, _ part: ShardPart, in folder: URL) -> URL {
        folder.appending(path: "\(shard.name).\(part.rawValue)")
    }

    /// Opens one file of a shard. A file that exists but cannot be opened is not reported as missing.
    static func open(_ shard: Shard, _ part: ShardPart, in folder: URL) throws -> PositionedFile {
        let url = url(shard, part, in: folder)
        guard FileManager.default.fileExists(atPath: url.path) else { throw ShardError.missing(file: url.path) }
        return try PositionedFile(url)
    }

    /// The tokens in `range`, which must lie inside the shard.
    package func tokens(_ range: Range<Int>) throws -> [Int32] {
        precondition(range.lowerBound >= 0 && range.upperBound <= shard.tokens)
        return switch width {
        case .uint16: try values(of: tokenFile, range) { (value: UInt16) in Int32(UInt16(littleEndian: value)) }
        case .uint32:
            try values(of: tokenFile, range) { (value: UInt32) in Int32(bitPattern: UInt32(littleEndian: value)) }
        }
    }

    /// The loss mask of the tokens in `range`: whether each is a target.
    package func trained(_ range: Range<Int>) throws -> [Bool] {
        guard let maskFile else { return Array(repeating: true, count: range.count) }
        let first = range.lowerBound >> 3
        let bytes = try values(of: maskFile, first..<(range.upperBound + 7) >> 3) { (byte: UInt8) in byte }
        return range.map { bytes[$0 >> 3 - first] >> UInt8($0 & 7) & 1 == 1 }
    }

    /// The token range of document `index`. Throws when the index file is inconsistent.
    package func document(_ index: Int) throws -> Range<Int> {
        let first = max(0, index - 1)
        let ends = try ends(of: first..<index + 1)
        return try range(of: index, from: index == 0 ? 0 : ends[0], to: ends[index - first])
    }

    /// Calls `body` with the number and the token range of every document, in order.
    package func forEachDocument(_ body: (Int, Range<Int>) throws -> Void) throws {
        var start: UInt64 = 0
        for first in stride(from: 0, to: shard.documents, by: 1 << 16) {
            let ends = try ends(of: first..<min(first + 1 << 16, shard.documents))
            for (offset, end) in ends.enumerated() {
                try body(first + offset, try range(of: first + offset, from: start, to: end))
                start = end
            }
        }
    }

    package func category(_ document: Int) throws -> InstructionCategory? {
        try categories(document..<document + 1)[0]
    }

    /// Categories of the documents `range`.
    package func categories(_ range: Range<Int>) throws -> [InstructionCategory?] {
        guard let categoryFile else { return Array(repeating: nil, count: range.count) }
        return try values(of: categoryFile, range) { (code: UInt8) in InstructionCategory(code: code) }
    }

    // MARK: Reading

    private func range(of document: Int, from start: UInt64, to end: UInt64) throws -> Range<Int> {
        guard start < end, end <= UInt64(shard.tokens) else {
            throw ShardError.badContent(
                file: indexFile.path, offset: 8 * document,
                reason: "document \(document) ends at \(end), after \(start)")
        }
        return Int(start)..<Int(end)
    }

    private func ends(of documents: Range<Int>) throws -> [UInt64] {
        try values(of: indexFile, documents) { (end: UInt64) in UInt64(littleEndian: end) }
    }

    /// Reads the values `range` of a file and maps them with `body`.
    private func values<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
        of file: PositionedFile, _ range: Range<Int>, _ body: (Stored) -> Value
    ) throws -> [Value] {
        let size = MemoryLayout<Stored>.stride
        return try withUnsafeTemporaryAllocation(of: Stored.self, capacity: range.count) { buffer in
            do {
                try file.read(at: range.lowerBound * size, into: UnsafeMutableRawBufferPointer(buffer))
            } catch FileError.changed(let path, let opened, let now) {
                throw ShardError.changed(file: path, opened: opened, now: now)
            }
            return buffer.map(body)
        }
    }
}

// One shard's files, mapped: nothing is read before it is asked for, and nothing outside the files can be.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import XMSupport

package final class MappedShard: Sendable {
    package let shard: Shard
    package let tokenFile: URL
    package let width: TokenWidth
    private let tokenBytes: MappedFile
    private let indexBytes: MappedFile
    private let maskBytes: MappedFile?
    private let categoryBytes: MappedFile?

    /// Maps the files and compares their sizes with the counts. Throws `ShardError`.
    package init(_ shard: Shard, folder: URL, width: TokenWidth) throws {
        func map(_ part: ShardPart, _ wanted: Int) throws -> MappedFile {
            let url = Self.url(shard, part, in: folder)
            guard let file = try? MappedFile(url) else { throw ShardError.missing(file: url.path) }
            guard file.bytes.count == wanted, shard.files[part]?.bytes == wanted else {
                throw ShardError.wrongSize(file: url.path, found: file.bytes.count, wanted: wanted)
            }
            return file
        }
        self.shard = shard
        self.width = width
        tokenFile = Self.url(shard, .tokens, in: folder)
        tokenBytes = try map(.tokens, shard.tokens * width.sizeBytes)
        indexBytes = try map(.index, shard.documents * 8)
        maskBytes = shard.files[.mask] == nil ? nil : try map(.mask, (shard.tokens + 7) / 8)
        categoryBytes = shard.files[.categories] == nil ? nil : try map(.categories, shard.documents)
    }

    package static func url(_ shard: Shard, _ part: ShardPart, in folder: URL) -> URL {
        folder.appending(path: "\(shard.name).\(part.rawValue)")
    }

    /// Ids `range`, which lies inside the shard.
    package func tokens(_ range: Range<Int>) -> [Int32] {
        precondition(range.lowerBound >= 0 && range.upperBound <= shard.tokens)
        return switch width {
        case .uint16:
            range.map { Int32(UInt16(littleEndian: tokenBytes.bytes.load(fromByteOffset: 2 * $0, as: UInt16.self))) }
        case .uint32:
            range.map {
                Int32(bitPattern: UInt32(littleEndian: tokenBytes.bytes.load(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    /// Which of the ids `range` are predicted.
    package func trained(_ range: Range<Int>) -> [Bool] {
        guard let maskBytes else { return Array(repeating: true, count: range.count) }
        return range.map { maskBytes.bytes[$0 >> 3] >> UInt8($0 & 7) & 1 == 1 }
    }

    /// Where document `index` lies. Throws when the index file says what cannot be.
    package func document(_ index: Int) throws -> Range<Int> {
        let (start, end) = (index == 0 ? 0 : end(of: index - 1), end(of: index))
        guard start < end, end <= UInt64(shard.tokens) else {
            let file = tokenFile.deletingPathExtension().appendingPathExtension(ShardPart.index.rawValue)
            throw ShardError.badContent(
                file: file.path, offset: 8 * index, reason: "document \(index) ends at \(end), after \(start)")
        }
        return Int(start)..<Int(end)
    }

    private func end(of document: Int) -> UInt64 {
        UInt64(littleEndian: indexBytes.bytes.load(fromByteOffset: 8 * document, as: UInt64.self))
    }

    package func category(_ document: Int) -> InstructionCategory? {
        categoryBytes.flatMap { InstructionCategory(code: $0.bytes[document]) }
    }

    package var hasCategories: Bool { categoryBytes != nil }
}

// The values of one column chunk, page by page: plain and dictionary pages of both versions, nulls by definition level.
// SPDX-License-Identifier: Apache-2.0

import CXMCompression
import Foundation

final class ParquetColumn {
    private let file: FileBytes
    private let leaf: ParquetMetadata.Leaf
    private let codec: ParquetCodec
    /// Where the next page begins, and where the chunk ends.
    private var offset: Int
    private let end: Int
    private(set) var bytesRead = 0

    private var page = Buffer()
    private var dictionaryPage = Buffer()
    private var compressed = Buffer()
    private var dictionary: [Range<Int>] = []
    /// Of the current page: values left, nulls included; levels; plain values' place; or dictionary indices.
    private var remaining = 0
    private var levels: RunLengthDecoder?
    private var plain = 0
    private var indices: RunLengthDecoder?

    /// A page of more is refused: writers cut them near a megabyte.
    static let maximumPageBytes = 1 << 28

    init(_ file: FileBytes, _ leaf: ParquetMetadata.Leaf, _ chunk: ParquetMetadata.Chunk) throws {
        (self.file, self.leaf) = (file, leaf)
        func unsupported(_ what: String) -> ReaderError {
            .unsupported(
                path: file.path, what: "the column '\(leaf.name)' with \(what)",
                advice: "write it with snappy, gzip, zstd or no compression")
        }
        guard !chunk.isEncrypted else { throw unsupported("encryption") }
        guard let codec = ParquetCodec(rawValue: chunk.codec) else {
            throw unsupported("compression \(ParquetNames.codec(chunk.codec))")
        }
        self.codec = codec
        offset = chunk.start
        let (sum, overflows) = chunk.start.addingReportingOverflow(chunk.compressedSize)
        guard chunk.start >= 4, chunk.compressedSize >= 0, !overflows, sum <= file.size else {
            throw ReaderError.damaged(
                path: file.path, offset: file.size, reason: "the column '\(leaf.name)' lies beyond the end of the file")
        }
        end = sum
    }

    /// The next value, valid until the next call; nil for null.
    func next() throws -> UnsafeRawBufferPointer? {
        while remaining == 0 { try nextPage(skipping: 0) }
        remaining -= 1
        if levels != nil {
            guard let level = levels?.next() else { throw damaged("definition levels end too early") }
            if level < leaf.maximumDefinition { return nil }
        }
        if indices != nil {
            guard let index = indices?.next() else { throw damaged("dictionary indices end too early") }
            guard index < dictionary.count else { throw damaged("a dictionary index beyond the dictionary") }
            return UnsafeRawBufferPointer(rebasing: dictionaryPage.bytes[dictionary[index]])
        }
        guard let range = valueRange(page.bytes, at: plain) else { throw damaged("a value reaches beyond its page") }
        plain = range.upperBound
        return UnsafeRawBufferPointer(rebasing: page.bytes[range])
    }

    /// Passes over `count` values; whole pages are not decompressed.
    func skip(_ count: Int) throws {
        var left = count
        while left > 0 {
            if remaining == 0 {
                left -= try nextPage(skipping: left)
            } else {
                _ = try next()
                left -= 1
            }
        }
    }

    // MARK: - Pages

    /// Goes to the next data page. One of at most `skipping` values is passed over: their number is returned.
    @discardableResult
    private func nextPage(skipping: Int) throws -> Int {
        while true {
            let start = offset
            let header = try pageHeader()
            let body = start + header.length
            guard header.compressedSize <= end - body else { throw damaged("a page reaches beyond its column") }
            guard header.uncompressedSize <= Self.maximumPageBytes else {
                throw ReaderError.unsupported(
                    path: file.path, what: "a page of \(header.uncompressedSize) bytes in column '\(leaf.name)'",
                    advice: "write smaller pages")
            }
            offset = body + header.compressedSize
            if header.kind == .index || header.values == 0 && header.kind != .dictionary { continue }
            if header.kind != .dictionary && header.values <= skipping { return header.values }
            compressed.resize(header.compressedSize)
            guard try file.read(at: body, into: compressed.room) == header.compressedSize else {
                throw damaged("the file ends inside a page")
            }
            if let crc = header.crc, crc != xm_crc32(compressed.room.baseAddress, compressed.room.count) {
                throw damaged("a page whose checksum does not fit")
            }
            do throws(ParquetPageError) {
                bytesRead += header.uncompressedSize
                if header.kind == .dictionary {
                    try openDictionary(header)
                } else {
                    try openData(header)
                    return 0
                }
            } catch {
                switch error {
                case .damaged(let reason): throw damaged(reason)
                case .unsupported(let what):
                    throw ReaderError.unsupported(
                        path: file.path, what: "the column '\(leaf.name)' with \(what)",
                        advice: "write it with plain or dictionary encoding")
                }
            }
        }
    }

    /// The header of the page at `offset`. Its length is not known before it is read.
    private func pageHeader() throws -> ParquetPageHeader {
        var size = 1 << 10
        while true {
            let wanted = min(size, end - offset)
            guard wanted > 0 else { throw damaged("fewer values than rows") }
            compressed.resize(wanted)
            let count = try file.read(at: offset, into: compressed.room)
            do throws(ThriftError) {
                return try ParquetPageHeader(UnsafeRawBufferPointer(rebasing: compressed.bytes.prefix(count)))
            } catch {
                guard error == .truncated, wanted == size, size < 1 << 24 else {
                    throw damaged("a broken page header")
                }
                size *= 8
            }
        }
    }

    private func openDictionary(_ header: ParquetPageHeader) throws(ParquetPageError) {
        guard header.encoding == 0 || header.encoding == 2 else {
            throw .unsupported("encoding \(ParquetNames.encoding(header.encoding)) of its dictionary")
        }
        dictionaryPage.resize(header.uncompressedSize)
        try codec.decode(compressed.bytes, into: dictionaryPage.room)
        dictionary.removeAll(keepingCapacity: true)
        var place = 0
        for _ in 0..<header.values {
            guard let range = valueRange(dictionaryPage.bytes, at: place) else {
                throw .damaged("a dictionary entry reaches beyond its page")
            }
            dictionary.append(range)
            place = range.upperBound
        }
    }

    private func openData(_ header: ParquetPageHeader) throws(ParquetPageError) {
        page.resize(header.uncompressedSize)
        var place = 0
        let width = Int.bitWidth - leaf.maximumDefinition.leadingZeroBitCount
        levels = nil
        if header.kind == .dataV2 {
            let before = header.repetitionBytes + header.definitionBytes
            guard before <= compressed.bytes.count, before <= page.bytes.count else {
                throw .damaged("levels reach beyond their page")
            }
            page.room.copyMemory(from: UnsafeRawBufferPointer(rebasing: compressed.bytes.prefix(before)))
            let body = UnsafeRawBufferPointer(rebasing: compressed.bytes.dropFirst(before))
            let room = UnsafeMutableRawBufferPointer(rebasing: page.room.dropFirst(before))
            // A page of nulls has no values, and some writers leave nothing to decompress.
            if !(room.isEmpty && body.isEmpty) {
                try (header.isCompressed ? codec : ParquetCodec.none).decode(body, into: room)
            }
            place = before
            if leaf.maximumDefinition > 0 {
                levels = RunLengthDecoder(
                    UnsafeRawBufferPointer(rebasing: page.bytes[header.repetitionBytes..<before]), width: width)
            }
        } else {
            try codec.decode(compressed.bytes, into: page.room)
            if leaf.maximumDefinition > 0 {
                guard header.levelEncoding == 3 else {
                    throw .unsupported("encoding \(ParquetNames.encoding(header.levelEncoding)) of its levels")
                }
                guard let length = length(page.bytes, at: 0), length <= page.bytes.count - 4 else {
                    throw .damaged("levels reach beyond their page")
                }
                levels = RunLengthDecoder(UnsafeRawBufferPointer(rebasing: page.bytes[4..<4 + length]), width: width)
                place = 4 + length
            }
        }
        switch header.encoding {
        case 0:
            indices = nil
            plain = place
        case 2, 8:
            // A page of nulls may hold nothing at all.
            let width = place < page.bytes.count ? Int(page.bytes[place]) : 0
            guard width <= 32 else { throw .damaged("dictionary indices of \(width) bits") }
            indices = RunLengthDecoder(UnsafeRawBufferPointer(rebasing: page.bytes.dropFirst(place + 1)), width: width)
        default: throw .unsupported("encoding \(ParquetNames.encoding(header.encoding))")
        }
        remaining = header.values
    }

    // MARK: - Values

    /// Where the plain value at `place` lies; nil when it reaches beyond the bytes.
    private func valueRange(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Range<Int>? {
        var start = place
        let count: Int
        switch leaf.type {
        case 1, 4: count = 4  // int32, float
        case 2, 5: count = 8  // int64, double
        default:
            guard let length = length(bytes, at: place) else { return nil }
            start += 4
            count = length
        }
        return count <= bytes.count - start ? start..<start + count : nil
    }

    private func length(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int? {
        guard place + 4 <= bytes.count else { return nil }
        return Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
    }

    private func damaged(_ reason: String) -> ReaderError {
        .damaged(path: file.path, offset: offset, reason: "column '\(leaf.name)': \(reason)")
    }
}

/// Memory that is used again by every page.
private struct Buffer: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 10, alignment: 16)
    private var count = 0

    deinit { memory.deallocate() }

    var room: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[..<count]) }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(room) }

    /// Makes room for `count` bytes; what was there is lost.
    mutating func resize(_ count: Int) {
        if count > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: max(count, 2 * memory.count), alignment: 16)
        }
        self.count = count
    }
}

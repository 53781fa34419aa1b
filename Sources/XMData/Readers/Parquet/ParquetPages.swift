// Reads the pages of one column chunk in order: checked, decompressed, with levels and values separated. One data page
// and the dictionary are in memory at a time. Next: ParquetPage.swift (headers, codecs).
// SPDX-License-Identifier: Apache-2.0

import CXMCompression
import Foundation

final class ParquetPages {
    /// The sections of a data page; valid until the next page is read.
    struct Data {
        var repetitions: UnsafeRawBufferPointer?
        var definitions: UnsafeRawBufferPointer?
        var values: UnsafeRawBufferPointer
    }

    private let file: FileBytes
    private let leaf: ParquetSchema.Leaf
    private let codec: ParquetCodec
    /// Offset of the next page, and of the chunk's end.
    private var offset: Int
    private let end: Int
    private(set) var bytesRead = 0
    private var page = Buffer()
    private var dictionaryPage = Buffer()
    private var compressed = Buffer()

    init(_ file: FileBytes, _ leaf: ParquetSchema.Leaf, _ chunk: ParquetMetadata.Chunk) throws {
        (self.file, self.leaf) = (file, leaf)
        func unsupported(_ what: String) -> ReaderError {
            .unsupported(
                path: file.path, what: "the column '\(leaf.name)' with \(what)",
                advice: "write it with snappy, gzip, zstd or no compression")
        }
        guard !chunk.isEncrypted else { throw unsupported("encryption") }
        guard !chunk.isElsewhere else { throw unsupported("values in another file") }
        guard let codec = ParquetCodec(rawValue: chunk.codec) else {
            throw unsupported("compression \(ParquetNames.codec(chunk.codec))")
        }
        self.codec = codec
        offset = chunk.start
        let (sum, overflows) = chunk.start.addingReportingOverflow(chunk.compressedSize)
        guard chunk.start >= 4, chunk.compressedSize >= 0, !overflows, sum <= file.size else {
            throw ReaderError.damaged(
                path: file.path, offset: file.size,
                reason: "the column '\(leaf.name)' extends beyond the end of the file")
        }
        end = sum
    }

    var path: String { file.path }

    /// The dictionary's PLAIN values.
    var dictionary: UnsafeRawBufferPointer { leaf.type == 0 ? Self.booleans : dictionaryPage.bytes }

    /// The dictionary of booleans. Never freed.
    private nonisolated(unsafe) static let booleans: UnsafeRawBufferPointer = {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 2, alignment: 1)
        bytes.copyBytes(from: [0, 1] as [UInt8])
        return UnsafeRawBufferPointer(bytes)
    }()

    /// Offset of the body of the page whose header was read last.
    private var body = 0

    /// Moves to the next page and reads its header. Throws when the chunk has no more pages.
    func nextHeader() throws -> ParquetPageHeader {
        let header = try header(at: offset)
        body = offset + header.length
        guard header.compressedSize <= end - body else { throw damaged("a page extends beyond its column chunk") }
        guard header.uncompressedSize <= ParquetColumn.maximumPageBytes else {
            throw ReaderError.unsupported(
                path: file.path, what: "a page of \(header.uncompressedSize) bytes in column '\(leaf.name)'",
                advice: "write smaller pages")
        }
        offset = body + header.compressedSize
        return header
    }

    /// Reads a header, whose size is only known once it is parsed: tries with increasing numbers of bytes.
    private func header(at start: Int) throws -> ParquetPageHeader {
        var size = 1 << 10
        while true {
            let wanted = min(size, end - start)
            guard wanted > 0 else { throw damaged("fewer values than records") }
            compressed.resize(wanted)
            let count = try file.read(at: start, into: compressed.room)
            do throws(ThriftError) {
                return try ParquetPageHeader(UnsafeRawBufferPointer(rebasing: compressed.bytes.prefix(count)))
            } catch {
                guard error == .truncated, wanted == size, size < 1 << 24 else { throw damaged("corrupt page header") }
                size *= 8
            }
        }
    }

    /// Reads the page's bytes as stored in the file, and checks their CRC.
    private func readBody(_ header: ParquetPageHeader) throws(ParquetPageError) {
        compressed.resize(header.compressedSize)
        guard (try? file.read(at: body, into: compressed.room)) == header.compressedSize else {
            throw .damaged("the file ends inside a page")
        }
        if let crc = header.crc, crc != xm_crc32(compressed.room.baseAddress, compressed.room.count) {
            throw .damaged("a page's checksum does not match")
        }
        bytesRead += header.uncompressedSize
    }

    func readDictionary(_ header: ParquetPageHeader) throws(ParquetPageError) {
        try readBody(header)
        dictionaryPage.resize(header.uncompressedSize)
        try codec.decode(compressed.bytes, into: dictionaryPage.room)
    }

    func readData(_ header: ParquetPageHeader) throws(ParquetPageError) -> Data {
        try readBody(header)
        page.resize(header.uncompressedSize)
        return header.kind == .dataV2 ? try secondVersion(header) : try firstVersion(header)
    }

    /// Version 1: levels and values are compressed together; each run of levels is preceded by its length.
    private func firstVersion(_ header: ParquetPageHeader) throws(ParquetPageError) -> Data {
        try codec.decode(compressed.bytes, into: page.room)
        var offset = 0
        func levels(_ maximum: Int, _ encoding: Int) throws(ParquetPageError) -> UnsafeRawBufferPointer? {
            guard maximum > 0 else { return nil }
            guard encoding == 3 else {
                throw .unsupported("encoding \(ParquetNames.encoding(encoding)) of its levels")
            }
            let bytes = page.bytes
            guard offset + 4 <= bytes.count else { throw .damaged("levels extend beyond their page") }
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            let start = offset + 4
            guard length <= bytes.count - start else { throw .damaged("levels extend beyond their page") }
            offset = start + length
            return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
        }
        let repetitions = try levels(leaf.maximumRepetition, header.repetitionEncoding)
        let definitions = try levels(leaf.maximumDefinition, header.definitionEncoding)
        return Data(
            repetitions: repetitions, definitions: definitions,
            values: UnsafeRawBufferPointer(rebasing: page.bytes[offset...]))
    }

    /// Version 2: levels precede the values uncompressed, with their lengths in the header.
    private func secondVersion(_ header: ParquetPageHeader) throws(ParquetPageError) -> Data {
        let levels = header.repetitionBytes + header.definitionBytes
        guard levels <= compressed.bytes.count, levels <= page.bytes.count else {
            throw .damaged("levels extend beyond their page")
        }
        page.room.copyMemory(from: UnsafeRawBufferPointer(rebasing: compressed.bytes.prefix(levels)))
        let body = UnsafeRawBufferPointer(rebasing: compressed.bytes.dropFirst(levels))
        let room = UnsafeMutableRawBufferPointer(rebasing: page.room.dropFirst(levels))
        // For a page of nulls, some writers store no compressed data at all.
        if !(room.isEmpty && body.isEmpty) {
            try (header.isCompressed ? codec : ParquetCodec.none).decode(body, into: room)
        }
        func section(_ range: Range<Int>, _ maximum: Int) -> UnsafeRawBufferPointer? {
            maximum > 0 ? UnsafeRawBufferPointer(rebasing: page.bytes[range]) : nil
        }
        return Data(
            repetitions: section(0..<header.repetitionBytes, leaf.maximumRepetition),
            definitions: section(header.repetitionBytes..<levels, leaf.maximumDefinition),
            values: UnsafeRawBufferPointer(rebasing: page.bytes[levels...]))
    }

    func damaged(_ reason: String) -> ReaderError {
        .damaged(path: file.path, offset: offset, reason: "column '\(leaf.name)': \(reason)")
    }
}

/// A buffer reused for all pages.
private struct Buffer: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 10, alignment: 16)
    private var count = 0

    deinit { memory.deallocate() }

    var room: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[..<count]) }
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(room) }

    /// Changes the size; the contents are undefined afterwards.
    mutating func resize(_ count: Int) {
        if count > memory.count {
            memory.deallocate()
            memory = .allocate(byteCount: max(count, 2 * memory.count), alignment: 16)
        }
        self.count = count
    }
}

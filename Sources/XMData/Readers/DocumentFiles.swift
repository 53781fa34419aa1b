// Expands a source's files, folders and patterns to a sorted list of files, and opens a stream for each.
// Next: DocumentStream.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package struct DocumentFiles: Sendable, Equatable {
    /// Sorted by the bytes of their paths, without duplicates, whatever the order of the patterns.
    package let files: [DocumentFile]

    /// The files with known formats that match `patterns` (FileSearch.swift). Throws if a pattern has no match.
    package init(_ patterns: [String], root: URL) throws {
        let found = try FileSearch.files(patterns, root: root) { DocumentFormat(name: $0) != nil }
        files = try found.map { file in
            guard let format = DocumentFormat(name: file.url.lastPathComponent) else {
                throw ReaderError.unknownFormat(path: file.url.path)
            }
            return DocumentFile(path: file.path, url: file.url, format: format, sizeBytes: file.sizeBytes)
        }
    }
}

/// One file of a source.
package struct DocumentFile: Sendable, Equatable {
    /// Relative to the root, as in `DocumentOrigin`.
    package let path: String
    package let url: URL
    package let format: DocumentFormat
    /// Size on disk.
    package let sizeBytes: Int

    /// Opens the documents from `position` on; a stream belongs to one thread.
    package func open(_ options: ReaderOptions, at position: ReaderPosition = .start) throws -> DocumentStream {
        let file = try FileBytes(url.path)
        var magic = [UInt8](repeating: 0, count: 4)
        let count = try magic.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
        let compression = Compression(magic: Array(magic.prefix(count)))
        if let claimed = Compression(extension: url.pathExtension.lowercased()), claimed != compression {
            throw ReaderError.damaged(path: url.path, offset: 0, reason: "is not a \(claimed.rawValue) file")
        }
        func source() throws -> any ByteSource {
            let file = try FileBytes(url.path)
            return try compression.map { try DecompressedBytes(file, $0) } ?? file
        }
        let order = format == .parquet ? nil : try byteOrder(of: source())
        func reader(at offset: Int = position.offset) throws -> ByteReader {
            let source = try source()
            return try ByteReader(
                order.map { UTF16Bytes(source, $0, path: url.path) } ?? source, path: url.path, offset: offset)
        }
        let limit = options.maximumDocumentBytes
        let records: any RecordReader
        switch format {
        case .text: records = try TextRecords(reader(), at: position, separator: options.separator, limit: limit)
        case .jsonLines: records = try JSONLineRecords(reader(), at: position, limit: limit)
        case .json: records = try JSONListRecords(reader(), at: position, limit: limit)
        case .csv, .tsv:
            records = try DelimitedRecords(
                reader(), head: reader(at: 0), at: position, isTSV: format == .tsv, header: options.header, limit: limit
            )
        case .parquet: records = try ParquetRecords(file, at: position, limit: limit)
        }
        return try DocumentStream(records, of: self, options: options, isWide: order != nil)
    }

    /// The byte order if the file's first kilobytes look like UTF-16; nil otherwise.
    private func byteOrder(of source: any ByteSource) throws -> ByteOrder? {
        let head = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 16)
        defer { head.deallocate() }
        var count = 0
        while count < head.count {
            // Errors are reported when the file is read.
            let read = try? source.read(into: UnsafeMutableRawBufferPointer(rebasing: head[count...]))
            guard let read, read > 0 else { break }
            count += read
        }
        let bytes = UnsafeRawBufferPointer(rebasing: head[..<count])
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw ReaderError.unsupported(path: url.path, what: "UTF-32", advice: "convert the file to UTF-8")
        }
        return ByteOrder.ofUTF16(bytes)
    }
}

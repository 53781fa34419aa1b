// Reads the values of one column chunk with their repetition and definition levels, page by page, from data pages of
// both versions. Next: ParquetPages.swift (the bytes of pages), ParquetAssembly.swift (from levels to lists and
// objects).
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class ParquetColumn {
    struct Levels {
        /// Depth of the list that this value continues; 0 begins a new record.
        var repetition: Int
        /// How many of the column's optional and repeated ancestors are present; the value is present if all are.
        var definition: Int
    }

    let leaf: ParquetSchema.Leaf
    private let pages: ParquetPages
    /// Values left in the chunk, including nulls.
    private var left: Int
    /// Levels of the next value, once read.
    private var ahead: Levels?

    /// State of the current page: values left, including nulls; levels; and the plain values with the offset of the
    /// next, or dictionary indices.
    private var remaining = 0
    private var repetitions: RunLengthDecoder?
    private var definitions: RunLengthDecoder?
    private var values: UnsafeRawBufferPointer
    private var offset = 0
    private var indices: RunLengthDecoder?
    private var dictionary: [Range<Int>] = []
    private let decoded = ScratchBytes()

    /// Larger pages are rejected; writers aim for about a megabyte.
    static let maximumPageBytes = 1 << 28

    init(_ file: FileBytes, _ leaf: ParquetSchema.Leaf, _ chunk: ParquetMetadata.Chunk) throws {
        self.leaf = leaf
        pages = try ParquetPages(file, leaf, chunk)
        left = chunk.values
        values = UnsafeRawBufferPointer(start: nil, count: 0)
        // Booleans are treated as one-bit indices into a dictionary of two bytes.
        if leaf.type == 0 { dictionary = [0..<1, 1..<2] }
    }

    var bytesRead: Int { pages.bytesRead }

    /// The levels of the next value; nil after the last.
    func levels() throws -> Levels? {
        if ahead == nil, left > 0 { ahead = try readLevels() }
        return ahead
    }

    /// The next value, valid until the next call of any method; nil if it or one of its ancestors is null or empty.
    func next() throws -> UnsafeRawBufferPointer? {
        let levels = try ahead ?? readLevels()
        ahead = nil
        remaining -= 1
        left -= 1
        if levels.definition < leaf.maximumDefinition { return nil }
        if indices != nil {
            guard let index = indices?.next() else { throw damaged("dictionary indices are truncated") }
            guard index < dictionary.count else { throw damaged("a dictionary index is out of range") }
            return UnsafeRawBufferPointer(rebasing: pages.dictionary[dictionary[index]])
        }
        guard let range = valueRange(values, at: offset) else { throw damaged("a value extends beyond its page") }
        offset = range.upperBound
        return UnsafeRawBufferPointer(rebasing: values[range])
    }

    private func readLevels() throws -> Levels {
        guard left > 0 else { throw damaged("fewer values than records") }
        while remaining == 0 { try nextPage(skipping: 0) }
        var levels = Levels(repetition: 0, definition: leaf.maximumDefinition)
        if repetitions != nil {
            guard let level = repetitions?.next() else { throw damaged("repetition levels are truncated") }
            guard level <= leaf.maximumRepetition else { throw damaged("a repetition level of \(level)") }
            levels.repetition = level
        }
        if definitions != nil {
            guard let level = definitions?.next() else { throw damaged("definition levels are truncated") }
            guard level <= leaf.maximumDefinition else { throw damaged("a definition level of \(level)") }
            levels.definition = level
        }
        return levels
    }

    /// Skips `count` records. In columns without lists, where one value is one record, whole pages are skipped without
    /// being decompressed.
    func skip(_ count: Int) throws {
        if leaf.isRepeated {
            for _ in 0..<count {
                repeat { _ = try next() } while try levels().map { $0.repetition > 0 } ?? false
            }
            return
        }
        var records = count
        while records > 0 {
            if remaining == 0 {
                let passed = try nextPage(skipping: records)
                records -= passed
                left -= passed
            } else {
                _ = try next()
                records -= 1
            }
        }
    }

    /// Opens the next data page and returns 0. A page of at most `skipping` values is skipped instead, and its number
    /// of values returned.
    @discardableResult
    private func nextPage(skipping: Int) throws -> Int {
        while true {
            let header = try pages.nextHeader()
            if header.kind == .index || header.values == 0 && header.kind != .dictionary { continue }
            if header.kind != .dictionary && header.values <= skipping { return header.values }
            do throws(ParquetPageError) {
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
                        path: pages.path, what: "the column '\(leaf.name)' with \(what)",
                        advice: "write it with plain or dictionary encoding")
                }
            }
        }
    }

    private func openDictionary(_ header: ParquetPageHeader) throws(ParquetPageError) {
        guard header.encoding == 0 || header.encoding == 2, leaf.type != 0 else {
            throw .unsupported("encoding \(ParquetNames.encoding(header.encoding)) of its dictionary")
        }
        try pages.readDictionary(header)
        dictionary.removeAll(keepingCapacity: true)
        var offset = 0
        for _ in 0..<header.values {
            guard let range = valueRange(pages.dictionary, at: offset) else {
                throw .damaged("a dictionary entry extends beyond its page")
            }
            dictionary.append(range)
            offset = range.upperBound
        }
    }

    private func openData(_ header: ParquetPageHeader) throws(ParquetPageError) {
        let page = try pages.readData(header)
        repetitions = page.repetitions.map { RunLengthDecoder($0, width: Self.bits(leaf.maximumRepetition)) }
        definitions = page.definitions.map { RunLengthDecoder($0, width: Self.bits(leaf.maximumDefinition)) }
        (values, offset, indices) = (page.values, 0, nil)
        switch header.encoding {
        case 0: if leaf.type == 0 { indices = RunLengthDecoder(bits: values) }
        case 2, 8:
            // A page of nulls may be empty.
            let width = Int(values.first ?? 0)
            guard width <= 32 else { throw .damaged("dictionary indices of \(width) bits") }
            indices = RunLengthDecoder(UnsafeRawBufferPointer(rebasing: values.dropFirst()), width: width)
        case 3 where leaf.type == 0:
            // Run-length encoded booleans follow a length of four bytes.
            indices = RunLengthDecoder(UnsafeRawBufferPointer(rebasing: values.dropFirst(4)), width: 1)
        default:
            // A page of nulls may lack even the header of the encoding.
            decoded.removeAll()
            if !values.isEmpty {
                try ParquetEncodings.decode(header.encoding, values, width: leaf.width, into: decoded)
            }
            values = decoded.bytes
        }
        remaining = header.values
    }

    private static func bits(_ maximum: Int) -> Int { Int.bitWidth - maximum.leadingZeroBitCount }

    /// The byte range of the plain value at `offset`; nil if it extends beyond the bytes.
    private func valueRange(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Range<Int>? {
        var start = offset
        var count = leaf.width ?? 0
        if leaf.width == nil {
            guard offset + 4 <= bytes.count else { return nil }
            count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            start += 4
        }
        return count <= bytes.count - start ? start..<start + count : nil
    }

    private func damaged(_ reason: String) -> ReaderError { pages.damaged(reason) }
}

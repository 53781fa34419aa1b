// The values of one column chunk with their levels, page by page: pages of both versions, nulls and lists by level.
// Next: ParquetPages.swift (the bytes of pages), ParquetAssembly.swift (levels to lists and objects).
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class ParquetColumn {
    struct Levels {
        /// Which list goes on with this value; 0 for a new row.
        var repetition: Int
        /// How many of the column's optional and repeated fields are there; the value is, when all are.
        var definition: Int
    }

    let leaf: ParquetSchema.Leaf
    private let pages: ParquetPages
    /// Values of the chunk that were not taken, nulls included.
    private var left: Int
    /// Of the next value, once somebody has asked.
    private var ahead: Levels?

    /// Of the current page: values left, nulls included; levels; plain values' place; or dictionary indices.
    private var remaining = 0
    private var repetitions: RunLengthDecoder?
    private var definitions: RunLengthDecoder?
    private var values: UnsafeRawBufferPointer
    private var place = 0
    private var indices: RunLengthDecoder?
    private var dictionary: [Range<Int>] = []
    private let decoded = ScratchBytes()

    /// A page of more is refused: writers cut them near a megabyte.
    static let maximumPageBytes = 1 << 28

    init(_ file: FileBytes, _ leaf: ParquetSchema.Leaf, _ chunk: ParquetMetadata.Chunk) throws {
        self.leaf = leaf
        pages = try ParquetPages(file, leaf, chunk)
        left = chunk.values
        values = UnsafeRawBufferPointer(start: nil, count: 0)
        // A boolean is an index of one bit.
        if leaf.type == 0 { dictionary = [0..<1, 1..<2] }
    }

    var bytesRead: Int { pages.bytesRead }

    /// The levels of the next value; nil behind the last.
    func levels() throws -> Levels? {
        if ahead == nil, left > 0 { ahead = try readLevels() }
        return ahead
    }

    /// The next value, valid until the next call of any method; nil for null, or for what is null or empty around it.
    func next() throws -> UnsafeRawBufferPointer? {
        let levels = try ahead ?? readLevels()
        ahead = nil
        remaining -= 1
        left -= 1
        if levels.definition < leaf.maximumDefinition { return nil }
        if indices != nil {
            guard let index = indices?.next() else { throw damaged("dictionary indices end too early") }
            guard index < dictionary.count else { throw damaged("a dictionary index beyond the dictionary") }
            return UnsafeRawBufferPointer(rebasing: pages.dictionary[dictionary[index]])
        }
        guard let range = valueRange(values, at: place) else { throw damaged("a value reaches beyond its page") }
        place = range.upperBound
        return UnsafeRawBufferPointer(rebasing: values[range])
    }

    private func readLevels() throws -> Levels {
        guard left > 0 else { throw damaged("fewer values than rows") }
        while remaining == 0 { try nextPage(skipping: 0) }
        var levels = Levels(repetition: 0, definition: leaf.maximumDefinition)
        if repetitions != nil {
            guard let level = repetitions?.next() else { throw damaged("repetition levels end too early") }
            guard level <= leaf.maximumRepetition else { throw damaged("a repetition level of \(level)") }
            levels.repetition = level
        }
        if definitions != nil {
            guard let level = definitions?.next() else { throw damaged("definition levels end too early") }
            guard level <= leaf.maximumDefinition else { throw damaged("a definition level of \(level)") }
            levels.definition = level
        }
        return levels
    }

    /// Passes over `count` rows. Whole pages are not decompressed where a value is a row.
    func skip(_ count: Int) throws {
        if leaf.isRepeated {
            for _ in 0..<count {
                repeat { _ = try next() } while try levels().map { $0.repetition > 0 } ?? false
            }
            return
        }
        var rows = count
        while rows > 0 {
            if remaining == 0 {
                let passed = try nextPage(skipping: rows)
                rows -= passed
                left -= passed
            } else {
                _ = try next()
                rows -= 1
            }
        }
    }

    /// Goes to the next data page. One of at most `skipping` values is passed over: their number is returned.
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
        var place = 0
        for _ in 0..<header.values {
            guard let range = valueRange(pages.dictionary, at: place) else {
                throw .damaged("a dictionary entry reaches beyond its page")
            }
            dictionary.append(range)
            place = range.upperBound
        }
    }

    private func openData(_ header: ParquetPageHeader) throws(ParquetPageError) {
        let page = try pages.readData(header)
        repetitions = page.repetitions.map { RunLengthDecoder($0, width: Self.bits(leaf.maximumRepetition)) }
        definitions = page.definitions.map { RunLengthDecoder($0, width: Self.bits(leaf.maximumDefinition)) }
        (values, place, indices) = (page.values, 0, nil)
        switch header.encoding {
        case 0: if leaf.type == 0 { indices = RunLengthDecoder(bits: values) }
        case 2, 8:
            // A page of nulls may hold nothing at all.
            let width = Int(values.first ?? 0)
            guard width <= 32 else { throw .damaged("dictionary indices of \(width) bits") }
            indices = RunLengthDecoder(UnsafeRawBufferPointer(rebasing: values.dropFirst()), width: width)
        case 3 where leaf.type == 0:
            // Booleans: their runs after the length of them.
            indices = RunLengthDecoder(UnsafeRawBufferPointer(rebasing: values.dropFirst(4)), width: 1)
        default:
            // A page of nulls may hold not even a head.
            decoded.removeAll()
            if !values.isEmpty {
                try ParquetEncodings.decode(header.encoding, values, width: leaf.width, into: decoded)
            }
            values = decoded.bytes
        }
        remaining = header.values
    }

    private static func bits(_ maximum: Int) -> Int { Int.bitWidth - maximum.leadingZeroBitCount }

    /// Where the plain value at `place` lies; nil when it reaches beyond the bytes.
    private func valueRange(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Range<Int>? {
        var start = place
        var count = leaf.width ?? 0
        if leaf.width == nil {
            guard place + 4 <= bytes.count else { return nil }
            count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            start += 4
        }
        return count <= bytes.count - start ? start..<start + count : nil
    }

    private func damaged(_ reason: String) -> ReaderError { pages.damaged(reason) }
}

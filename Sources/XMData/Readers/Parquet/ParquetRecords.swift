// Parquet: text columns, at top level or inside structs, with other columns as metadata; or whole records including
// lists, maps and structs. Row groups are read in order, with one page of each selected column in memory.
// Next: ParquetMetadata.swift (the footer), ParquetColumn.swift (pages and values), ParquetAssembly.swift (whole
// records).
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

final class ParquetRecords: RecordReader {
    private let file: FileBytes
    private let metadata: ParquetMetadata
    private let limit: Int
    private var leaves: [ParquetSchema.Leaf] { metadata.schema.leaves }
    /// Indices of the leaves that are read, and, for whole records, the fields that they belong to.
    private var wanted: [Int] = []
    private var fields: [ParquetField]?
    private var columnReaders: [ParquetColumn] = []
    private var assembly: ParquetAssembly?
    private var values: [UnsafeRawBufferPointer?]
    /// The row group being read, and the records left in it.
    private var group = -1
    private var remaining = 0
    private var bytesOfGroupsBefore = 0
    /// Text of non-text values, by leaf.
    private var spellings: [Int: ScratchBytes] = [:]
    private(set) var position: ReaderPosition

    init(_ file: FileBytes, at position: ReaderPosition, limit: Int) throws {
        (self.file, self.position, self.limit) = (file, position, limit)
        metadata = try Self.metadata(of: file)
        columns = metadata.schema.leaves.map(\.name)
        values = Array(repeating: nil, count: columns.count)
        let records = metadata.rowGroups.reduce(0) { $0 + $1.rows }
        guard position.record <= records else {
            throw ReaderError.badPosition(path: file.path, offset: position.record, available: records)
        }
    }

    /// The names of all leaves; `RawRecord.values` has the same indices.
    let columns: [String]

    var bytesRead: Int { bytesOfGroupsBefore + columnReaders.reduce(0) { $0 + $1.bytesRead } }

    func selectRecords(_ names: [String]?) throws {
        let chosen = metadata.schema.fields.filter { field in
            names.map { names in
                names.contains { $0 == field.name || $0.utf8.starts(with: (field.name + ".").utf8) }
            } ?? true
        }
        fields = chosen
        wanted = chosen.flatMap(\.shape.leaves)
    }

    func select(_ names: [String]) throws {
        for (number, name) in names.enumerated() {
            let isField = number == 0
            guard let leaf = leaves.first(where: { $0.name == name }) else {
                if let inner = leaves.first(where: { $0.name.utf8.starts(with: (name + ".").utf8) }) {
                    throw nested(name, isList: inner.isRepeated)
                }
                guard isField else { continue }
                throw ReaderError.noField(path: file.path, field: name, found: columns)
            }
            if leaf.isRepeated { throw nested(name, isList: true) }
            guard leaf.isText || !isField else {
                throw ReaderError.unsupported(
                    path: file.path, what: "the column '\(name)', which is not text,",
                    advice: "set the source's 'field' to a text column")
            }
            if !wanted.contains(leaf.index) { wanted.append(leaf.index) }
        }
    }

    private func nested(_ name: String, isList: Bool) -> ReaderError {
        .unsupported(
            path: file.path,
            what: "the nested column '\(name)' (\(isList ? "a list or map" : "a struct")) as the text of a record",
            advice: isList
                ? "name a text column, or, for conversations, set the source's 'format' to messages or sharegpt"
                : "name one of its fields, as in '\(name).text'")
    }

    func next() throws -> RawRecord? {
        while remaining == 0 {
            guard try nextGroup() else { return nil }
        }
        remaining -= 1
        position.record += 1
        if assembly != nil { return try nextRecord() }
        var longest = 0
        for (reader, index) in zip(columnReaders, wanted) {
            values[index] = try reader.next()
            if let value = values[index], !reader.leaf.isText { values[index] = try spelled(value, reader.leaf) }
            longest = max(longest, values[index]?.count ?? 0)
        }
        return longest > limit ? tooLong(longest) : .values(values)
    }

    private func nextRecord() throws -> RawRecord? {
        guard let record = try assembly?.record(), let assembly else { return nil }
        if assembly.isTooLong { return tooLong(assembly.size) }
        return .value(record, converted: assembly.converted, repaired: assembly.repaired)
    }

    private func tooLong(_ bytes: Int) -> RawRecord {
        .skipped(.tooLong, detail: "a record of \(bytes) bytes; the limit is \(limit)")
    }

    /// Opens the next row group, the first at the record of `position`; false after the last.
    private func nextGroup() throws -> Bool {
        var first = 0
        if group >= 0 {
            bytesOfGroupsBefore = bytesRead
            group += 1
        } else {
            group = 0
            while group < metadata.rowGroups.count, first + metadata.rowGroups[group].rows <= position.record {
                first += metadata.rowGroups[group].rows
                group += 1
            }
            first = position.record - first
        }
        columnReaders = []
        guard group < metadata.rowGroups.count else { return false }
        let rowGroup = metadata.rowGroups[group]
        remaining = rowGroup.rows - first
        guard remaining > 0 else { return true }
        for index in wanted {
            let (leaf, chunk) = (leaves[index], rowGroup.chunks[index])
            guard leaf.isRepeated ? chunk.values >= rowGroup.rows : chunk.values == rowGroup.rows else {
                throw ReaderError.damaged(
                    path: file.path, offset: max(0, chunk.start),
                    reason: "column '\(leaf.name)': \(chunk.values) values for \(rowGroup.rows) rows")
            }
            let column = try ParquetColumn(file, leaf, chunk)
            try column.skip(first)
            columnReaders.append(column)
        }
        if let fields {
            var byLeaf = [ParquetColumn?](repeating: nil, count: leaves.count)
            for column in columnReaders { byLeaf[column.leaf.index] = column }
            assembly = ParquetAssembly(byLeaf, fields, path: file.path, limit: limit)
        }
        return true
    }

    /// The text of a number, date or other value, valid until the next record.
    private func spelled(
        _ bytes: UnsafeRawBufferPointer, _ leaf: ParquetSchema.Leaf
    ) throws -> UnsafeRawBufferPointer? {
        let text: String
        switch ParquetValue.json(bytes, leaf) {
        case .number(let spelling), .string(let spelling): text = spelling
        case .bool(let value): text = "\(value)"
        default: throw ParquetValue.unsupported(leaf, path: file.path)
        }
        let scratch = spellings[leaf.index] ?? ScratchBytes()
        spellings[leaf.index] = scratch
        scratch.removeAll()
        for byte in text.utf8 { scratch.append(byte) }
        return scratch.bytes
    }

    /// Reads the footer. The file's last eight bytes are its length and the magic number.
    private static func metadata(of file: FileBytes) throws -> ParquetMetadata {
        func damaged(_ reason: String) -> ReaderError {
            .damaged(path: file.path, offset: max(0, file.size - 8), reason: reason)
        }
        var tail = [UInt8](repeating: 0, count: 8)
        guard file.size >= 12, try tail.withUnsafeMutableBytes({ try file.read(at: file.size - 8, into: $0) }) == 8
        else { throw damaged("too short for a Parquet file") }
        guard tail[4...] != Array("PARE".utf8)[...] else {
            throw ReaderError.unsupported(path: file.path, what: "an encrypted footer", advice: "decrypt the file")
        }
        guard tail[4...] == Array("PAR1".utf8)[...] else {
            throw damaged("it does not end like a Parquet file and may be truncated")
        }
        let length = tail[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= file.size - 12 else { throw damaged("a footer longer than the file") }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, length), alignment: 16)
        defer { bytes.deallocate() }
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<length])
        guard try file.read(at: file.size - 8 - length, into: room) == length else {
            throw damaged("the footer cannot be read completely")
        }
        do throws(ThriftError) {
            return try ParquetMetadata(UnsafeRawBufferPointer(room))
        } catch {
            if case .malformed(let reason) = error { throw damaged("corrupt footer: \(reason)") }
            throw damaged("corrupt footer")
        }
    }
}

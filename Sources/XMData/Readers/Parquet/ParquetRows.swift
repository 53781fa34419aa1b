// Parquet: text columns, and numbers as text, of flat tables and of structs; lists and maps are refused. Row groups are
// read one after the other, one page of each wanted column in memory.
// Next: ParquetMetadata.swift (the footer), ParquetColumn.swift (pages and values).
// SPDX-License-Identifier: Apache-2.0

import Foundation

final class ParquetRows: RowReader {
    private let file: FileBytes
    private let metadata: ParquetMetadata
    private let leaves: [ParquetMetadata.Leaf]
    private var wanted: [Int] = []
    private var columnReaders: [ParquetColumn] = []
    private var values: [UnsafeRawBufferPointer?]
    /// The row group being read, and the rows left in it.
    private var group = -1
    private var remaining = 0
    private var bytesOfGroupsBefore = 0
    private var numbers: [ScratchBytes]
    private(set) var position: ReaderPosition

    init(_ file: FileBytes, at position: ReaderPosition) throws {
        (self.file, self.position) = (file, position)
        metadata = try Self.metadata(of: file)
        leaves = metadata.leaves
        values = Array(repeating: nil, count: leaves.count)
        numbers = leaves.map { _ in ScratchBytes() }
        let rows = metadata.rowGroups.reduce(0) { $0 + $1.rows }
        guard position.row <= rows else {
            throw ReaderError.badPosition(path: file.path, offset: position.row, available: rows)
        }
    }

    /// Of every leaf, so that places in `Row.values` are places here.
    var columns: [String] { leaves.map(\.name) }

    var bytesRead: Int { bytesOfGroupsBefore + columnReaders.reduce(0) { $0 + $1.bytesRead } }

    func select(_ names: [String]?) throws {
        guard let names else {
            wanted = leaves.filter { $0.type == 6 && !$0.isRepeated }.map(\.index)
            return
        }
        for (number, name) in names.enumerated() {
            let isField = number == 0
            guard let leaf = leaves.first(where: { $0.name == name }) else {
                if let inner = leaves.first(where: { $0.name.hasPrefix(name + ".") }) {
                    throw nested(name, isList: inner.isRepeated)
                }
                guard isField else { continue }
                throw ReaderError.noField(path: file.path, field: name, found: columns)
            }
            if leaf.isRepeated { throw nested(name, isList: true) }
            guard leaf.type == 6 || !isField && [1, 2, 4, 5].contains(leaf.type) else {
                throw ReaderError.unsupported(
                    path: file.path, what: "the column '\(name)', which holds no text,",
                    advice: "set the source's 'field' to a column of text")
            }
            if !wanted.contains(leaf.index) { wanted.append(leaf.index) }
        }
    }

    private func nested(_ name: String, isList: Bool) -> ReaderError {
        .unsupported(
            path: file.path, what: "the nested column '\(name)' (\(isList ? "a list or map" : "a struct"))",
            advice: isList ? "convert the file to .jsonl" : "name one of its fields, as in '\(name).text'")
    }

    func next() throws -> Row? {
        while remaining == 0 {
            guard try nextGroup() else { return nil }
        }
        remaining -= 1
        for (reader, index) in zip(columnReaders, wanted) {
            let value = try reader.next()
            values[index] = leaves[index].type == 6 ? value : value.map { number($0, leaves[index]) }
        }
        position.row += 1
        return .values(values)
    }

    /// Opens the next row group, at the row that `position` names; false after the last.
    private func nextGroup() throws -> Bool {
        var first = 0
        if group >= 0 {
            bytesOfGroupsBefore = bytesRead
            group += 1
        } else {
            group = 0
            while group < metadata.rowGroups.count, first + metadata.rowGroups[group].rows <= position.row {
                first += metadata.rowGroups[group].rows
                group += 1
            }
            first = position.row - first
        }
        columnReaders = []
        guard group < metadata.rowGroups.count else { return false }
        let rowGroup = metadata.rowGroups[group]
        remaining = rowGroup.rows - first
        guard remaining > 0 else { return true }
        for index in wanted {
            let chunk = rowGroup.chunks[index]
            guard chunk.values == rowGroup.rows else {
                throw ReaderError.damaged(
                    path: file.path, offset: max(0, chunk.start),
                    reason: "column '\(leaves[index].name)': \(chunk.values) values in \(rowGroup.rows) rows")
            }
            let column = try ParquetColumn(file, leaves[index], chunk)
            try column.skip(first)
            columnReaders.append(column)
        }
        return true
    }

    /// A number's text, in memory that lives until the next row.
    private func number(_ bytes: UnsafeRawBufferPointer, _ leaf: ParquetMetadata.Leaf) -> UnsafeRawBufferPointer {
        let text =
            switch leaf.type {
            case 1: "\(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))"
            case 2: "\(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))"
            case 4: "\(Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))))"
            default: "\(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))))"
            }
        let scratch = numbers[leaf.index]
        scratch.removeAll()
        for byte in text.utf8 { scratch.append(byte) }
        return scratch.bytes
    }

    /// The footer: its length and the magic word are the file's last eight bytes.
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
            throw damaged("it does not end as a Parquet file; it may have been cut off")
        }
        let length = tail[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= file.size - 12 else { throw damaged("a footer longer than the file") }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, length), alignment: 16)
        defer { bytes.deallocate() }
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<length])
        guard try file.read(at: file.size - 8 - length, into: room) == length else {
            throw damaged("the footer cannot be read")
        }
        do throws(ThriftError) {
            return try ParquetMetadata(UnsafeRawBufferPointer(room))
        } catch {
            if case .malformed(let reason) = error { throw damaged("a broken footer: \(reason)") }
            throw damaged("a broken footer")
        }
    }
}

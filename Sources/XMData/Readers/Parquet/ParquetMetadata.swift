// A Parquet file's footer: its columns and the positions of their chunks. Follows parquet.thrift of
// apache/parquet-format, with field numbers beside the names.
// Next: ParquetSchema.swift (columns and their nesting), ParquetColumn.swift (their values).
// SPDX-License-Identifier: Apache-2.0

struct ParquetMetadata {
    struct RowGroup {
        var rows = 0
        var chunks: [Chunk] = []
    }

    struct Chunk {
        var codec = 0
        var values = 0
        var compressedSize = 0
        var dataOffset = 0
        var dictionaryOffset: Int?
        var isEncrypted = false
        /// Whether its pages are in another file.
        var isElsewhere = false

        /// Offset of its first page. Some writers set a dictionary offset of 0 when there is no dictionary.
        var start: Int {
            if let dictionaryOffset, dictionaryOffset > 0, dictionaryOffset < dataOffset { return dictionaryOffset }
            return dataOffset
        }
    }

    let schema: ParquetSchema
    let rowGroups: [RowGroup]

    /// Parses the footer's bytes.
    init(_ bytes: UnsafeRawBufferPointer) throws(ThriftError) {
        var reader = ThriftReader(bytes)
        var elements: [ParquetSchema.Element] = []
        var groups: [RowGroup] = []
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (2, .list):  // schema
                try reader.list(of: .structure) { reader throws(ThriftError) in
                    elements.append(try ParquetSchema.Element(&reader))
                }
            case (4, .list):  // row_groups
                try reader.list(of: .structure) { reader throws(ThriftError) in groups.append(try RowGroup(&reader)) }
            default: try reader.skip(kind)
            }
        }
        rowGroups = groups
        let schema = try ParquetSchema(elements)
        guard groups.allSatisfy({ $0.chunks.count == schema.leaves.count }) else {
            throw .malformed("a row group lacks columns")
        }
        self.schema = schema
    }
}

extension ParquetMetadata.RowGroup {
    fileprivate init(_ reader: inout ThriftReader) throws(ThriftError) {
        var group = Self()
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (1, .list):  // columns
                try reader.list(of: .structure) { reader throws(ThriftError) in
                    group.chunks.append(try ParquetMetadata.Chunk(&reader))
                }
            case (3, .int64): group.rows = try reader.integer()
            default: try reader.skip(kind)
            }
        }
        // The limit keeps sums from overflowing.
        guard 0...1 << 40 ~= group.rows else { throw .malformed("a row group of \(group.rows) rows") }
        self = group
    }
}

extension ParquetMetadata.Chunk {
    fileprivate init(_ reader: inout ThriftReader) throws(ThriftError) {
        var chunk = Self()
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (1, .binary): chunk.isElsewhere = try !reader.string().isEmpty  // file_path
            case (3, .structure):  // meta_data
                try reader.structure { reader, number, kind throws(ThriftError) in
                    switch (number, kind) {
                    case (4, .int32): chunk.codec = try reader.integer()
                    case (5, .int64): chunk.values = try reader.integer()
                    case (7, .int64): chunk.compressedSize = try reader.integer()
                    case (9, .int64): chunk.dataOffset = try reader.integer()
                    case (11, .int64): chunk.dictionaryOffset = try reader.integer()
                    default: try reader.skip(kind)
                    }
                }
            case (8, .structure):  // crypto_metadata
                chunk.isEncrypted = true
                try reader.skip(kind)
            default: try reader.skip(kind)
            }
        }
        self = chunk
    }
}

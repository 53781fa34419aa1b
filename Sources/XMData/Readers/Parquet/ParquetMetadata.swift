// A Parquet file's footer: which columns there are and where their chunks lie. Follows apache/parquet-format's
// parquet.thrift; field numbers stand beside the names.
// Next: ParquetColumn.swift.
// SPDX-License-Identifier: Apache-2.0

struct ParquetMetadata {
    /// A column that holds values.
    struct Leaf {
        /// Names from the root, joined by dots.
        var name: String
        var type: Int
        /// Its number among the chunks of a row group.
        var index: Int
        /// How many of its ancestors and itself may be null.
        var maximumDefinition: Int
        /// Whether it or an ancestor is a list or a map.
        var isRepeated: Bool
    }

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

        /// Where its pages begin. Some writers give a dictionary offset of 0 for none.
        var start: Int {
            if let dictionaryOffset, dictionaryOffset > 0, dictionaryOffset < dataOffset { return dictionaryOffset }
            return dataOffset
        }
    }

    private(set) var leaves: [Leaf] = []
    private(set) var rowGroups: [RowGroup] = []

    fileprivate struct Element {
        var type: Int?
        var repetition = 0
        var name = ""
        var children = 0
    }

    /// Parses the footer's bytes.
    init(_ bytes: UnsafeRawBufferPointer) throws(ThriftError) {
        var reader = ThriftReader(bytes)
        var elements: [Element] = []
        var groups: [RowGroup] = []
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (2, .list):  // schema
                try reader.list(of: .structure) { reader throws(ThriftError) in elements.append(try Element(&reader)) }
            case (4, .list):  // row_groups
                try reader.list(of: .structure) { reader throws(ThriftError) in groups.append(try RowGroup(&reader)) }
            default: try reader.skip(kind)
            }
        }
        rowGroups = groups
        var next = 1  // after the root
        guard let root = elements.first else { throw .malformed("no schema") }
        for _ in 0..<root.children { try addLeaves(elements, &next, prefix: "", 0, false, depth: 0) }
        guard groups.allSatisfy({ $0.chunks.count == leaves.count }) else {
            throw .malformed("a row group without all columns")
        }
    }

    /// The schema is a tree in preorder; adds the leaves of the element at `next` and moves past them.
    private mutating func addLeaves(
        _ elements: [Element], _ next: inout Int, prefix: String, _ definition: Int, _ isRepeated: Bool, depth: Int
    ) throws(ThriftError) {
        guard next < elements.count, depth < 32 else { throw .malformed("a schema that is no tree") }
        let element = elements[next]
        next += 1
        let name = prefix + element.name
        let definition = definition + (element.repetition == 0 ? 0 : 1)
        let isRepeated = isRepeated || element.repetition == 2
        if let type = element.type, element.children == 0 {
            leaves.append(
                Leaf(
                    name: name, type: type, index: leaves.count, maximumDefinition: definition, isRepeated: isRepeated)
            )
        }
        for _ in 0..<element.children {
            try addLeaves(elements, &next, prefix: name + ".", definition, isRepeated, depth: depth + 1)
        }
    }
}

extension ParquetMetadata.Element {
    fileprivate init(_ reader: inout ThriftReader) throws(ThriftError) {
        var element = Self()
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (1, .int32): element.type = try reader.integer()
            case (3, .int32): element.repetition = try reader.integer()
            case (4, .binary): element.name = try reader.string()
            case (5, .int32): element.children = max(0, try reader.integer())
            default: try reader.skip(kind)
            }
        }
        self = element
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
        // More would only serve to make sums overflow.
        guard 0...1 << 40 ~= group.rows else { throw .malformed("a row group of \(group.rows) rows") }
        self = group
    }
}

extension ParquetMetadata.Chunk {
    fileprivate init(_ reader: inout ThriftReader) throws(ThriftError) {
        var chunk = Self()
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
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

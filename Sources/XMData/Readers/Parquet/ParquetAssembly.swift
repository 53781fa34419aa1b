// Assembles the records of a Parquet file as JSON values, by Dremel's record assembly (Melnik et al. 2010, section
// 4.2): every value of a column carries a repetition level, which tells which list it continues, and a definition
// level, which tells down to which depth its parents are present. Next: ParquetValue.swift, the conversion of a single
// value.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct ParquetAssembly {
    /// By leaf index; nil for columns that are not read.
    private let columns: [ParquetColumn?]
    private let fields: [ParquetField]
    private let path: String
    private let limit: Int

    /// Of the last record: bytes of its values, and number of strings that were not valid UTF-8.
    private(set) var size = 0
    private(set) var converted = 0
    private(set) var repaired = 0

    /// Records of more than `limit` bytes are read past without being kept.
    init(
        _ columns: [ParquetColumn?], _ fields: [ParquetField], path: String, limit: Int
    ) {
        (self.columns, self.fields, self.path, self.limit) = (columns, fields, path, limit)
    }

    /// The next record, which must exist.
    mutating func record() throws -> JSONValue {
        (size, converted, repaired) = (0, 0, 0)
        let record = try object(fields)
        // A column with longer lists than the others would shift all later records.
        for column in columns {
            if let column, let levels = try column.levels(), levels.repetition > 0 { throw disagreement(column) }
        }
        return record
    }

    var isTooLong: Bool { size > limit }

    private mutating func object(_ fields: [ParquetField]) throws -> JSONValue {
        var members: JSONObject = [:]
        for field in fields {
            let value = try value(of: field.shape)
            if !isTooLong { members.append(field.name, value) }
        }
        return .object(members)
    }

    private mutating func value(of shape: ParquetShape) throws -> JSONValue {
        guard let first = shape.leaves.first else { return .null }  // a group without columns
        guard let column = columns[first] else { return .null }
        switch shape.kind {
        case .leaf: return try leaf(column)
        case .object(let fields): return try object(fields)
        case .optional(let definition, let inner):
            if try isPresent(column, definition) { return try value(of: inner) }
            try passAbsent(shape, below: definition)
            return .null
        case .list(let definition, let repetition, let element):
            guard try isPresent(column, definition) else {
                try passAbsent(shape, below: definition)
                return .array([])
            }
            var elements: [JSONValue] = []
            repeat {
                let value = try value(of: element)
                if !isTooLong { elements.append(value) }
            } while try column.levels()?.repetition == repetition
            return .array(elements)
        case .map(let pairs):
            let pairs = try value(of: pairs)
            return Self.map(pairs, shape) ?? pairs
        }
    }

    private func isPresent(_ column: ParquetColumn, _ definition: Int) throws -> Bool {
        guard let levels = try column.levels() else { throw disagreement(column) }
        return levels.definition >= definition
    }

    /// Skips the placeholder that a null or an empty list occupies in every column below it.
    private func passAbsent(_ shape: ParquetShape, below definition: Int) throws {
        for leaf in shape.leaves {
            guard let column = columns[leaf] else { continue }
            guard try !isPresent(column, definition) else { throw disagreement(column) }
            _ = try column.next()
        }
    }

    private mutating func leaf(_ column: ParquetColumn) throws -> JSONValue {
        size += 16  // approximate overhead of a value in memory
        guard let bytes = try column.next() else { return .null }
        size += bytes.count
        guard !isTooLong else { return .null }
        if column.leaf.isText {
            let (text, encoding) = TextEncoding.decode(bytes)
            switch encoding {
            case .utf8: break
            case .latin1: converted += 1
            case .damagedUTF8: repaired += 1
            }
            return .string(text)
        }
        guard let value = ParquetValue.json(bytes, column.leaf) else {
            throw ParquetValue.unsupported(column.leaf, path: path)
        }
        return value
    }

    /// A map with string or number keys as an object; nil for other keys, where it stays a list of pairs.
    private static func map(_ pairs: JSONValue, _ shape: ParquetShape) -> JSONValue? {
        guard case .map(let list) = shape.kind, case .list(_, _, let pair) = list.kind,
            case .object(let fields) = pair.kind, let pairs = pairs.array
        else { return nil }
        var members: JSONObject = [:]
        for pair in pairs {
            switch pair[fields[0].name] {
            case .string(let key), .number(let key): members.append(key, pair[fields[1].name] ?? .null)
            default: return nil
            }
        }
        return .object(members)
    }

    private func disagreement(_ column: ParquetColumn) -> ReaderError {
        .damaged(
            path: path, offset: 0, reason: "column '\(column.leaf.name)': its lists do not match those of other columns"
        )
    }
}

// Parses a Parquet schema into the shape of the JSON values that its records become: objects, lists, maps and leaves,
// with the levels at which each is present. Lists and maps follow LogicalTypes.md of apache/parquet-format, including
// its backward compatibility rules. Next: ParquetAssembly.swift, which follows the shape.
// SPDX-License-Identifier: Apache-2.0

/// The logical type of a column, if it differs from the physical type.
enum ParquetMeaning: Equatable {
    case unsigned
    case decimal(scale: Int)
    /// Days since 1970-01-01.
    case date
    /// Time since 1970-01-01T00:00.
    case timestamp(unitsPerSecond: Int)
    case uuid
    case float16
    case interval
    case list
    case map
}

struct ParquetField {
    let name: String
    let shape: ParquetShape
}

/// The shape of a field's values.
struct ParquetShape {
    indirect enum Kind {
        case leaf
        case object([ParquetField])
        /// Null if the value's definition level is lower.
        case optional(definition: Int, ParquetShape)
        /// Empty if the definition level is lower; a value at the repetition level begins another element.
        case list(definition: Int, repetition: Int, ParquetShape)
        /// A list of key-value pairs.
        case map(ParquetShape)
    }

    let kind: Kind
    /// Indices of the leaf columns below it.
    let leaves: Range<Int>
}

struct ParquetSchema {
    /// A column with values.
    struct Leaf {
        /// Path from the root, joined by dots.
        var name: String
        /// The physical type (enum Type of parquet.thrift).
        var type: Int
        /// Bytes per value; nil for byte arrays, which carry their length.
        var width: Int?
        var meaning: ParquetMeaning?
        /// Index among the column chunks of a row group.
        var index: Int
        /// Number of fields on its path that are optional or repeated, and of those that are repeated.
        var maximumDefinition: Int
        var maximumRepetition: Int

        var isRepeated: Bool { maximumRepetition > 0 }
        /// Whether it is text, presumably: not all writers annotate byte arrays that are strings.
        var isText: Bool { type == 6 && meaning == nil }
    }

    /// An element of the schema as stored in the footer, where the tree is flattened in preorder.
    struct Element {
        var type: Int?
        var typeLength = 0
        /// 0 required, 1 optional, 2 repeated.
        var repetition = 0
        var name = ""
        var children = 0
        var meaning: ParquetMeaning?
        var scale = 0
    }

    private(set) var leaves: [Leaf] = []
    /// The top-level fields.
    private(set) var fields: [ParquetField] = []
    private let elements: [Element]
    private var next = 1  // after the root

    init(_ elements: [Element]) throws(ThriftError) {
        self.elements = elements
        guard let root = elements.first else { throw .malformed("no schema") }
        for _ in 0..<root.children { fields.append(try field(in: Levels())) }
    }

    /// State accumulated on the path from the root to a field.
    private struct Levels {
        var prefix = ""
        var definition = 0
        var repetition = 0
        var depth = 0
        /// Name of the enclosing LIST-annotated group, for its repeated field.
        var list: String?
    }

    /// Parses the element at `next` and its descendants.
    private mutating func field(in parent: Levels) throws(ThriftError) -> ParquetField {
        guard next < elements.count, parent.depth < 32 else { throw .malformed("the schema is not a tree") }
        let element = elements[next]
        next += 1
        var levels = parent
        if element.repetition != 0 { levels.definition += 1 }
        if element.repetition == 2 { levels.repetition += 1 }
        levels.depth += 1
        levels.prefix += element.name + "."
        levels.list = element.meaning == .list ? element.name : nil
        let first = leaves.count
        var kind = ParquetShape.Kind.leaf
        if element.children == 0, let type = element.type {
            try addLeaf(element, type, name: parent.prefix + element.name, levels)
        } else {
            var children: [ParquetField] = []
            for _ in 0..<element.children { children.append(try field(in: levels)) }
            kind = Self.group(element, children, list: parent.list)
        }
        func shape(_ kind: ParquetShape.Kind) -> ParquetShape { ParquetShape(kind: kind, leaves: first..<leaves.count) }
        switch element.repetition {
        case 1: kind = .optional(definition: levels.definition, shape(kind))
        case 2: kind = .list(definition: levels.definition, repetition: levels.repetition, shape(kind))
        default: break
        }
        return ParquetField(name: element.name, shape: shape(kind))
    }

    /// The kind of a group: the list or map it is annotated as, the element of a list for the repeated group of a
    /// three-level list, or an object.
    private static func group(
        _ element: Element, _ children: [ParquetField], list: String?
    ) -> ParquetShape.Kind {
        if children.count == 1, case .list(_, _, let inner) = children[0].shape.kind {
            if element.meaning == .list { return children[0].shape.kind }
            if element.meaning == .map, case .object(let pair) = inner.kind, pair.count == 2 {
                return .map(children[0].shape)
            }
        }
        // Old writers omitted the middle one of the three levels; the rules go by names.
        if let list, element.repetition == 2, children.count == 1, element.name != "array",
            element.name != list + "_tuple"
        {
            return children[0].shape.kind
        }
        return .object(children)
    }

    private mutating func addLeaf(
        _ element: Element, _ type: Int, name: String, _ levels: Levels
    ) throws(ThriftError) {
        let widths: [Int: Int?] = [0: 1, 1: 4, 2: 8, 3: 12, 4: 4, 5: 8, 6: nil, 7: element.typeLength]
        guard let width = widths[type], width.map({ 1...1 << 20 ~= $0 }) ?? true else {
            throw .malformed("column '\(name)' has unknown type \(type)")
        }
        var meaning = element.meaning
        if case .decimal = meaning { meaning = .decimal(scale: element.scale) }
        leaves.append(
            Leaf(
                name: name, type: type, width: width, meaning: meaning, index: leaves.count,
                maximumDefinition: levels.definition, maximumRepetition: levels.repetition))
    }
}

extension ParquetSchema.Element {
    init(_ reader: inout ThriftReader) throws(ThriftError) {
        var element = Self()
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (1, .int32): element.type = try reader.integer()
            case (2, .int32): element.typeLength = try reader.integer()
            case (3, .int32): element.repetition = try reader.integer()
            case (4, .binary): element.name = try reader.string()
            case (5, .int32): element.children = max(0, try reader.integer())
            case (6, .int32):  // converted_type; the logical type, which may follow, says the same or more
                element.meaning = Self.converted(try reader.integer())
            case (7, .int32): element.scale = try reader.integer()
            case (10, .structure): element.meaning = try Self.logical(&reader) ?? element.meaning
            default: try reader.skip(kind)
            }
        }
        self = element
    }

    private static func converted(_ number: Int) -> ParquetMeaning? {
        switch number {
        case 1, 2: .map
        case 3: .list
        case 5: .decimal(scale: 0)
        case 6: .date
        case 9: .timestamp(unitsPerSecond: 1000)
        case 10: .timestamp(unitsPerSecond: 1_000_000)
        case 11...14: .unsigned
        case 21: .interval
        default: nil
        }
    }

    /// The union `LogicalType`: a single field, whose number tells which.
    private static func logical(_ reader: inout ThriftReader) throws(ThriftError) -> ParquetMeaning? {
        var meaning: ParquetMeaning?
        try reader.structure { reader, number, kind throws(ThriftError) in
            switch (number, kind) {
            case (2, .structure): meaning = .map
            case (3, .structure): meaning = .list
            case (5, .structure): meaning = .decimal(scale: 0)
            case (6, .structure): meaning = .date
            case (14, .structure): meaning = .uuid
            case (15, .structure): meaning = .float16
            case (8, .structure):  // TIMESTAMP: 1 is_adjusted_to_utc, 2 unit, a union again
                try reader.structure { reader, number, kind throws(ThriftError) in
                    guard number == 2, kind == .structure else { return try reader.skip(kind) }
                    try reader.structure { reader, number, kind throws(ThriftError) in
                        let units = [1: 1000, 2: 1_000_000, 3: 1_000_000_000]
                        meaning = units[number].map { .timestamp(unitsPerSecond: $0) }
                        try reader.skip(kind)
                    }
                }
                return
            case (10, .structure):  // INTEGER: 1 bit_width, 2 is_signed
                try reader.structure { reader, number, kind throws(ThriftError) in
                    if number == 2, kind == .isFalse { meaning = .unsigned }
                    try reader.skip(kind)
                }
                return
            default: break
            }
            try reader.skip(kind)
        }
        return meaning
    }
}

// A `Decoder` over YAML nodes. It records which keys were asked for, so that the others can be reported as unknown, and
// where each value stands in the file, so that errors carry a line. Recipe.swift drives it.
// SPDX-License-Identifier: Apache-2.0

import Yams

struct NodeDecoder: Decoder {
    /// State shared by all decoders of one file: its name, and for every section the keys that were asked for.
    final class Context {
        let file: String
        /// Sections in the order in which they were entered, by their path ("train").
        private var mappings: [(path: String, mapping: Node.Mapping)] = []
        /// Keys asked for, by the path of their section.
        private var asked: [String: Set<String>] = [:]

        /// The overrides of `--set` in order: the path they set, and their text for errors.
        private let overrides: [(path: String, text: String)]

        /// New names of renamed keys by their old ones.
        private let renamed: [String: String]

        /// The file of each top-level key, where keys come from several files.
        private let origins: [String: String]

        init(
            file: String, overrides: [(path: String, text: String)] = [], renamed: [String: String] = [:],
            origins: [String: String] = [:]
        ) {
            (self.file, self.overrides, self.renamed, self.origins) = (file, overrides, renamed, origins)
        }

        /// Where the value at `path` came from: an override (line 0), or a line of the file. A section without a mark
        /// exists only because an override set something inside it.
        func place(_ path: String, _ mark: Mark?) -> (file: String, line: Int) {
            let override =
                overrides.last { path == $0.path || path.hasPrefix($0.path + ".") }
                ?? (mark == nil ? overrides.last { $0.path.hasPrefix(path + ".") } : nil)
            if let override { return ("--set \(override.text)", 0) }
            let origin = path.split(separator: ".").first.flatMap { origins[String($0)] }
            return (origin ?? file, mark?.line ?? 1)
        }

        /// Registers a section when it is entered.
        func visit(_ mapping: Node.Mapping, path: String) {
            if asked[path] == nil {
                asked[path] = []
                mappings.append((path, mapping))
            }
        }

        func ask(_ key: String, path: String) { asked[path, default: []].insert(key) }

        /// Missing keys that have no default, with the place of the section that needs them.
        private var missing: [(key: String, file: String, line: Int)] = []

        var missingCount: Int { missing.count }

        func miss(_ key: String, in section: (file: String, line: Int)) {
            missing.append((key, section.file, section.line))
        }

        /// Throws a single error that names all missing keys.
        func throwMissingKeys() throws {
            guard let first = missing.first else { return }
            throw RecipeError.missingKeys(file: first.file, line: first.line, keys: missing.map(\.key))
        }

        /// A missing key is usually present but misspelt: throws if an unknown key is at most two letters away.
        func throwMisspelling(of key: String, in mapping: Node.Mapping, path: String) throws {
            for (node, _) in mapping {
                guard let found = node.string, asked[path]?.contains(found) != true, editDistance(found, key) <= 2
                else { continue }
                let place = place(path.isEmpty ? found : "\(path).\(found)", node.mark)
                throw RecipeError.unknownKey(
                    file: place.file, line: place.line, key: found, path: path, nearest: key)
            }
        }

        /// Throws for the first key of the file, by line, that nothing asked for.
        func throwFirstUnknownKey() throws {
            var first: RecipeError?
            var firstLine = Int.max
            for (path, mapping) in mappings {
                let known = asked[path] ?? []
                for (node, _) in mapping {
                    guard let key = node.string, !known.contains(key) else { continue }
                    let line = node.mark?.line ?? 0
                    guard line < firstLine else { continue }
                    firstLine = line
                    let place = place(path.isEmpty ? key : "\(path).\(key)", node.mark)
                    first = .unknownKey(
                        file: place.file, line: place.line, key: key, path: path,
                        nearest: renamed[key].flatMap { known.contains($0) ? $0 : nil }
                            ?? nearestName(to: key, in: known))
                }
            }
            if let first { throw first }
        }
    }

    let node: Node
    /// Keys that lead here from the top.
    let path: [String]
    let context: Context
    /// Whether this is a placeholder for a missing value. Decoding continues with zeros and empty lists, to find all
    /// missing keys inside it and after it; then `Context.throwMissingKeys` ends it.
    var isMissing = false

    var codingPath: [any CodingKey] { path.map(Key.init) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    var name: String { path.joined(separator: ".") }

    /// Path elements in the form that Foundation's errors want.
    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { Int(stringValue) }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { stringValue = "\(intValue)" }
    }

    /// The error for a value of the wrong type; `wanted` completes "it must be …".
    func wrong(_ wanted: String) -> RecipeError {
        let found =
            switch node {
            case .scalar(let scalar): scalar.string.isEmpty ? "empty" : "'\(scalar.string)'"
            case .mapping: "a section"
            case .sequence: "a list"
            case .alias: "an alias"
            }
        let place = context.place(name, node.mark)
        return .wrongValue(file: place.file, line: place.line, key: name, found: found, wanted: wanted)
    }

    /// The decoder of a member or element.
    func child(_ node: Node, _ key: String) -> NodeDecoder {
        NodeDecoder(node: node, path: path + [key], context: context)
    }

    func container<K: CodingKey>(keyedBy type: K.Type) throws -> KeyedDecodingContainer<K> {
        // An empty section ("guard:") takes all its defaults.
        if isMissing || node.null != nil {
            return KeyedDecodingContainer(Keyed(decoder: self, mapping: Node.Mapping([])))
        }
        guard case .mapping(let mapping) = node else { throw wrong("a section with keys") }
        context.visit(mapping, path: name)
        return KeyedDecodingContainer(Keyed(decoder: self, mapping: mapping))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        if isMissing { return Unkeyed(decoder: self, nodes: []) }
        guard case .sequence(let sequence) = node else { throw wrong("a list") }
        return Unkeyed(decoder: self, nodes: Array(sequence))
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

    /// Decodes one value. For an enum, an unknown text becomes an error that lists the cases.
    func read<T: Decodable>(_ type: T.Type) throws -> T {
        do {
            return try T(from: self)
        } catch let DecodingError.dataCorrupted(context) {
            if isMissing { try self.context.throwMissingKeys() }
            guard let names = Self.names(of: type) else { throw wrong(context.debugDescription) }
            let near = node.string.flatMap { nearestName(to: $0, in: names) }
            throw wrong("one of \(names.joined(separator: ", "))\(near.map { "; did you mean '\($0)'?" } ?? "")")
        }
    }

    /// The names of an enum's cases in a recipe; nil for other types.
    private static func names(of type: any Any.Type) -> [String]? {
        func names<C: CaseIterable>(_ type: C.Type) -> [String] {
            type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        }
        let found = (type as? any CaseIterable.Type).map { names($0) } ?? []
        return found.isEmpty ? nil : found
    }
}

/// A section.
private struct Keyed<K: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: NodeDecoder
    let mapping: Node.Mapping

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [K] {
        // A caller that lists the keys (a dictionary) accepts all of them.
        mapping.keys.compactMap { node in
            guard let key = node.string else { return nil }
            decoder.context.ask(key, path: decoder.name)
            return K(stringValue: key)
        }
    }

    func contains(_ key: K) -> Bool {
        decoder.context.ask(key.stringValue, path: decoder.name)
        return mapping[key.stringValue] != nil
    }

    /// The decoder of a key's value; a placeholder where the key is missing.
    private func value(_ key: K) throws -> NodeDecoder {
        decoder.context.ask(key.stringValue, path: decoder.name)
        guard let node = mapping[key.stringValue] else {
            try decoder.context.throwMisspelling(of: key.stringValue, in: mapping, path: decoder.name)
            return NodeDecoder(
                node: Node(""), path: decoder.path + [key.stringValue], context: decoder.context, isMissing: true)
        }
        return decoder.child(node, key.stringValue)
    }

    /// Decodes the value of a key. A missing value is noted; for a missing section, the keys that it needs are.
    private func read<T: Decodable>(_ type: T.Type, _ key: K) throws -> T {
        let value = try value(key)
        guard value.isMissing else { return try value.read(type) }
        let before = decoder.context.missingCount
        let placeholder = Result { try value.read(type) }
        if decoder.context.missingCount == before {
            decoder.context.miss(value.name, in: decoder.context.place(decoder.name, decoder.node.mark))
        }
        if case .failure = placeholder { try decoder.context.throwMissingKeys() }
        return try placeholder.get()
    }

    func decodeNil(forKey key: K) throws -> Bool {
        decoder.context.ask(key.stringValue, path: decoder.name)
        return mapping[key.stringValue].map { $0.null != nil } ?? true
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: K) throws -> T { try read(type, key) }

    func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: K) throws -> KeyedDecodingContainer<N> {
        try value(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: K) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { decoder }
    func superDecoder(forKey key: K) throws -> any Decoder { try value(key) }
}

/// A list.
private struct Unkeyed: UnkeyedDecodingContainer {
    let decoder: NodeDecoder
    let nodes: [Node]
    var currentIndex = 0

    init(decoder: NodeDecoder, nodes: [Node]) {
        self.decoder = decoder
        self.nodes = nodes
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { nodes.count }
    var isAtEnd: Bool { currentIndex == nodes.count }

    private mutating func next() throws -> NodeDecoder {
        guard !isAtEnd else { throw decoder.wrong("a list with more than \(nodes.count) elements") }
        defer { currentIndex += 1 }
        return decoder.child(nodes[currentIndex], "\(currentIndex)")
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, nodes[currentIndex].null != nil else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().read(type) }
    mutating func nestedContainer<N: CodingKey>(keyedBy type: N.Type) throws -> KeyedDecodingContainer<N> {
        try next().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}

/// A scalar. Numbers may have underscores between digits (4_096), as in YAML 1.1.
private struct Single: SingleValueDecodingContainer {
    let decoder: NodeDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    private func scalar<T>(_ value: T?, _ wanted: String) throws -> T {
        guard let value, case .scalar = decoder.node else { throw decoder.wrong(wanted) }
        return value
    }
    /// A whole number, with an error that tells too large from not a number.
    private func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        if decoder.isMissing { return 0 }
        let text = decoder.node.string?.replacing("_", with: "")
        let number = text.flatMap { T($0) }
        let isTooLarge = number == nil && text.flatMap { Double($0) }.map { $0 == $0.rounded() } == true
        return try scalar(number, isTooLarge ? "a whole number from \(T.min) to \(T.max)" : "a whole number")
    }

    func decodeNil() -> Bool { !decoder.isMissing && decoder.node.null != nil }
    func decode(_ type: Bool.Type) throws -> Bool {
        try decoder.isMissing ? false : scalar(decoder.node.bool, "true or false")
    }
    func decode(_ type: String.Type) throws -> String {
        try decoder.isMissing ? "" : scalar(decoder.node.null == nil ? decoder.node.string : nil, "a text")
    }
    func decode(_ type: Double.Type) throws -> Double {
        try decoder.isMissing ? 0 : scalar(decoder.node.float, "a number")
    }
    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.read(type) }
}

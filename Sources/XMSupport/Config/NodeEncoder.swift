// An `Encoder` into YAML nodes, the inverse of NodeDecoder.swift. It writes every key, with `null` for absent values,
// because a key left out would come back as its default; numbers get the digits that read back to the same bits.
// Next: Recipe.swift (text), RecipeDifference.swift (comparison).
// SPDX-License-Identifier: Apache-2.0

import Yams

struct NodeEncoder: Encoder {
    /// Receives the node of a value. A class, since the containers of one value share it.
    final class Slot { var node = Node.absent }

    let slot: Slot
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The node of a value. Dictionaries are sorted by key, so that equal values give equal text.
    static func node(_ value: any Encodable) throws -> Node {
        let slot = Slot()
        try value.encode(to: NodeEncoder(slot: slot))
        guard value is any StringKeyed, case .mapping(let mapping) = slot.node else { return slot.node }
        return Node(mapping.map { ($0.key, $0.value) }.sorted { $0.0.string ?? "" < $1.0.string ?? "" })
    }

    func container<K: CodingKey>(keyedBy type: K.Type) -> KeyedEncodingContainer<K> {
        if case .mapping = slot.node {} else { slot.node = Node([(Node, Node)]()) }
        return KeyedEncodingContainer(Keyed(slot: slot))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        slot.node = Node([Node]())
        return Unkeyed(slot: slot)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { Single(slot: slot) }

    /// The shortest text that reads as the same number, without a point where it is whole.
    static func text<F: BinaryFloatingPoint & CustomStringConvertible>(_ value: F) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension Node {
    static var absent: Node { Node("null", Tag(.null)) }
}

/// Marks dictionaries with text keys: unlike sections, their order is not declared by a type.
private protocol StringKeyed {}
extension Dictionary: StringKeyed where Key == String {}

/// A section. Absent optionals are written as `null`, so each `encodeIfPresent` is replaced.
private struct Keyed<K: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: NodeEncoder.Slot
    var codingPath: [any CodingKey] { [] }

    private func set(_ node: Node, _ key: K) {
        guard case .mapping(var mapping) = slot.node else { return }
        mapping[Node(key.stringValue)] = node
        slot.node = .mapping(mapping)
    }

    func encodeNil(forKey key: K) { set(.absent, key) }
    func encode<T: Encodable>(_ value: T, forKey key: K) throws { set(try NodeEncoder.node(value), key) }

    private func optional(_ value: (any Encodable)?, _ key: K) throws {
        set(try value.map(NodeEncoder.node) ?? .absent, key)
    }
    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Bool?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: String?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Double?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Float?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int8?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int16?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int32?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: K) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: K) throws { try optional(value, key) }

    func nestedContainer<N: CodingKey>(keyedBy type: N.Type, forKey key: K) -> KeyedEncodingContainer<N> {
        preconditionFailure("recipes encode their sections as values")
    }
    func nestedUnkeyedContainer(forKey key: K) -> any UnkeyedEncodingContainer {
        preconditionFailure("recipes encode their lists as values")
    }
    func superEncoder() -> any Encoder { NodeEncoder(slot: slot) }
    func superEncoder(forKey key: K) -> any Encoder { preconditionFailure("recipes have no classes") }
}

/// A list.
private struct Unkeyed: UnkeyedEncodingContainer {
    let slot: NodeEncoder.Slot
    var codingPath: [any CodingKey] { [] }
    var count: Int { slot.node.sequence?.count ?? 0 }

    private func append(_ node: Node) {
        guard case .sequence(var sequence) = slot.node else { return }
        sequence.append(node)
        slot.node = .sequence(sequence)
    }

    func encodeNil() { append(.absent) }
    func encode<T: Encodable>(_ value: T) throws { append(try NodeEncoder.node(value)) }
    func nestedContainer<N: CodingKey>(keyedBy type: N.Type) -> KeyedEncodingContainer<N> {
        preconditionFailure("recipes encode their sections as values")
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        preconditionFailure("recipes encode their lists as values")
    }
    func superEncoder() -> any Encoder { preconditionFailure("recipes have no classes") }
}

/// A scalar.
private struct Single: SingleValueEncodingContainer {
    let slot: NodeEncoder.Slot
    var codingPath: [any CodingKey] { [] }

    private func set(_ text: String, _ tag: Tag.Name) { slot.node = Node(text, Tag(tag)) }

    func encodeNil() { slot.node = .absent }
    func encode(_ value: Bool) { set(value ? "true" : "false", .bool) }
    func encode(_ value: String) { slot.node = .scalar(value.represented()) }
    func encode(_ value: Double) { set(NodeEncoder.text(value), .float) }
    func encode(_ value: Float) { set(NodeEncoder.text(value), .float) }
    func encode(_ value: Int) { set("\(value)", .int) }
    func encode(_ value: Int8) { set("\(value)", .int) }
    func encode(_ value: Int16) { set("\(value)", .int) }
    func encode(_ value: Int32) { set("\(value)", .int) }
    func encode(_ value: Int64) { set("\(value)", .int) }
    func encode(_ value: UInt) { set("\(value)", .int) }
    func encode(_ value: UInt8) { set("\(value)", .int) }
    func encode(_ value: UInt16) { set("\(value)", .int) }
    func encode(_ value: UInt32) { set("\(value)", .int) }
    func encode(_ value: UInt64) { set("\(value)", .int) }
    func encode<T: Encodable>(_ value: T) throws { slot.node = try NodeEncoder.node(value) }
}

// The members of a JSON object: in the order of the text, with keys that are compared byte by byte. A Swift dictionary
// of strings would take keys that are canonically equivalent ("é" in one code point or in two) for one key.
// Next: JSONValue.swift.
// SPDX-License-Identifier: Apache-2.0

package struct JSONObject: Sendable {
    /// All members, also those whose key comes again further on.
    package private(set) var members: [(key: String, value: JSONValue)]

    package init(_ members: [(key: String, value: JSONValue)] = []) { self.members = members }

    package mutating func append(_ key: String, _ value: JSONValue) { members.append((key, value)) }

    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }

    /// The value of a key; of equal keys the last one's.
    package subscript(_ key: String) -> JSONValue? {
        members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[(key: String, value: JSONValue)]> { members.makeIterator() }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { (key: $0.0, value: $0.1) })
    }
}

extension JSONObject: Equatable {
    /// The same keys with the same values, in any order.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        func holds(_ one: JSONObject, _ other: JSONObject) -> Bool { one.allSatisfy { other[$0.key] == one[$0.key] } }
        return holds(left, right) && holds(right, left)
    }
}

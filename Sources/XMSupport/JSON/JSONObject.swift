// The members of a JSON object, in the order of the text. Keys are compared byte by byte: a Swift dictionary of
// strings takes canonically equivalent keys ("é" as one code point or as two) for the same one.
// SPDX-License-Identifier: Apache-2.0

package struct JSONObject: Sendable {
    /// All members, duplicate keys included.
    package private(set) var members: [(key: String, value: JSONValue)]

    package init(_ members: [(key: String, value: JSONValue)] = []) { self.members = members }

    package mutating func append(_ key: String, _ value: JSONValue) { members.append((key, value)) }

    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }

    /// The value of a key; the last one where the key is duplicated. Takes time in proportion to the members: for
    /// objects of thousands, iterate instead.
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
        func contains(_ outer: JSONObject, _ inner: JSONObject) -> Bool {
            inner.allSatisfy { outer[$0.key] == inner[$0.key] }
        }
        return contains(left, right) && contains(right, left)
    }
}

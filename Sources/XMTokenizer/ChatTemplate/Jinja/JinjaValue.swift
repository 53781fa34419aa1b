// The values of a template, as Python sees them: strings are sequences of code points, mappings keep their order.
// Containers know their size and depth, so that a hostile template cannot build one that is too large to visit.
// SPDX-License-Identifier: Apache-2.0

package indirect enum JinjaValue: Sendable {
    /// A name or key that is not there; printing gives nothing, using it is an error that says `name`.
    case undefined(name: String)
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case list(JinjaList)
    case dict(JinjaDict)
    /// `namespace(...)`: the one value that changes; numbered by the evaluator.
    case namespace(Int)
    case macro(Int)
    /// A method that was looked up but not called yet.
    case method(JinjaValue, String)

    package static func list(_ items: [JinjaValue]) -> JinjaValue { .list(JinjaList(items)) }

    package static func dict(_ entries: KeyValuePairs<String, JinjaValue>) -> JinjaValue {
        .dict(JinjaDict(entries.map { ($0.key, $0.value) }))
    }

    /// Bytes of strings and number of items, all levels.
    var size: Int {
        switch self {
        case .string(let text): text.utf8.count + 1
        case .list(let list): list.size
        case .dict(let dict): dict.size
        case .method(let owner, _): owner.size
        default: 1
        }
    }

    var depth: Int {
        switch self {
        case .list(let list): list.depth
        case .dict(let dict): dict.depth
        case .method(let owner, _): owner.depth + 1
        default: 0
        }
    }

    /// Python's truth.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let list): !list.items.isEmpty
        case .dict(let dict): !dict.entries.isEmpty
        case .namespace, .macro, .method: true
        }
    }

    /// Whole numbers, with True as 1.
    var integer: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var number: Double? {
        if case .double(let value) = self { value } else { integer.map(Double.init) }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }

    /// The type, in Python's words.
    var typeName: String {
        switch self {
        case .undefined: "undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .list(let list): list.isTuple ? "tuple" : "list"
        case .dict: "dict"
        case .namespace: "namespace"
        case .macro: "macro"
        case .method: "method"
        }
    }
}

package struct JinjaList: Sendable {
    package let items: [JinjaValue]
    let isTuple: Bool
    let size: Int
    let depth: Int

    package init(_ items: [JinjaValue], isTuple: Bool = false) {
        self.items = items
        self.isTuple = isTuple
        size = items.reduce(1) { $0 + $1.size }
        depth = items.reduce(0) { max($0, $1.depth) } + 1
    }
}

package struct JinjaDict: Sendable {
    package let entries: [(key: String, value: JinjaValue)]
    let size: Int
    let depth: Int

    /// The last of equal keys wins and stands where the first stood, as in Python.
    package init(_ pairs: [(String, JinjaValue)]) {
        var entries: [(key: String, value: JinjaValue)] = []
        var places: [[UInt8]: Int] = [:]
        for (key, value) in pairs {
            if let place = places[Array(key.utf8)] {
                entries[place].value = value
            } else {
                places[Array(key.utf8)] = entries.count
                entries.append((key, value))
            }
        }
        self.init(unique: entries)
    }

    /// Of entries whose keys are known to differ.
    init(unique entries: [(key: String, value: JinjaValue)]) {
        self.entries = entries
        size = entries.reduce(1) { $0 + $1.key.utf8.count + 1 + $1.value.size }
        depth = entries.reduce(0) { max($0, $1.value.depth) } + 1
    }

    package subscript(key: String) -> JinjaValue? {
        entries.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}

extension JinjaValue: Equatable {
    /// Python's ==: numbers by value, strings by code points, mappings in any order.
    package static func == (left: JinjaValue, right: JinjaValue) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)): return a.isTuple == b.isTuple && a.items == b.items
        case (.dict(let a), .dict(let b)):
            return a.entries.count == b.entries.count && a.entries.allSatisfy { b[$0.key] == $0.value }
        case (.namespace(let a), .namespace(let b)), (.macro(let a), .macro(let b)): return a == b
        default:
            if let a = left.integer, let b = right.integer { return a == b }
            if let a = left.number, let b = right.number { return a == b }
            return false
        }
    }
}

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
    /// `namespace(...)`: a value that changes; numbered by the evaluator.
    case namespace(Int)
    /// What `map`, `select` and their like give: items to go through once; numbered by the evaluator.
    case iterator(Int)
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
        case .namespace, .iterator, .macro, .method: true
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
        case .list(let list): list.kind.rawValue
        case .dict: "dict"
        case .namespace: "namespace"
        case .iterator: "generator"
        case .macro: "macro"
        case .method: "method"
        }
    }
}

package struct JinjaList: Sendable {
    /// A view is what a mapping's methods give: it has a length and items, but none by number.
    package enum Kind: String, Sendable {
        case list, tuple
        case keys = "dict_keys"
        case values = "dict_values"
        case items = "dict_items"
    }

    package let items: [JinjaValue]
    let kind: Kind
    let size: Int
    let depth: Int

    /// Items have numbers.
    var isIndexed: Bool { kind == .list || kind == .tuple }

    package init(_ items: [JinjaValue], kind: Kind = .list) {
        self.items = items
        self.kind = kind
        size = items.reduce(1) { $0 + $1.size }
        depth = items.reduce(0) { max($0, $1.depth) } + 1
    }
}

package struct JinjaDict: Sendable {
    /// Keys are strings, as in JSON, or what else a template writes: numbers, truth values, none.
    package let entries: [(key: JinjaValue, value: JinjaValue)]
    let size: Int
    let depth: Int

    /// The last of equal keys wins and stands where the first stood, as in Python.
    init(pairs: [(key: JinjaValue, value: JinjaValue)]) {
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        var places: [[UInt8]: Int] = [:]
        for (key, value) in pairs {
            let whole = key.integer ?? key.number.flatMap { Int(exactly: $0) }
            let identity = whole.map { Array("\($0)".utf8) } ?? Array("\(key.typeName) \(key.pythonText)".utf8)
            if let place = places[identity] {
                entries[place].value = value
            } else {
                places[identity] = entries.count
                entries.append((key, value))
            }
        }
        self.init(unique: entries)
    }

    package init(_ pairs: [(String, JinjaValue)]) { self.init(pairs: pairs.map { (.string($0), $1) }) }

    /// Of entries whose keys are known to differ.
    init(unique entries: [(key: JinjaValue, value: JinjaValue)]) {
        self.entries = entries
        size = entries.reduce(1) { $0 + $1.key.size + $1.value.size }
        depth = entries.reduce(0) { max($0, $1.value.depth) } + 1
    }

    /// Keys and values, as tuples.
    var pairs: [JinjaValue] { entries.map { .list(JinjaList([$0.key, $0.value], kind: .tuple)) } }

    /// The entries whose keys are strings.
    package var named: [(key: String, value: JinjaValue)] {
        entries.compactMap { entry in entry.key.text.map { ($0, entry.value) } }
    }

    package subscript(key: String) -> JinjaValue? { self[.string(key)] }
    subscript(key: JinjaValue) -> JinjaValue? { entries.first { $0.key == key }?.value }
}

extension JinjaValue: Equatable {
    /// Python's ==: numbers by value, strings by code points, mappings in any order.
    package static func == (left: JinjaValue, right: JinjaValue) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
        case (.list(let a), .list(let b)): return a.kind == b.kind && a.items == b.items
        case (.dict(let a), .dict(let b)):
            return a.entries.count == b.entries.count && a.entries.allSatisfy { b[$0.key] == $0.value }
        case (.namespace(let a), .namespace(let b)), (.macro(let a), .macro(let b)),
            (.iterator(let a), .iterator(let b)):
            return a == b
        default:
            if let a = left.integer, let b = right.integer { return a == b }
            if let a = left.number, let b = right.number { return a == b }
            return false
        }
    }
}

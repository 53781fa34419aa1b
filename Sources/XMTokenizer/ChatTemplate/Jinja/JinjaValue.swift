// The values of a template, as in Python: strings are sequences of code points, mappings are ordered. Containers know
// their size and depth, so that a hostile template cannot build one that is too large to traverse.
// SPDX-License-Identifier: Apache-2.0

package indirect enum JinjaValue: Sendable {
    /// A missing name or key; it prints as nothing, and using it is an error that names it.
    case undefined(name: String)
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(JinjaText)
    case list(JinjaList)
    case dict(JinjaDict)
    /// `namespace(...)`: a mutable value; an index into the evaluator's list.
    case namespace(Int)
    /// The result of `map`, `select` and so on, which can be iterated once; an index into the evaluator's list.
    case iterator(Int)
    case macro(Int)
    /// The `loop` of a `for`; an index into the evaluator's list.
    case loop(Int)
    /// A bound method; with owner `none` a global function.
    case method(JinjaValue, String)

    package static func string(_ text: String) -> JinjaValue { .string(JinjaText(text)) }
    package static func list(_ items: [JinjaValue]) -> JinjaValue { .list(JinjaList(items)) }
    static func tuple(_ items: [JinjaValue]) -> JinjaValue { .list(JinjaList(items, kind: .tuple)) }

    package static func dict(_ entries: KeyValuePairs<String, JinjaValue>) -> JinjaValue {
        .dict(JinjaDict(entries.map { ($0.key, $0.value) }))
    }

    /// Number of code points and items, including nested ones.
    var size: Int {
        switch self {
        case .string(let text): text.count + 1
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

    /// Python's truth value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .list(let list): !list.items.isEmpty
        case .dict(let dict): !dict.entries.isEmpty
        case .namespace, .iterator, .macro, .loop, .method: true
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }
    var isNone: Bool { if case .none = self { true } else { false } }

    /// Integers, with True as 1.
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

    var text: JinjaText? { if case .string(let text) = self { text } else { nil } }

    /// The name of the type in Python.
    var typeName: String {
        switch self {
        case .undefined: "undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .double: "float"
        case .string: "str"
        case .list(let list): list.kind.name
        case .dict: "dict"
        case .namespace: "namespace"
        case .iterator: "generator"
        case .macro: "macro"
        case .loop: "loop"
        case .method: "method"
        }
    }

    /// The value with all strings and keys marked as coming from the conversation.
    var asForeign: JinjaValue {
        switch self {
        case .string(let text): .string(text.asForeign)
        case .list(let list): .list(JinjaList(list.items.map(\.asForeign), kind: list.kind))
        case .dict(let dict): .dict(JinjaDict(unique: dict.entries.map { ($0.key.asForeign, $0.value.asForeign) }))
        default: self
        }
    }
}

package struct JinjaList: Sendable {
    /// A view is the result of a mapping's methods: it has a length and items, but no indices.
    enum Kind: Sendable, Equatable {
        case list, tuple
        /// A tuple of the filter `groupby`, with two named items.
        case group
        case keys, values, items
        case range(start: Int, stop: Int, step: Int)

        var name: String {
            switch self {
            case .list: "list"
            case .tuple, .group: "tuple"
            case .keys: "dict_keys"
            case .values: "dict_values"
            case .items: "dict_items"
            case .range: "range"
            }
        }
    }

    package let items: [JinjaValue]
    let kind: Kind
    let size: Int
    let depth: Int

    /// Whether items can be indexed.
    var isIndexed: Bool {
        switch kind {
        case .list, .tuple, .group, .range: true
        case .keys, .values, .items: false
        }
    }

    var isTuple: Bool { kind == .tuple || kind == .group }

    package init(_ items: [JinjaValue]) { self.init(items, kind: .list) }

    init(_ items: [JinjaValue], kind: Kind) {
        self.items = items
        self.kind = kind
        size = items.reduce(1) { $0 + $1.size }
        depth = items.reduce(0) { max($0, $1.depth) } + 1
    }
}

package struct JinjaDict: Sendable {
    /// Keys are strings, as in JSON, or other hashable values of a template: numbers, bools, none.
    package let entries: [(key: JinjaValue, value: JinjaValue)]
    let size: Int
    let depth: Int

    /// As in Python, the last of equal keys determines the value and the first the position.
    init(pairs: [(key: JinjaValue, value: JinjaValue)]) {
        var entries: [(key: JinjaValue, value: JinjaValue)] = []
        var places: [JinjaKey: Int] = [:]
        for (key, value) in pairs {
            let identity = JinjaKey(key)
            if let place = identity.flatMap({ places[$0] }) {
                entries[place].value = value
            } else {
                if let identity { places[identity] = entries.count }
                entries.append((key, value))
            }
        }
        self.init(unique: entries)
    }

    package init(_ pairs: [(String, JinjaValue)]) { self.init(pairs: pairs.map { (.string($0), $1) }) }

    /// From entries with distinct keys.
    init(unique entries: [(key: JinjaValue, value: JinjaValue)]) {
        self.entries = entries
        size = entries.reduce(1) { $0 + $1.key.size + $1.value.size }
        depth = entries.reduce(0) { max($0, $1.value.depth) } + 1
    }

    /// Keys and values, as tuples.
    var pairs: [JinjaValue] { entries.map { .tuple([$0.key, $0.value]) } }

    /// The entries whose keys are strings.
    package var named: [(key: String, value: JinjaValue)] {
        entries.compactMap { entry in entry.key.text.map { ($0.string, entry.value) } }
    }

    package subscript(key: String) -> JinjaValue? { self[.string(key)] }
    subscript(key: JinjaValue) -> JinjaValue? { entries.first { $0.key == key }?.value }
}

/// The identity of a key of a mapping; nil for values that cannot be keys.
enum JinjaKey: Hashable {
    case undefined, none
    case text(JinjaText)
    case whole(Int)
    case real(Double)
    case tuple([JinjaKey])

    init?(_ value: JinjaValue) {
        switch value {
        case .undefined: self = .undefined
        case .none: self = .none
        case .string(let text): self = .text(text)
        case .bool, .int: self = .whole(value.integer!)
        case .double(let number): self = Int(exactly: number).map { .whole($0) } ?? .real(number)
        case .list(let list) where list.isTuple:
            let keys = list.items.compactMap { JinjaKey($0) }
            guard keys.count == list.items.count else { return nil }
            self = .tuple(keys)
        default: return nil
        }
    }
}

extension JinjaValue: Equatable {
    /// Python's ==: numbers by value, strings by code points, mappings in any order.
    package static func == (left: JinjaValue, right: JinjaValue) -> Bool {
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let a), .string(let b)): return a == b
        case (.list(let a), .list(let b)): return a == b
        case (.dict(let a), .dict(let b)):
            return a.entries.count == b.entries.count && a.entries.allSatisfy { b[$0.key] == $0.value }
        case (.namespace(let a), .namespace(let b)), (.macro(let a), .macro(let b)), (.loop(let a), .loop(let b)),
            (.iterator(let a), .iterator(let b)):
            return a == b
        case (.method(let a, let name), .method(let b, let other)): return a == b && name == other
        case (.double(let a), .double(let b)): return a == b
        case (.double(let a), _): return right.integer.map { Int(exactly: a) == $0 } ?? false
        case (_, .double(let b)): return left.integer.map { Int(exactly: b) == $0 } ?? false
        default:
            guard let a = left.integer, let b = right.integer else { return false }
            return a == b
        }
    }
}

extension JinjaList: Equatable {
    package static func == (left: JinjaList, right: JinjaList) -> Bool {
        switch (left.kind, right.kind) {
        case (.keys, .keys), (.items, .items):
            return left.items.count == right.items.count && left.items.allSatisfy(right.items.contains)
        case (.range, .range): return left.items == right.items
        case (.list, .list): return left.items == right.items
        default: return left.isTuple && right.isTuple && left.items == right.items
        }
    }
}

// Two recipes key by key: which values differ, under which path, with both as text. It knows nothing of what a key
// means; XMTrain's KeyInfluence.swift says which differences matter.
// SPDX-License-Identifier: Apache-2.0

import Yams

/// One key with two values, written as in YAML on one line.
package struct RecipeDifference: Sendable, Equatable {
    /// The path, "schedule.learning_rate"; elements of lists by number, "data.sources.0.format".
    package let key: String
    package let from: String
    package let to: String

    package init(key: String, from: String, to: String) { (self.key, self.from, self.to) = (key, from, to) }

    /// What an element has that only one of the two lists or dictionaries holds.
    package static let absent = "absent"
}

extension Recipe {
    /// Every difference, in the order of the keys. Sections and lists are compared by their elements.
    package static func differences<T: Encodable>(from old: T, to new: T) throws -> [RecipeDifference] {
        var found: [RecipeDifference] = []
        compare(try NodeEncoder.node(old), try NodeEncoder.node(new), path: [], &found)
        return found
    }

    /// The paths of all values of a recipe, empty sections and lists included.
    package static func keys(of value: some Encodable) throws -> [String] {
        func keys(_ node: Node, _ path: [String]) -> [String] {
            let inner: [(String, Node)] =
                switch node {
                case .mapping(let mapping): mapping.map { ($0.key.string ?? "", $0.value) }
                case .sequence(let sequence): sequence.enumerated().map { ("\($0.offset)", $0.element) }
                case .scalar, .alias: []
                }
            return inner.isEmpty ? [path.joined(separator: ".")] : inner.flatMap { keys($0.1, path + [$0.0]) }
        }
        return keys(try NodeEncoder.node(value), [])
    }

    private static func compare(_ old: Node?, _ new: Node?, path: [String], _ found: inout [RecipeDifference]) {
        switch (old, new) {
        case (.mapping(let old)?, .mapping(let new)?):
            let names = old.keys.compactMap(\.string)
            for name in names + new.keys.compactMap(\.string).filter({ !names.contains($0) }) {
                compare(old[name], new[name], path: path + [name], &found)
            }
        case (.sequence(let old)?, .sequence(let new)?):
            for index in 0..<max(old.count, new.count) {
                compare(
                    index < old.count ? old[index] : nil, index < new.count ? new[index] : nil,
                    path: path + ["\(index)"], &found)
            }
        default:
            let (from, to) = (text(old), text(new))
            if from != to { found.append(RecipeDifference(key: path.joined(separator: "."), from: from, to: to)) }
        }
    }

    private static func text(_ node: Node?) -> String {
        switch node {
        case nil: RecipeDifference.absent
        case .scalar(let scalar): scalar.string
        case .sequence(let sequence): "[" + sequence.map { text($0) }.joined(separator: ", ") + "]"
        case .mapping(let mapping):
            "{" + mapping.map { "\($0.key.string ?? ""): \(text($0.value))" }.joined(separator: ", ") + "}"
        case .alias: ""
        }
    }
}

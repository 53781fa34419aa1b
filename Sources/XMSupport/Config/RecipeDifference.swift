// Compares two recipes key by key: the paths whose values differ, with both values as text. It knows nothing about the
// meaning of keys; XMTrain's KeyInfluence.swift tells which differences matter.
// SPDX-License-Identifier: Apache-2.0

import Yams

/// A key with its two values, each in YAML on one line.
package struct RecipeDifference: Sendable, Equatable {
    /// The path: "schedule.learning_rate", or "data.sources.0.format" with the index of a list element.
    package let key: String
    package let from: String
    package let to: String

    package init(key: String, from: String, to: String) { (self.key, self.from, self.to) = (key, from, to) }

    /// Stands for the value that one side lacks.
    package static let absent = "absent"
}

extension Recipe {
    /// All differences, in the order of the keys. Sections and lists are compared element by element.
    package static func differences<T: Encodable>(from old: T, to new: T) throws -> [RecipeDifference] {
        var found: [RecipeDifference] = []
        compare(try NodeEncoder.node(old), try NodeEncoder.node(new), path: [], &found)
        return found
    }

    /// The paths of all values in a recipe, including empty sections and lists.
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

    /// Descends where both sides are sections or both lists; anything else is compared as text.
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

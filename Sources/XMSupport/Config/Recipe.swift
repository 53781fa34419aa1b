// A recipe is one YAML file that describes a run, and it is read strictly: an unknown key, a missing key and a value of
// the wrong type are errors with file, line and the closest known name. Next: NodeDecoder.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation
import Yams

package enum RecipeError: Error, CustomStringConvertible, Equatable {
    case unreadable(file: String, reason: String)
    case empty(file: String)
    case syntax(file: String, line: Int, reason: String)
    case unknownKey(file: String, line: Int, key: String, path: String, nearest: String?)
    case missingKeys(file: String, line: Int, keys: [String])
    case wrongValue(file: String, line: Int, key: String, found: String, wanted: String)
    case badOverride(String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): return "\(file): cannot be read (\(reason)); name an existing recipe"
        case .empty(let file):
            return "\(file): is empty; start with a copy of a recipe in recipes/pretrain"
        case .syntax(let file, let line, let reason): return "\(file):\(line): not valid YAML: \(reason)"
        case .unknownKey(let file, let line, let key, let path, let nearest):
            let place = path.isEmpty ? "at the top level" : "in '\(path)'"
            let hint = nearest.map { "; did you mean '\($0)'?" } ?? "; remove it"
            return "\(at(file, line)): unknown key '\(key)' \(place)\(hint)"
        case .missingKeys(let file, let line, let keys):
            return keys.count == 1
                ? "\(at(file, line)): key '\(keys[0])' is missing; add it"
                : "\(file): keys \(keys.map { "'\($0)'" }.joined(separator: ", ")) are missing; add them"
        case .wrongValue(let file, let line, let key, let found, let wanted):
            return "\(at(file, line)): '\(key)' is \(found); it must be \(wanted)"
        case .badOverride(let text, let reason): return "--set \(text): \(reason)"
        }
    }

    /// A place in a file; line 0 stands for an override, which has no line.
    private func at(_ file: String, _ line: Int) -> String { line > 0 ? "\(file):\(line)" : file }
}

/// A recipe with renamed keys: an old name is an error that gives the new one.
package protocol HasRenamedKeys {
    /// New names by old ones, both without their section.
    static var renamedKeys: [String: String] { get }
}

package enum Recipe {
    /// Reads `url` as a `T`. Overrides have the form "a.b=value" with the value in YAML, and replace or add a key.
    package static func load<T: Decodable>(_ type: T.Type, from url: URL, overrides: [String] = []) throws -> T {
        let text: String
        do {
            text = try String(contentsOf: url, encoding: .utf8)
        } catch {
            throw RecipeError.unreadable(file: url.path, reason: "no such UTF-8 file")
        }
        return try decode(type, yaml: text, file: url.relativePath, overrides: overrides)
    }

    /// As `load`, from a text; errors call it `file`.
    package static func decode<T: Decodable>(
        _ type: T.Type, yaml: String, file: String, overrides: [String] = []
    ) throws -> T {
        var root = try compose(yaml, file: file)
        if case .scalar(let scalar) = root, scalar.string.isEmpty { throw RecipeError.empty(file: file) }
        var paths: [(path: String, text: String)] = []
        for override in overrides {
            let parts = override.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else {
                throw RecipeError.badOverride(override, reason: "write it as key.path=value")
            }
            let value: Node
            do {
                value = try compose(String(parts[1]), file: "--set")
            } catch RecipeError.syntax(_, _, let reason) {
                throw RecipeError.badOverride(override, reason: "the value is not valid YAML: \(reason)")
            }
            paths.append((String(parts[0]), override))
            root = try replacing(root, parts[0].split(separator: ".").map(String.init)[...], value, override)
        }
        let context = NodeDecoder.Context(
            file: file, overrides: paths, renamed: (T.self as? any HasRenamedKeys.Type)?.renamedKeys ?? [:])
        return try decode(type, root, context)
    }

    private static func decode<T: Decodable>(_ type: T.Type, _ root: Node, _ context: NodeDecoder.Context) throws -> T {
        let result = try T(from: NodeDecoder(node: root, path: [], context: context))
        try context.throwMissingKeys()
        try context.throwFirstUnknownKey()
        return result
    }

    /// Reads a file that may build on others: with a key `include: FILE`, relative to its own folder, it takes every
    /// top-level key that it does not have itself from that file. Errors name the file that has the key.
    package static func load<T: Decodable>(_ type: T.Type, including url: URL) throws -> T {
        var (keys, origins) = (Node.Mapping([]), [String: String]())
        var next: URL? = url
        var seen: Set<String> = []
        while let file = next {
            guard seen.insert(file.standardizedFileURL.path).inserted else {
                throw RecipeError.unreadable(file: url.path, reason: "its includes lead back to \(file.path)")
            }
            guard let text = try? String(contentsOf: file, encoding: .utf8) else {
                throw RecipeError.unreadable(file: file.path, reason: "no such UTF-8 file")
            }
            guard case .mapping(let mapping) = try compose(text, file: file.path) else {
                throw RecipeError.empty(file: file.path)
            }
            next = nil
            for (key, value) in mapping {
                let name = key.string ?? ""
                if name == "include" {
                    next = URL(filePath: value.string ?? "", relativeTo: file.deletingLastPathComponent()).absoluteURL
                } else if origins[name] == nil {
                    (keys[key], origins[name]) = (value, file.path)
                }
            }
        }
        return try decode(type, .mapping(keys), NodeDecoder.Context(file: url.path, origins: origins))
    }

    /// The recipe as YAML: every key in the order of declaration, `null` for what is off. Reading it back gives an
    /// equal value. Long lines are not folded.
    package static func yaml(_ value: some Encodable) throws -> String {
        try Yams.serialize(node: NodeEncoder.node(value), width: -1, allowUnicode: true)
    }

    /// Parses YAML; the library's errors become ours, with a line.
    private static func compose(_ text: String, file: String) throws -> Node {
        do {
            return try Yams.compose(yaml: text) ?? Node("", Tag(.null))
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw RecipeError.syntax(file: file, line: mark.line, reason: problem)
            case .duplicatedKeysInMapping(let duplicates, let context):
                throw RecipeError.syntax(
                    file: file, line: context.mark.line,
                    reason:
                        "key '\(duplicates.first.map(String.init(describing:)) ?? "?")' is a duplicate; remove one of the two"
                )
            default: throw RecipeError.syntax(file: file, line: 1, reason: "\(error)")
            }
        }
    }

    /// `node` with the value at `path` replaced. Sections on the way are created; elements of lists go by index.
    private static func replacing(
        _ node: Node, _ path: ArraySlice<String>, _ value: Node, _ override: String
    ) throws -> Node {
        guard let key = path.first else { return value }
        if case .sequence(var sequence) = node, let index = Int(key), sequence.indices.contains(index) {
            sequence[index] = try replacing(sequence[index], path.dropFirst(), value, override)
            return .sequence(sequence)
        }
        let isEmpty = node.null != nil
        guard case .mapping(var mapping) = isEmpty ? Node([(Node, Node)]()) : node else {
            throw RecipeError.badOverride(override, reason: "nothing named '\(key)' there: the value is not a section")
        }
        mapping[Node(key)] = try replacing(
            mapping[Node(key)] ?? Node([(Node, Node)]()), path.dropFirst(), value, override)
        return .mapping(mapping)
    }
}

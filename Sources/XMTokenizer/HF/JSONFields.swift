// Strict access to an object of a tokenizer's JSON files: values of the wrong type and unknown keys are errors that
// name the file and the path. Nothing in these files is ignored silently.
// Next: TokenizerJSON.swift, TokenizerConfigJSON.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

struct JSONFields {
    let object: JSONObject
    /// Path of the object in the file, for errors; empty at top level.
    let path: String
    let file: String

    /// Parses a file's top-level object. Throws `VocabularyError`.
    init(_ data: Data, file: String) throws {
        guard String(validating: data, as: UTF8.self) != nil else {
            throw VocabularyError.malformed(file: file, key: "top level", reason: "not UTF-8")
        }
        let value: JSONValue
        do {
            value = try data.withUnsafeBytes { try JSONScanner.value(of: $0) }
        } catch {
            throw VocabularyError.malformed(file: file, key: "top level", reason: "not JSON: \(error)")
        }
        try self.init(value, path: "", file: file)
    }

    init(_ value: JSONValue, path: String, file: String) throws {
        guard let object = value.object else {
            throw VocabularyError.malformed(
                file: file, key: path.isEmpty ? "top level" : path, reason: "not an object")
        }
        (self.object, self.path, self.file) = (object, path, file)
    }

    /// The path of a member.
    func path(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    func malformed(_ key: String, _ reason: String) -> VocabularyError {
        .malformed(file: file, key: path(key), reason: reason)
    }

    func unsupported(_ key: String, _ found: String, _ wanted: String) -> VocabularyError {
        .unsupported(file: file, key: path(key), found: found, wanted: wanted)
    }

    /// Throws for a key that is not in `known`.
    func check(_ known: Set<ExactText>) throws {
        guard let key = object.keys.first(where: { !known.contains(ExactText($0)) }) else { return }
        throw unsupported(key, "an unknown key", known.list)
    }

    // MARK: - Values; nil if the key is missing or null

    func value(_ key: String) -> JSONValue? { object[key] == .null ? nil : object[key] }

    private func value<Value>(_ key: String, _ type: String, _ read: (JSONValue) -> Value?) throws -> Value? {
        guard let given = value(key) else { return nil }
        guard let read = read(given) else { throw malformed(key, "not \(type)") }
        return read
    }

    func string(_ key: String) throws -> String? { try value(key, "a string", \.string) }
    func array(_ key: String) throws -> [JSONValue]? { try value(key, "a list", \.array) }

    func bool(_ key: String) throws -> Bool? {
        try value(key, "true or false") { if case .bool(let flag) = $0 { flag } else { nil } }
    }

    func integer(_ key: String) throws -> Int? { try value(key, "an integer", \.integer) }

    func fields(_ key: String) throws -> JSONFields? {
        try value(key).map { try JSONFields($0, path: path(key), file: file) }
    }

    /// The objects of a list.
    func list(_ key: String) throws -> [JSONFields] {
        try (array(key) ?? []).enumerated().map {
            try JSONFields($0.element, path: path("\(key).\($0.offset)"), file: file)
        }
    }
}

extension JSONValue {
    var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }
}

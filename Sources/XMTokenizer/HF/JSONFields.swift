// One object of a tokenizer's JSON files, read key by key: a value of the wrong type and a key that this program does
// not know are errors that name the file and the path. Nothing in these files is passed over unseen.
// Next: TokenizerJSON.swift, TokenizerConfigJSON.swift.
// SPDX-License-Identifier: Apache-2.0

import Foundation
import XMSupport

struct JSONFields {
    let object: JSONObject
    /// Where the object stands, for errors; empty for the whole file.
    let path: String
    let file: String

    /// The object that a file holds. Throws `VocabularyError`.
    init(_ data: Data, file: String) throws {
        let value: JSONValue
        do {
            value = try JSONValue.parse(data)
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
    func place(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    func malformed(_ key: String, _ reason: String) -> VocabularyError {
        .malformed(file: file, key: place(key), reason: reason)
    }

    func unsupported(_ key: String, _ found: String, _ wanted: String) -> VocabularyError {
        .unsupported(file: file, key: place(key), found: found, wanted: wanted)
    }

    /// Refuses a key that is not among `known`.
    func check(_ known: Set<ExactText>) throws {
        guard let key = object.keys.first(where: { !known.contains(ExactText($0)) }) else { return }
        throw unsupported(key, "a key that this program does not know", known.list)
    }

    // MARK: - Values; nil where the key is missing or null

    func value(_ key: String) -> JSONValue? { object[key] == .null ? nil : object[key] }

    private func value<Value>(_ key: String, _ type: String, _ read: (JSONValue) -> Value?) throws -> Value? {
        guard let given = value(key) else { return nil }
        guard let read = read(given) else { throw malformed(key, "not \(type)") }
        return read
    }

    func string(_ key: String) throws -> String? { try value(key, "a string", \.string) }
    func array(_ key: String) throws -> [JSONValue]? { try value(key, "a list", \.array) }

    func bool(_ key: String) throws -> Bool? { try value(key, "true or false", \.bool) }

    func integer(_ key: String) throws -> Int? { try value(key, "a whole number", \.integer) }

    func fields(_ key: String) throws -> JSONFields? {
        try value(key).map { try JSONFields($0, path: place(key), file: file) }
    }

    /// The objects of a list.
    func list(_ key: String) throws -> [JSONFields] {
        try (array(key) ?? []).enumerated().map {
            try JSONFields($0.element, path: place("\(key).\($0.offset)"), file: file)
        }
    }
}

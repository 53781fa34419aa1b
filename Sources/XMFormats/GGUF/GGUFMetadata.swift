// The metadata of a GGUF file: keys in file order, with typed access. The GGUF specification (docs/gguf.md of ggml,
// section "Standardized key-value pairs") lists the keys and their meanings.
// SPDX-License-Identifier: Apache-2.0

/// Ordered keys and values. Accessors return nil for an absent key and throw `GGUFError.wrongType` for a value of
/// another type; `required` makes absence an error.
///
///     let layers = try metadata.required("llama.block_count", metadata.integer)
package struct GGUFMetadata: Sendable, Equatable {
    /// The file named in errors.
    private let file: String
    /// In the order of the file.
    package private(set) var keys: [String] = []
    private var values: [String: GGUFValue] = [:]

    /// Empty metadata; `file` is named in errors.
    package init(file: String = "new file") {
        self.file = file
    }

    /// New keys are appended; setting nil removes a key.
    package subscript(key: String) -> GGUFValue? {
        get { values[key] }
        set {
            if newValue == nil {
                keys.removeAll { $0 == key }
            } else if values[key] == nil {
                keys.append(key)
            }
            values[key] = newValue
        }
    }

    /// The result of `read`, one of the accessors below. Throws `GGUFError.missingKey` if it is nil.
    package func required<T>(_ key: String, _ read: (String) throws -> T?) throws -> T {
        guard let value = try read(key) else { throw GGUFError.missingKey(file: file, key: key) }
        return value
    }

    package func string(_ key: String) throws -> String? {
        try scalar(key, "string") { if case .string(let text) = $0 { text } else { nil } }
    }

    package func bool(_ key: String) throws -> Bool? {
        try scalar(key, "bool") { if case .bool(let value) = $0 { value } else { nil } }
    }

    /// An integer of any width.
    package func integer(_ key: String) throws -> Int? {
        try scalar(key, "an integer") { $0.integer }
    }

    /// An integer that may also be given per layer, as a list of `layers` equal ones. Throws `GGUFError.badMetadata` if
    /// they differ: this program's networks have the same shape in every layer.
    package func integer(_ key: String, layers: Int) throws -> Int? {
        guard case .array(let array)? = values[key] else { return try integer(key) }
        guard array.count == layers else {
            throw GGUFError.badMetadata(
                file: file, key: key, reason: "has \(array.count) values for \(layers) layers; convert the model again")
        }
        guard let all = try integers(key), let first = all.first else { return nil }
        if let other = all.first(where: { $0 != first }) {
            throw GGUFError.badMetadata(
                file: file, key: key,
                reason: "is \(first) in some layers and \(other) in others; only models with equal layers are supported"
            )
        }
        return first
    }

    /// Whether a token id means "none": -1, also in unsigned types.
    package func isNoToken(_ key: String) -> Bool {
        switch values[key] {
        case .uint32(.max), .uint64(.max): true
        case let value?: value.integer == -1
        case nil: false
        }
    }

    /// A token id; nil if the key is absent or means "none".
    package func token(_ key: String) throws -> Int? { isNoToken(key) ? nil : try integer(key) }

    /// float32 or float64.
    package func number(_ key: String) throws -> Double? {
        try scalar(key, "float32 or float64") { $0.number }
    }

    package func strings(_ key: String) throws -> [String]? {
        try array(key, "array of string") { if case .string(let text) = $0 { text } else { nil } }
    }

    /// An array of integers of any width.
    package func integers(_ key: String) throws -> [Int]? {
        try array(key, "array of integers") { $0.integer }
    }

    /// An array of float32, the type of vocabularies' scores.
    package func floats(_ key: String) throws -> [Float]? {
        try array(key, "array of float32") { if case .float32(let value) = $0 { value } else { nil } }
    }

    private func scalar<T>(_ key: String, _ wanted: String, _ read: (GGUFValue) -> T?) throws -> T? {
        guard let value = values[key] else { return nil }
        guard let result = read(value) else {
            throw GGUFError.wrongType(file: file, key: key, found: value.typeName, wanted: wanted)
        }
        return result
    }

    private func array<T>(_ key: String, _ wanted: String, _ read: (GGUFValue) -> T?) throws -> [T]? {
        guard let value = values[key] else { return nil }
        let wrong = GGUFError.wrongType(file: file, key: key, found: value.typeName, wanted: wanted)
        guard case .array(let array) = value else { throw wrong }
        var result: [T] = []
        do {
            try array.forEach { element in
                guard let element = read(element) else { throw wrong }
                result.append(element)
            }
        } catch let reason as GGUFReason {
            throw GGUFError.badMetadata(
                file: file, key: key, reason: "element \(result.count): \(reason.text); convert the model again")
        }
        return result
    }

    package static func == (a: Self, b: Self) -> Bool { a.keys == b.keys && a.values == b.values }
}

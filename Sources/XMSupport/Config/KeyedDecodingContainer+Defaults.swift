// Decodes sections whose keys all have defaults: a key that is present replaces the default, an absent one keeps it.
// The `init(from:)` of a section is then one line per key.
// SPDX-License-Identifier: Apache-2.0

extension KeyedDecodingContainer {
    /// Replaces `value` when `key` is present.
    package func read<T: Decodable>(_ value: inout T, _ key: Key) throws {
        if let found = try decodeIfPresent(T.self, forKey: key) { value = found }
    }

    /// Replaces `value` when `key` is present; an explicit `null` means "off" and gives `nil`.
    package func read<T: Decodable>(_ value: inout T?, _ key: Key) throws {
        if contains(key) { value = try decodeIfPresent(T.self, forKey: key) }
    }
}

// Rules for keys of a model's files that no reader reads: a key that would change the computation is refused unless its
// value means "off", and unknown keys are reported to the user by name. Ignoring such a key would give wrong answers
// silently. Read next: ConfigKeys.swift (config.json, generation_config.json), GGUFKeys.swift.
// SPDX-License-Identifier: Apache-2.0

package import XMSupport

/// The keys of one kind of file, apart from those its reader reads.
package struct KeyRules: Sendable {
    /// Keys that do not affect the computation.
    package let harmless: Set<String>
    /// Features the network lacks: such a key must be absent, null, false, 0 or empty, or have one of the values
    /// listed.
    package let off: [String: [String]]
    /// Features every network here has: such a key must be absent, null, true or 1.
    package let on: Set<String>

    init(harmless: Set<String>, off: [String: [String]], on: Set<String> = []) {
        (self.harmless, self.off, self.on) = (harmless, off, on)
    }

    /// A key whose value asks for something the network cannot do.
    package struct Violation: Equatable {
        package let key: String
        package let found: String
        package let wanted: String
    }

    /// The violation of one key; nil if the value is acceptable, or the key in neither `off` nor `on`.
    func violation(_ key: String, _ value: JSONValue) -> Violation? {
        if let others = off[key], !Self.isOff(value, or: others) {
            let wanted = (["none"] + others).joined(separator: ", ")
            return Violation(key: key, found: value.shown, wanted: wanted)
        }
        if on.contains(key), !Self.isOn(value) { return Violation(key: key, found: value.shown, wanted: "true") }
        return nil
    }

    /// All violations of a file, sorted by key.
    package func violations(_ members: JSONObject) -> [Violation] {
        members.sorted { $0.key < $1.key }.compactMap { violation($0.key, $0.value) }
    }

    func knows(_ key: String) -> Bool { harmless.contains(key) || off[key] != nil || on.contains(key) }

    // In a list, such as one entry per layer, every element must be off. A bare 0 is not: there it is an index, not a
    // flag.
    private static func isOff(_ value: JSONValue, or others: [String]) -> Bool {
        switch value {
        case .null: true
        case .bool(let flag): !flag
        case .number(let text):
            Double(text).map { number in number == 0 || others.contains { Double($0) == number } } ?? false
        case .string(let text): text.isEmpty || others.contains(text)
        case .array(let elements): elements.allSatisfy { $0 != .number("0") && isOff($0, or: others) }
        case .object(let members): members.isEmpty
        }
    }

    private static func isOn(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .bool(let flag): flag
        case .number(let text): Double(text) == 1
        case .array(let elements): elements.allSatisfy(isOn)
        case .string, .object: false
        }
    }
}

extension JSONValue {
    /// The value in a few words, for messages.
    package var shown: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let text): text
        case .string(let text): "'\(text)'"
        case .array(let elements) where elements.count <= 4: "[\(elements.map(\.shown).joined(separator: ", "))]"
        case .array(let elements): "a list of \(elements.count)"
        case .object: "an object"
        }
    }
}

// A JSON value in memory: the one type for JSON that other programs write or read. Objects keep the order of their
// members, numbers keep their spelling (a 20-digit identifier survives), and strings are equal when their bytes are.
// Files of our own with a fixed shape are Codable instead. Next: JSONScanner.swift (parsing), JSONValue+Text.swift.
// SPDX-License-Identifier: Apache-2.0

package import Foundation

package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    // MARK: - Reading; nil where the value is of another type

    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    package var object: JSONObject? { if case .object(let members) = self { members } else { nil } }
    /// A whole number that fits 64 bits, written without point and exponent.
    package var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    package var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

    package static func integer(_ value: Int) -> JSONValue { .number("\(value)") }

    /// A member of an object; nil for other values.
    package subscript(_ key: String) -> JSONValue? { object?[key] }

    // MARK: - Parsing

    /// Parses a whole text. Lone surrogates become U+FFFD.
    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        var text = text
        // `withUTF8` rethrows any error; a result carries the typed one.
        return try text.withUTF8 { bytes in Self.result(UnsafeRawBufferPointer(bytes)) }.get()
    }

    /// Parses a whole file, which must be UTF-8. Lone surrogates become U+FFFD.
    package static func parse(_ data: Data) throws(JSONError) -> JSONValue {
        if let offset = firstInvalidByte(data) { throw JSONError(offset: offset, reason: "not UTF-8") }
        return try data.withUnsafeBytes { bytes in Self.result(bytes) }.get()
    }

    private static func result(_ bytes: UnsafeRawBufferPointer) -> Result<JSONValue, JSONError> {
        do throws(JSONError) {
            return .success(try JSONScanner.value(of: bytes))
        } catch { return .failure(error) }
    }

    /// Where the first byte is that is not UTF-8.
    private static func firstInvalidByte(_ data: Data) -> Int? {
        guard String(validating: data, as: UTF8.self) == nil else { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var bytes = data.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &bytes) { offset += scalar.count }
        return offset
    }
}

extension JSONValue: Equatable {
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)), (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }
}

// A JSON value in memory. Numbers keep their spelling, so that a long identifier survives, and strings are equal when
// their bytes are.
// SPDX-License-Identifier: Apache-2.0

package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    package var object: JSONObject? { if case .object(let members) = self { members } else { nil } }

    /// A member of an object; nil for other values.
    package subscript(_ key: String) -> JSONValue? { object?[key] }

    /// Parses one text. Damaged UTF-8 and lone surrogates become U+FFFD.
    package static func parse(_ text: String) throws(JSONError) -> JSONValue {
        var text = text
        // `withUTF8` rethrows any error; a result carries the typed one.
        let result: Result<JSONValue, JSONError> = text.withUTF8 { bytes in
            do throws(JSONError) {
                return .success(try JSONScanner.value(of: UnsafeRawBufferPointer(bytes)))
            } catch { return .failure(error) }
        }
        return try result.get()
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

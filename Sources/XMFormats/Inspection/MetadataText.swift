// A metadata value for display and JSON output: long arrays are shown by their count and first elements.
// SPDX-License-Identifier: Apache-2.0

/// A value of GGUF metadata, of `config.json` or of a safetensors header. In JSON a list is {"count": n, "first": […]}.
package enum MetadataText: Sendable, Equatable, Codable, CustomStringConvertible {
    case absent
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list(count: Int, first: [MetadataText])
    case object([String: MetadataText])

    /// Number of elements of a list that are shown.
    static let shownElements = 6

    /// From any JSON value.
    package init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .absent
        } else if let value = try? single.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? single.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? single.decode(Double.self) {
            self = .number(value)
        } else if let value = try? single.decode(String.self) {
            self = .text(value)
        } else if let values = try? single.decode([MetadataText].self) {
            self = .list(count: values.count, first: Array(values.prefix(Self.shownElements)))
        } else {
            self = .object(try single.decode([String: MetadataText].self))
        }
    }

    private enum ListKeys: String, CodingKey { case count, first }

    package func encode(to encoder: any Encoder) throws {
        if case .list(let count, let first) = self {
            var list = encoder.container(keyedBy: ListKeys.self)
            try list.encode(count, forKey: .count)
            try list.encode(first, forKey: .first)
            return
        }
        var single = encoder.singleValueContainer()
        switch self {
        case .absent: try single.encodeNil()
        case .flag(let value): try single.encode(value)
        case .integer(let value): try single.encode(value)
        // JSON has no infinities.
        case .number(let value): value.isFinite ? try single.encode(value) : try single.encode("\(value)")
        case .text(let value): try single.encode(value)
        case .object(let values): try single.encode(values)
        case .list: break
        }
    }

    package init(_ value: GGUFValue) {
        switch value {
        case .bool(let flag): self = .flag(flag)
        case .string(let text): self = .text(text)
        // The shortest decimal that reads back as the same f32: 1e-05, not 9.99999974e-06.
        case .float32(let number): self = .number(Double("\(number)") ?? Double(number))
        case .float64(let number): self = .number(number)
        case .array(let array):
            let first = (try? array.elements(limit: Self.shownElements)) ?? []
            self = .list(count: array.count, first: first.map(MetadataText.init))
        case .uint64(let number) where number > UInt64(Int.max): self = .text("\(number)")
        default: self = .integer(value.integer ?? 0)
        }
    }

    /// The value on one line, with strings unquoted.
    package var description: String {
        switch self {
        case .absent: return "null"
        case .flag(let value): return "\(value)"
        case .integer(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .text(let value): return Self.oneLine(value)
        case .list(let count, let first):
            let shown = first.map(\.description).joined(separator: ", ")
            return first.count < count ? "[\(shown), … \(count) in total]" : "[\(shown)]"
        case .object(let values):
            let shown = values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return "{\(shown.joined(separator: ", "))}"
        }
    }

    /// Escapes control characters, including line breaks and terminal control sequences.
    package static func oneLine(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\t": "\\t"
            case _ where scalar.properties.generalCategory == .control:
                "\\u{\(String(scalar.value, radix: 16))}"
            default: "\(scalar)"
            }
        }.joined()
    }
}

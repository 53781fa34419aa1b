// Reading JSON into template values. Foundation's decoder forgets the order of keys, and templates print it: the tools
// of a conversation must reach the model as they were written.
// SPDX-License-Identifier: Apache-2.0

extension JinjaValue {
    /// Reads one JSON value. Throws `JinjaError.json`.
    package init(json text: String) throws {
        var parser = OrderedJSONParser(bytes: Array(text.utf8))
        self = try parser.document()
    }
}

private struct OrderedJSONParser {
    let bytes: [UInt8]
    private var at = 0
    private static let deepest = 90

    init(bytes: [UInt8]) { self.bytes = bytes }

    private func error(_ reason: String) -> JinjaError { .json(offset: at, reason: reason) }

    mutating func document() throws -> JinjaValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard at == bytes.count else { throw error("text behind the value") }
        return value
    }

    private mutating func skipBlanks() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    private mutating func take(_ word: String) -> Bool {
        guard bytes[at...].starts(with: word.utf8) else { return false }
        at += word.utf8.count
        return true
    }

    private mutating func value(depth: Int) throws -> JinjaValue {
        guard depth <= Self.deepest else { throw error("nested deeper than \(Self.deepest)") }
        skipBlanks()
        guard at < bytes.count else { throw error("the text ends before the value") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        default:
            if take("true") { return .bool(true) }
            if take("false") { return .bool(false) }
            if take("null") { return .none }
            return try number()
        }
    }

    private mutating func array(depth: Int) throws -> JinjaValue {
        at += 1
        var items: [JinjaValue] = []
        skipBlanks()
        if take("]") { return .list(items) }
        while true {
            items.append(try value(depth: depth + 1))
            skipBlanks()
            if take("]") { return .list(items) }
            guard take(",") else { throw error("wanted ',' or ']'") }
        }
    }

    private mutating func object(depth: Int) throws -> JinjaValue {
        at += 1
        var entries: [(String, JinjaValue)] = []
        skipBlanks()
        if take("}") { return .dict(JinjaDict(entries)) }
        while true {
            skipBlanks()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("wanted a key in quotes") }
            let key = try string()
            skipBlanks()
            guard take(":") else { throw error("wanted ':'") }
            entries.append((key, try value(depth: depth + 1)))
            skipBlanks()
            if take("}") { return .dict(JinjaDict(entries)) }
            guard take(",") else { throw error("wanted ',' or '}'") }
        }
    }

    private mutating func number() throws -> JinjaValue {
        let start = at
        while at < bytes.count, "+-.0123456789eE".utf8.contains(bytes[at]) { at += 1 }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if let value = Int(text), !text.hasPrefix("+") { return .int(value) }
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), let value = Double(text), value.isFinite else {
            at = start
            throw error("wanted a value")
        }
        return .double(value)
    }

    private mutating func string() throws -> String {
        at += 1
        var result: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result += String(try escape()).utf8
            case ..<0x20: throw error("a control character inside a string")
            default:
                result.append(byte)
                at += 1
            }
        }
        throw error("a string without end")
    }

    private mutating func escape() throws -> Unicode.Scalar {
        at += 2
        guard at <= bytes.count else { throw error("a string without end") }
        switch bytes[at - 1] {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            let high = try hexadecimal()
            guard 0xD800..<0xDC00 ~= high, take("\\u") else { return Unicode.Scalar(high) ?? "\u{FFFD}" }
            let low = try hexadecimal()
            guard 0xDC00..<0xE000 ~= low else { return "\u{FFFD}" }
            return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
        case let byte where "\"\\/".utf8.contains(byte): return Unicode.Scalar(byte)
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func hexadecimal() throws -> UInt32 {
        guard at + 4 <= bytes.count, let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw error("wanted four hexadecimal digits") }
        at += 4
        return value
    }
}

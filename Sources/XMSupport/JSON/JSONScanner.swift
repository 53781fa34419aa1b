// The JSON parser (RFC 8259), over bytes: it reads whole values, or finds where a few named fields lie and skips the
// rest. Written for corpora of many lines, of which a single long string each is wanted.
// Next: JSONScanner+Strings.swift, JSONValue.swift.
// SPDX-License-Identifier: Apache-2.0

package struct JSONError: Error, Equatable, CustomStringConvertible {
    package let offset: Int
    package let reason: String

    package init(offset: Int, reason: String) { (self.offset, self.reason) = (offset, reason) }

    package var description: String { "\(reason) at byte \(offset)" }
}

package struct JSONScanner {
    let bytes: UnsafeRawBufferPointer
    /// Offset of the next byte to read.
    package internal(set) var position = 0
    /// How deep lists and objects may nest; deeper input is refused before it exhausts the stack.
    package static let maximumDepth = 200

    /// The bytes must outlive the scanner.
    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    // MARK: - Whole texts

    /// Parses a whole text. Invalid UTF-8 and lone surrogates become U+FFFD.
    package static func value(of bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        var scanner = JSONScanner(bytes)
        let value = try scanner.value(depth: 0)
        try scanner.end()
        return value
    }

    /// Byte ranges of the values at `paths` inside an object, nil where the path does not exist. The last of duplicate
    /// keys counts.
    package static func ranges(
        of paths: [[String]], in bytes: UnsafeRawBufferPointer
    ) throws(JSONError) -> ByteRanges {
        var scanner = JSONScanner(bytes)
        var found = ByteRanges(repeating: nil, count: paths.count)
        scanner.skipSpace()
        guard scanner.peek == UInt8(ascii: "{") else { throw scanner.error("not an object") }
        try scanner.object(paths: paths, depth: 0, level: 0, &found)
        try scanner.end()
        return found
    }

    /// Throws unless only white space is left.
    package mutating func end() throws(JSONError) {
        skipSpace()
        guard position == bytes.count else { throw error("text after the value") }
    }

    /// Where values lie; nil for those that do not exist.
    package typealias ByteRanges = [Range<Int>?]

    // MARK: - Values

    package enum Kind { case object, list, other }

    /// The type of the next value, by its first byte.
    package mutating func kind() -> Kind {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .list
        default: return .other
        }
    }

    /// Parses the next value. `depth` counts the lists and objects around it.
    package mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""):
            var text: [UInt8] = []
            _ = try string(into: &text)
            return .string(String(decoding: text, as: UTF8.self))
        case UInt8(ascii: "{"):
            var object = JSONObject()
            try members(depth: depth) { scanner, key throws(JSONError) in
                object.append(String(decoding: key, as: UTF8.self), try scanner.value(depth: depth + 1))
            }
            return .object(object)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try list(depth: depth) { scanner throws(JSONError) in
                elements.append(try scanner.value(depth: depth + 1))
            }
            return .array(elements)
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        default:
            let start = position
            try number()
            return .number(String(decoding: bytes[start..<position], as: UTF8.self))
        }
    }

    /// Skips a value, checking its grammar.
    package mutating func skipValue(depth: Int) throws(JSONError) {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "{"):
            try members(depth: depth) { scanner, _ throws(JSONError) in try scanner.skipValue(depth: depth + 1) }
        case UInt8(ascii: "["):
            try list(depth: depth) { scanner throws(JSONError) in try scanner.skipValue(depth: depth + 1) }
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try number()
        }
    }

    /// Notes the ranges of `paths` inside the object at `position`; `level` is how many keys of each path lead to it.
    /// Everything else is skipped.
    private mutating func object(
        paths: [[String]], depth: Int, level: Int, _ found: inout ByteRanges
    ) throws(JSONError) {
        var ranges = found
        try members(depth: depth) { scanner, key throws(JSONError) in
            scanner.skipSpace()
            let start = scanner.position
            var isEntered = false
            for (index, path) in paths.enumerated() where path.count > level && key.elementsEqual(path[level].utf8) {
                if path.count == level + 1 {
                    ranges[index] = nil
                } else if scanner.peek == UInt8(ascii: "{") && !isEntered {
                    isEntered = true
                    // All paths that lead into this object, so that it is scanned once.
                    let inner = paths.map {
                        $0.count > level + 1 && $0[level].utf8.elementsEqual(path[level].utf8) ? $0 : []
                    }
                    try scanner.object(paths: inner, depth: depth + 1, level: level + 1, &ranges)
                }
            }
            if !isEntered { try scanner.skipValue(depth: depth + 1) }
            for (index, path) in paths.enumerated()
            where path.count == level + 1 && key.elementsEqual(path[level].utf8) {
                ranges[index] = start..<scanner.position
            }
        }
        found = ranges
    }

    // MARK: - Parts

    /// The next byte; nil at the end.
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    func error(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

    package mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Consumes white space and `byte`.
    private mutating func expect(_ byte: UInt8, _ reason: String) throws(JSONError) {
        skipSpace()
        guard peek == byte else { throw error(reason) }
        position += 1
    }

    /// Calls `body` at the value of each member, with the decoded key. The next byte must be '{'.
    package mutating func members(
        depth: Int, _ body: (inout JSONScanner, [UInt8]) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard depth < Self.maximumDepth else { throw error("too many levels") }
        position += 1
        skipSpace()
        if peek == UInt8(ascii: "}") {
            position += 1
            return
        }
        var key: [UInt8] = []
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("a key in quotes is missing") }
            key.removeAll(keepingCapacity: true)
            _ = try string(into: &key)
            try expect(UInt8(ascii: ":"), "':' is missing")
            try body(&self, key)
            skipSpace()
            if peek == UInt8(ascii: "}") { break }
            try expect(UInt8(ascii: ","), "',' or '}' is missing")
        }
        position += 1
    }

    /// Calls `body` at each element. The next byte must be '['.
    package mutating func list(
        depth: Int, _ body: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard depth < Self.maximumDepth else { throw error("too many levels") }
        position += 1
        skipSpace()
        if peek == UInt8(ascii: "]") {
            position += 1
            return
        }
        while true {
            try body(&self)
            skipSpace()
            if peek == UInt8(ascii: "]") { break }
            try expect(UInt8(ascii: ","), "',' or ']' is missing")
        }
        position += 1
    }

    private mutating func word(_ text: StaticString) throws(JSONError) {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count,
            (0..<length).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
        else { throw error("no value") }
        position += length
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 < 10 { position += 1 }
        return position - start
    }

    /// Skips a number: [-] digits without leading zeros [. digits] [e [±] digits].
    private mutating func number() throws(JSONError) {
        if peek == UInt8(ascii: "-") { position += 1 }
        let first = peek
        let count = digits()
        guard count > 0, count == 1 || first != UInt8(ascii: "0") else { throw error("no value") }
        if peek == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw error("no digit after '.'") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") { position += 1 }
            guard digits() > 0 else { throw error("no digit in the exponent") }
        }
    }
}

// Tokenizes expressions: names, numbers, strings with Python's escapes, and punctuation marks, longest first.
// JinjaLexer.swift finds where an expression begins and ends.
// SPDX-License-Identifier: Apache-2.0

struct JinjaTokenReader {
    let source: [Unicode.Scalar]
    var at: Int
    var line: Int

    private static let marks = [
        "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}",
        ",", ":", ".", "|", ";",
    ]

    mutating func skipBlanks() {
        while at < source.count, PythonText.isBlank(source[at]) {
            if source[at] == "\n" { line += 1 }
            at += 1
        }
    }

    /// The next token after white space; nil at the end of the source.
    mutating func next() throws -> JinjaToken? {
        skipBlanks()
        guard at < source.count else { return nil }
        let start = at
        let first = source[at]
        if first == "_" || first.properties.isXIDStart {
            while at < source.count, source[at].properties.isXIDContinue { at += 1 }
            return JinjaToken(kind: .name(text(from: start)), line: line)
        }
        if "0"..."9" ~= first { return JinjaToken(kind: try number(), line: line) }
        if first == "'" || first == "\"" {
            let begin = line
            return JinjaToken(kind: .string(try string(quote: first)), line: begin)
        }
        for mark in Self.marks where source[at...].starts(with: mark.unicodeScalars) {
            at += mark.unicodeScalars.count
            return JinjaToken(kind: .mark(mark), line: line)
        }
        throw JinjaError.syntax(line: line, reason: "unexpected character '\(first)'")
    }

    private func text(from start: Int) -> String {
        var result = ""
        result.unicodeScalars.append(contentsOf: source[start..<at])
        return result
    }

    private mutating func number() throws -> JinjaToken.Kind {
        let start = at
        if let value = try prefixed() { return .int(value) }
        func isDigit(_ index: Int) -> Bool { index < source.count && "0"..."9" ~= source[index] }
        func skipDigits(_ at: inout Int) {
            while isDigit(at) || (at < source.count && source[at] == "_" && isDigit(at + 1)) { at += 1 }
        }
        skipDigits(&at)
        var isWhole = true
        if at < source.count, source[at] == ".", isDigit(at + 1) {
            isWhole = false
            at += 1
            skipDigits(&at)
        }
        if at < source.count, source[at] == "e" || source[at] == "E" {
            let signed = at + 1 < source.count && (source[at + 1] == "+" || source[at + 1] == "-")
            if isDigit(at + (signed ? 2 : 1)) {
                isWhole = false
                at += signed ? 2 : 1
                skipDigits(&at)
            }
        }
        let digits = text(from: start).filter { $0 != "_" }
        let isPadded = isWhole && digits.utf8.count > 1 && digits.utf8.first == UInt8(ascii: "0")
        guard !isPadded || digits.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) else {
            throw JinjaError.syntax(line: line, reason: "the number \(digits) begins with 0")
        }
        if isWhole, let value = Int(digits) { return .int(value) }
        guard !isWhole, let value = Double(digits) else {
            throw JinjaError.syntax(line: line, reason: "the number \(digits) is too large")
        }
        return .double(value)
    }

    /// An integer such as 0x1F, 0o17 or 0b11; nil for others.
    private mutating func prefixed() throws -> Int? {
        guard source[at] == "0", at + 1 < source.count else { return nil }
        let radix: Int
        switch source[at + 1] {
        case "x", "X": radix = 16
        case "o", "O": radix = 8
        case "b", "B": radix = 2
        default: return nil
        }
        let start = at
        at += 2
        while at < source.count, source[at] == "_" || source[at].properties.isASCIIHexDigit { at += 1 }
        guard let value = try? JinjaNumbers.whole(JinjaText(text(from: start)), base: radix) else {
            throw JinjaError.syntax(line: line, reason: "the number \(text(from: start)) is too large or not one")
        }
        return value
    }

    private mutating func string(quote: Unicode.Scalar) throws -> String {
        let begin = line
        var result = String.UnicodeScalarView()
        at += 1
        while at < source.count {
            let scalar = source[at]
            at += 1
            if scalar == quote { return String(result) }
            if scalar == "\n" { line += 1 }
            if scalar == "\\", at < source.count {
                try appendEscape(to: &result)
            } else {
                result.append(scalar)
            }
        }
        throw JinjaError.syntax(line: begin, reason: "a string without closing quote")
    }

    /// Python's escapes; unknown ones are kept literally.
    private mutating func appendEscape(to result: inout String.UnicodeScalarView) throws {
        let scalar = source[at]
        at += 1
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "n": "\n", "t": "\t", "r": "\r", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "v": "\u{B}", "\\": "\\",
            "'": "'", "\"": "\"",
        ]
        switch scalar {
        case "\n": line += 1  // an escaped line break is ignored
        case "x": result.append(try escaped(digits: 2, radix: 16))
        case "u": result.append(try escaped(digits: 4, radix: 16))
        case "U": result.append(try escaped(digits: 8, radix: 16))
        case "N": throw JinjaError.syntax(line: line, reason: "the escape '\\N{...}' is not supported; use '\\u'")
        case "0"..."7":
            at -= 1
            var count = 0
            while count < 3, at + count < source.count, "0"..."7" ~= source[at + count] { count += 1 }
            result.append(try escaped(digits: count, radix: 8))
        default:
            if let value = simple[scalar] {
                result.append(value)
            } else {
                result.append("\\")
                result.append(scalar)
            }
        }
    }

    private mutating func escaped(digits: Int, radix: Int) throws -> Unicode.Scalar {
        let start = at
        while at < source.count, at < start + digits, source[at].properties.isASCIIHexDigit { at += 1 }
        guard at == start + digits, let value = UInt32(text(from: start), radix: radix),
            let scalar = Unicode.Scalar(value)
        else {
            throw JinjaError.syntax(line: line, reason: "an escape that is not a character")
        }
        return scalar
    }
}

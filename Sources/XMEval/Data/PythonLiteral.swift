// Literals of Python: lists, dictionaries, plain strings, whole numbers, True, False and None. Enough for data that is
// published as Python source, which is read and never run.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

struct PythonLiteralError: Error, CustomStringConvertible {
    let line: Int
    let reason: String
    var description: String { "line \(line): \(reason)" }
}

struct PythonLiteral {
    private let text: Scalars
    private var place: Int

    /// The literal that begins at `start`.
    static func first(in text: Scalars, from start: Int) throws(PythonLiteralError) -> JSONValue {
        var parser = PythonLiteral(text: text, place: start)
        return try parser.value()
    }

    private func failure(_ reason: String) -> PythonLiteralError {
        PythonLiteralError(line: text[..<min(place, text.count)].count { $0 == "\n" } + 1, reason: reason)
    }

    private var current: Unicode.Scalar? { place < text.count ? text[place] : nil }

    private mutating func skipBlanks() {
        while let scalar = current {
            if scalar == "#" {
                while let scalar = current, scalar != "\n" { _ = scalar; place += 1 }
            } else if scalar.isPythonSpace {
                place += 1
            } else {
                return
            }
        }
    }

    private mutating func value() throws(PythonLiteralError) -> JSONValue {
        skipBlanks()
        switch current {
        case "[": return .array(try items(until: "]").map(\.value))
        case "{": return .object(JSONObject(try items(until: "}")))
        case "\"", "'": return .string(try string())
        default: break
        }
        let start = place
        while let scalar = current, scalar.isASCIILetter || scalar.isASCIIDigit || scalar == "-" { place += 1 }
        switch Scalars(text[start..<place]).text {
        case "True": return .bool(true)
        case "False": return .bool(false)
        case "None": return .null
        case let word:
            guard let number = Int(word) else { throw failure("no literal of a list, a text or a number") }
            return .integer(number)
        }
    }

    /// The items of a list, with empty keys, or of a dictionary.
    private mutating func items(
        until end: Unicode.Scalar
    ) throws(PythonLiteralError) -> [(key: String, value: JSONValue)] {
        place += 1
        var items: [(key: String, value: JSONValue)] = []
        while true {
            skipBlanks()
            if current == end { break }
            var key = ""
            if end == "}" {
                guard current == "\"" || current == "'" else { throw failure("a key is no text") }
                key = try string()
                skipBlanks()
                guard current == ":" else { throw failure("no ':' behind a key") }
                place += 1
            }
            items.append((key, try value()))
            skipBlanks()
            if current == "," { place += 1 } else if current != end { throw failure("no ',' between two items") }
        }
        place += 1
        return items
    }

    private mutating func string() throws(PythonLiteralError) -> String {
        let quote = current
        place += 1
        var result = Scalars()
        while let scalar = current, scalar != quote {
            place += 1
            guard scalar == "\\" else {
                guard scalar != "\n" else { throw failure("a text goes over the end of its line") }
                result.append(scalar)
                continue
            }
            let escaped = current
            place += 1
            switch escaped {
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "t": result.append("\t")
            case "\\", "\"", "'": result.append(escaped!)
            case "\n": break
            // Python keeps the backslash of what is no escape.
            case .some(let other) where !"abfvxuUN01234567".unicodeScalars.contains(other): result += ["\\", other]
            default: throw failure("an escape that is not read here")
            }
        }
        guard current != nil else { throw failure("a text without its closing quote") }
        place += 1
        return result.text
    }
}

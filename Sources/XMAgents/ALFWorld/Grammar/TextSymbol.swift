// The pieces that the right-hand side of a production consists of, and their reader. The notation is TextWorld's (its
// grammar "CSG"): #symbol#, {expression}, {expression | query}, [{expression | query}].
// SPDX-License-Identifier: Apache-2.0

package enum TextSymbol: Sendable, Equatable {
    case literal(String)
    /// Another symbol of the grammar.
    case nonterminal(String)
    /// `{content | query}`: the content once for every match of the query, or once where there is none. As a list, the
    /// matches are separated as the grammar's symbols `list_…` say.
    indirect case each(content: TextSymbol, query: FactQuery?, isList: Bool)
    /// A value of an entity.
    case value(TextExpression)
}

/// `o.name`, `o.indefinite + ' ' + o.name`, `r.name or r.id`: alternatives of sums.
package struct TextExpression: Sendable, Equatable {
    package enum Property: String, Sendable { case name, id, type, definite, indefinite }

    package enum Term: Sendable, Equatable {
        case literal(String)
        case property(variable: String, Property)
    }

    /// The first alternative that is not empty is the value; the last one in any case.
    package var alternatives: [[Term]]
}

/// Reads texts and expressions as bytes: all marks are ASCII.
struct TextSymbolReader {
    let source: String
    /// The symbol whose text it is, for errors.
    let symbol: String
    private let bytes: [UInt8]
    private var position = 0

    /// The symbols of `text`. Like the original, it ignores white space at the very beginning, and lines there that
    /// begin with `//`.
    static func symbols(of text: String, symbol: String, source: String) throws(GrammarError) -> [TextSymbol] {
        var reader = TextSymbolReader(source: source, symbol: symbol, bytes: Array(text.utf8))
        reader.skipBeginning()
        var result: [TextSymbol] = []
        while reader.position < reader.bytes.count { result.append(try reader.next()) }
        return result
    }

    private init(source: String, symbol: String, bytes: [UInt8]) {
        (self.source, self.symbol, self.bytes) = (source, symbol, bytes)
    }

    private func fault(_ reason: String) -> GrammarError {
        .invalidText(
            source: source, symbol: symbol, text: String(decoding: bytes, as: UTF8.self), offset: position,
            reason: reason)
    }

    private mutating func skipBeginning() {
        var isLineStart = true
        while position < bytes.count {
            if isLineStart, bytes[position...].starts(with: "//".utf8) {
                while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
                position = min(position + 1, bytes.count)
            } else if [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(bytes[position]) {
                isLineStart = bytes[position] == UInt8(ascii: "\n")
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func next() throws(GrammarError) -> TextSymbol {
        switch bytes[position] {
        case UInt8(ascii: "#"): return try nonterminal()
        case UInt8(ascii: "{"): return try conditional(isList: false)
        case UInt8(ascii: "["):
            position += 1
            guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else {
                throw fault("expected '{' after '['")
            }
            let list = try conditional(isList: true)
            guard position < bytes.count, bytes[position] == UInt8(ascii: "]") else { throw fault("expected ']'") }
            position += 1
            return list
        case UInt8(ascii: "\""):
            position += 1
            let text = take { !Self.isMark($0) }
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw fault("expected '\"'") }
            position += 1
            return .literal(text)
        case let byte where Self.isMark(byte):
            throw fault("'\(UnicodeScalar(byte))' has no meaning here")
        default:
            return .literal(take { !Self.isMark($0) })
        }
    }

    /// Marks end a literal text. `;`, `|`, `<` and `>` have no other use.
    private static func isMark(_ byte: UInt8) -> Bool { ";|\"<>[]#{}".utf8.contains(byte) }

    private mutating func take(while isWanted: (UInt8) -> Bool) -> String {
        let start = position
        while position < bytes.count, isWanted(bytes[position]) { position += 1 }
        // A backslash and an n, which a JSON text may still have after its own escapes, are a newline too.
        return String(decoding: bytes[start..<position], as: UTF8.self).exchanging("\\n", for: "\n")
    }

    private mutating func nonterminal() throws(GrammarError) -> TextSymbol {
        position += 1
        let name = take { $0 != UInt8(ascii: "#") && !Self.isMark($0) }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "#"), !name.isEmpty else {
            throw fault("expected the name of a symbol and '#'")
        }
        position += 1
        return .nonterminal(name)
    }

    private mutating func conditional(isList: Bool) throws(GrammarError) -> TextSymbol {
        position += 1
        var content: TextSymbol
        if position < bytes.count, bytes[position] == UInt8(ascii: "#") {
            content = try nonterminal()
        } else {
            let text = take { !"|[]{}\n<>".utf8.contains($0) }
            content = .value(try TextExpression(text, source: source))
        }
        var query: FactQuery?
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "|") {
            position += 1
            query = try FactQuery(take { !";|{}\n[]#".utf8.contains($0) }, source: source)
        }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "}") else { throw fault("expected '}'") }
        position += 1
        if query == nil, !isList { return content }
        return .each(content: content, query: query, isList: isList)
    }
}

extension TextExpression {
    init(_ text: String, source: String) throws(GrammarError) {
        func fault(_ reason: String) -> GrammarError {
            .invalidExpression(source: source, expression: text, reason: reason)
        }
        var scanner = WordScanner(text)
        var alternatives: [[Term]] = [[]]
        while true {
            guard let token = scanner.next() else { throw fault("ends where a value is expected") }
            switch token {
            case .quoted(let literal): alternatives[alternatives.count - 1].append(.literal(literal))
            case .word(let variable):
                guard scanner.accept(".") else {
                    // An entity alone is its name.
                    alternatives[alternatives.count - 1].append(.property(variable: variable, .name))
                    break
                }
                guard case .word(let name)? = scanner.next(), let property = Property(rawValue: name) else {
                    throw fault("after '\(variable).' only name, id, type, definite and indefinite are known")
                }
                alternatives[alternatives.count - 1].append(.property(variable: variable, property))
            case .mark(let mark): throw fault("'\(mark)' stands where a value is expected")
            }
            if scanner.accept("+") { continue }
            guard let joint = scanner.next() else { break }
            guard joint == .word("or") else { throw fault("only '+' and 'or' may join values") }
            alternatives.append([])
        }
        self.alternatives = alternatives
    }
}

/// Words, quoted texts and single marks of a short text.
struct WordScanner {
    enum Token: Equatable {
        case word(String)
        case quoted(String)
        case mark(String)
    }

    private var rest: ArraySlice<UInt8>

    init(_ text: String) { rest = Array(text.utf8)[...] }

    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), 0x80...: true
        default: false
        }
    }

    mutating func next() -> Token? {
        while let byte = rest.first, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { rest.removeFirst() }
        guard let first = rest.first else { return nil }
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\""), let end = rest.dropFirst().firstIndex(of: first) {
            let text = String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            return .quoted(text)
        }
        let word = rest.prefix { Self.isWordByte($0) }
        if word.isEmpty {
            rest.removeFirst()
            return .mark(String(UnicodeScalar(first)))
        }
        rest = rest[word.endIndex...]
        return .word(String(decoding: word, as: UTF8.self))
    }

    mutating func accept(_ mark: String) -> Bool {
        var ahead = self
        guard ahead.next() == .mark(mark) else { return false }
        self = ahead
        return true
    }
}

// A text grammar in the notation of TextWorld's logic files (twl2): productions by symbol, and for every action the
// command that carries it out and the symbol that tells what happened. TextNarrator makes texts with it.
// SPDX-License-Identifier: Apache-2.0

import XMSupport

package struct TextGrammar: Sendable {
    package struct Production: Sendable {
        /// Nil: always.
        package var condition: FactQuery?
        /// A fault of a text counts only when the text is needed: ALFWorld's own grammar has an unused broken one.
        package var text: Result<[TextSymbol], GrammarError>
    }

    package struct Action: Sendable {
        package var name: String
        package var command: [TextSymbol]
        package var feedback: [TextSymbol]
    }

    /// What errors call the grammar.
    package let source: String
    package private(set) var productions: [String: [Production]] = [:]
    /// By lower-cased name.
    package private(set) var actions: [String: Action] = [:]

    /// Reads a grammar: blocks `grammar :: """ {JSON} """;` and `action NAME { template :: "…"; feedback :: "…"; … }`.
    /// Later productions of a symbol replace earlier ones.
    package init(_ text: String, source: String = "grammar") throws(GrammarError) {
        self.source = source
        var scanner = TWL2Scanner(text, source: source)
        while let word = try scanner.word(or: nil) {
            switch word {
            case "grammar":
                let (position, block) = try scanner.block()
                try addProductions(block, position)
            case "action":
                try readAction(&scanner)
            default:
                throw .malformed(scanner.position, found: "'\(word)'", expected: "'grammar' or 'action'")
            }
        }
    }

    private mutating func readAction(_ scanner: inout TWL2Scanner) throws(GrammarError) {
        let position = scanner.position
        guard let name = try scanner.word(or: nil) else {
            throw .malformed(scanner.position, found: "the end", expected: "the name of an action")
        }
        try scanner.expect("{")
        var (template, feedback): (String?, String?)
        while let key = try scanner.word(or: "}") {
            switch key {
            case "template": template = try scanner.quoted()
            case "feedback": feedback = try scanner.quoted()
            case "grammar":
                let (position, block) = try scanner.block()
                // Lines that begin with '#' are comments, in the blocks of actions only.
                let lines = block.parts(between: "\n")
                let kept = lines.filter { line in
                    line.utf8.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D } != UInt8(ascii: "#")
                }
                try addProductions(kept.joined(separator: "\n"), position)
            case "pddl": _ = try scanner.block()
            default:
                throw .malformed(
                    scanner.position, found: "'\(key)'", expected: "'template', 'feedback', 'grammar' or 'pddl'")
            }
        }
        guard let template, let feedback else {
            throw .malformed(
                position, found: "the action '\(name)' without \(template == nil ? "template" : "feedback")",
                expected: "both")
        }
        guard actions[name.lowercased()] == nil else { throw .repeatedAction(position, name: name) }
        actions[name.lowercased()] = Action(
            name: name,
            command: try TextSymbolReader.symbols(of: template, symbol: "\(name), template", source: source),
            feedback: try TextSymbolReader.symbols(of: feedback, symbol: "\(name), feedback", source: source))
    }

    private mutating func addProductions(_ block: String, _ position: TextPosition) throws(GrammarError) {
        let value: JSONValue
        do { value = try JSONValue.parse(block) } catch { throw .invalidJSON(position, reason: "\(error)") }
        guard let members = value.object?.members else {
            throw .invalidJSON(position, reason: "the value is no object")
        }
        for (symbol, list) in members {
            guard let entries = list.array, !entries.isEmpty else {
                throw .invalidProduction(position, symbol: symbol, reason: "expected a list of productions")
            }
            var productions: [Production] = []
            for entry in entries {
                guard let text = entry["rhs"]?.string else {
                    throw .invalidProduction(position, symbol: symbol, reason: "a production without the text 'rhs'")
                }
                let condition = entry["condition"]?.string ?? ""
                productions.append(
                    Production(
                        condition: condition.isEmpty ? nil : try FactQuery(condition, source: source),
                        text: Result { () throws(GrammarError) in
                            try TextSymbolReader.symbols(of: text, symbol: symbol, source: source)
                        }))
            }
            self.productions[symbol] = productions
        }
    }
}

/// The outer notation: words, quoted texts, blocks in three quotation marks, comments from '#' to the end of the line.
struct TWL2Scanner {
    private let bytes: [UInt8]
    private let source: String
    private var offset = 0
    private var line = 1

    init(_ text: String, source: String) { (bytes, self.source) = (Array(text.utf8), source) }

    var position: TextPosition { TextPosition(source, line: line) }

    private mutating func advance(_ count: Int = 1) {
        for byte in bytes[offset..<(offset + count)] where byte == UInt8(ascii: "\n") { line += 1 }
        offset += count
    }

    private mutating func skipSpace() {
        while offset < bytes.count {
            if [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(bytes[offset]) {
                advance()
            } else if bytes[offset] == UInt8(ascii: "#") {
                while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { advance() }
            } else {
                return
            }
        }
    }

    private var found: String {
        offset < bytes.count
            ? "'\(String(decoding: bytes[offset..<min(offset + 12, bytes.count)], as: UTF8.self))'" : "the end"
    }

    /// The next word, or nil at `end`, which is passed over (nil: the end of the text).
    mutating func word(or end: String?) throws(GrammarError) -> String? {
        skipSpace()
        if let end, bytes[offset...].starts(with: end.utf8) {
            advance(end.utf8.count)
            return nil
        }
        if end == nil, offset == bytes.count { return nil }
        let start = offset
        while offset < bytes.count, WordScanner.isWordByte(bytes[offset]) || bytes[offset] == UInt8(ascii: "/") {
            advance()
        }
        guard offset > start else { throw .malformed(position, found: found, expected: "a word") }
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    mutating func expect(_ mark: String) throws(GrammarError) {
        skipSpace()
        guard bytes[offset...].starts(with: mark.utf8) else {
            throw .malformed(position, found: found, expected: "'\(mark)'")
        }
        advance(mark.utf8.count)
    }

    /// `:: "text";`
    mutating func quoted() throws(GrammarError) -> String {
        try expect("::")
        return try enclosed(in: "\"").text
    }

    /// `:: """text""";` and where the text begins.
    mutating func block() throws(GrammarError) -> (TextPosition, String) {
        try expect("::")
        return try enclosed(in: "\"\"\"")
    }

    private mutating func enclosed(in mark: String) throws(GrammarError) -> (position: TextPosition, text: String) {
        try expect(mark)
        let (start, position) = (offset, position)
        while !bytes[offset...].starts(with: mark.utf8) {
            guard offset < bytes.count else { throw .malformed(position, found: "the end", expected: "'\(mark)'") }
            advance()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        advance(mark.utf8.count)
        try expect(";")
        return (position, text)
    }
}

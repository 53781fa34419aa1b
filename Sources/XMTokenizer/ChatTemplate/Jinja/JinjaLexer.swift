// Cuts a template into text, `{{ output }}` and `{% statement %}` parts. White space follows Jinja with trim_blocks and
// lstrip_blocks, as transformers sets them: a line that holds only a statement leaves nothing behind.
// SPDX-License-Identifier: Apache-2.0

struct JinjaToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case name(String)
        case string(String)
        case int(Int)
        case double(Double)
        case mark(String)
    }

    let kind: Kind
    let line: Int
}

struct JinjaLexer {
    enum Part {
        case text(String, line: Int)
        case output([JinjaToken], line: Int)
        case statement([JinjaToken], line: Int)
    }

    private let source: [Unicode.Scalar]
    private var at = 0
    private var line = 1
    private var parts: [Part] = []
    /// Whether what was consumed last ends a line: then blanks before a statement begin that line.
    private var isLineStart = true

    private init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        source = scalars.map { $0 == "\r" ? "\n" : $0 }
    }

    static func parts(of text: String) throws -> [Part] {
        var lexer = JinjaLexer(text)
        try lexer.run()
        return lexer.parts
    }

    private func has(_ text: String, at index: Int) -> Bool {
        var index = index
        for scalar in text.unicodeScalars {
            guard index < source.count, source[index] == scalar else { return false }
            index += 1
        }
        return true
    }

    private func isTag(at index: Int) -> Bool {
        source[index] == "{" && index + 1 < source.count && ["{", "%", "#"].contains(source[index + 1])
    }

    private mutating func run() throws {
        // One line break at the very end is not part of a template.
        let end = source.last == "\n" ? source.count - 1 : source.count
        while at < end {
            var open = at
            while open < end, !isTag(at: open) { open += 1 }
            guard open < end else {
                appendText(Array(source[at..<end]))
                break
            }
            try readTag(at: open)
        }
    }

    private mutating func readTag(at open: Int) throws {
        var text = Array(source[at..<open])
        let kind = source[open + 1]
        let sign: Unicode.Scalar? = open + 2 < source.count ? source[open + 2] : nil
        if sign == "-" {
            while let last = text.last, last.properties.isWhitespace { text.removeLast() }
        } else if sign != "+", kind != "{" {
            let lineBegin = text.lastIndex(of: "\n").map { $0 + 1 } ?? 0
            if lineBegin > 0 || isLineStart, text[lineBegin...].allSatisfy(\.properties.isWhitespace) {
                text.removeSubrange(lineBegin...)
            }
        }
        appendText(text, consumed: open)
        let tagLine = line
        at = open + (sign == "-" || sign == "+" ? 3 : 2)
        switch kind {
        case "#":
            let begin = at
            while at < source.count, !has("#}", at: at) { at += 1 }
            guard at < source.count else { throw JinjaError.syntax(line: tagLine, reason: "a comment without #}") }
            closeTag(sign: at > begin ? source[at - 1] : nil, from: open, length: 2, trims: true)
        case "{":
            let (tokens, sign) = try readTokens(until: "}}")
            parts.append(.output(tokens, line: tagLine))
            closeTag(sign: sign, from: open, length: 2, trims: false)
        default:
            let (tokens, sign) = try readTokens(until: "%}")
            parts.append(.statement(tokens, line: tagLine))
            closeTag(sign: sign, from: open, length: 2, trims: true)
        }
    }

    /// Appends text; `consumed` is where the source goes on, so that lines that were stripped are counted.
    private mutating func appendText(_ text: [Unicode.Scalar], consumed: Int? = nil) {
        if !text.isEmpty {
            var string = ""
            string.unicodeScalars.append(contentsOf: text)
            parts.append(.text(string, line: line))
        }
        let end = consumed ?? source.count
        line += source[at..<end].count { $0 == "\n" }
        at = end
    }

    /// Steps over the end of a tag at `at` and over the white space that goes with it.
    private mutating func closeTag(sign: Unicode.Scalar?, from open: Int, length: Int, trims: Bool) {
        at += length
        if sign == "-" {
            while at < source.count, source[at].properties.isWhitespace { at += 1 }
        } else if sign != "+", trims, at < source.count, source[at] == "\n" {
            at += 1
        }
        line += source[open..<at].count { $0 == "\n" }
        isLineStart = source[at - 1] == "\n"
    }

    /// Tokens up to the end mark, which is left; also its sign ("-" or "+").
    private mutating func readTokens(until end: String) throws -> ([JinjaToken], Unicode.Scalar?) {
        var tokens: [JinjaToken] = []
        var open: [Unicode.Scalar] = []
        var reader = JinjaTokenReader(source: source, at: at, line: line)
        while true {
            reader.skipBlanks()
            if open.isEmpty {
                for sign in ["-", "+"] as [Unicode.Scalar] where has(String(sign) + end, at: reader.at) {
                    at = reader.at + 1
                    return (tokens, sign)
                }
                if has(end, at: reader.at) {
                    at = reader.at
                    return (tokens, nil)
                }
            }
            guard let token = try reader.next() else {
                throw JinjaError.syntax(line: line, reason: "a tag without \(end)")
            }
            if case .mark(let mark) = token.kind, let scalar = mark.unicodeScalars.first, mark.utf8.count == 1 {
                if "([{".unicodeScalars.contains(scalar) { open.append(scalar) }
                if ")]}".unicodeScalars.contains(scalar) {
                    let wanted: Unicode.Scalar = scalar == ")" ? "(" : scalar == "]" ? "[" : "{"
                    guard open.popLast() == wanted else {
                        throw JinjaError.syntax(line: token.line, reason: "'\(scalar)' closes nothing")
                    }
                }
            }
            tokens.append(token)
        }
    }
}

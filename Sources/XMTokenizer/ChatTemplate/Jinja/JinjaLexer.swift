// Splits a template into text, `{{ output }}` and `{% statement %}` tags. In the dialect of chats, white space is
// handled as in Jinja with trim_blocks and lstrip_blocks: a line with only a statement produces no output.
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

        /// Whether an expression in it uses this name, other than as an attribute or an argument's name.
        func reads(_ name: String) -> Bool {
            switch self {
            case .text: return false
            case .output(let tokens, _), .statement(let tokens, _):
                return tokens.indices.contains { index in
                    tokens[index].kind == .name(name) && (index == 0 || tokens[index - 1].kind != .mark("."))
                        && (index + 1 == tokens.count || tokens[index + 1].kind != .mark("="))
                }
            }
        }
    }

    private let source: [Unicode.Scalar]
    private let dialect: JinjaDialect
    private var at = 0
    private var line = 1
    private var parts: [Part] = []
    /// Whether the input consumed last ends a line, so that spaces before a statement are at the start of a line.
    private var isLineStart = true

    private init(_ text: String, _ dialect: JinjaDialect) {
        self.dialect = dialect
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if scalar == "\n", scalars.last == "\r" { scalars.removeLast() }
            scalars.append(scalar)
        }
        source = scalars.map { $0 == "\r" ? "\n" : $0 }
    }

    static func parts(of text: String, _ dialect: JinjaDialect) throws -> [Part] {
        var lexer = JinjaLexer(text, dialect)
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
        // In a chat template a single line break at the very end is not part of the text.
        let end = dialect == .chat && source.last == "\n" ? source.count - 1 : source.count
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
        let kind = source[open + 1]
        let sign: Unicode.Scalar? = open + 2 < source.count ? source[open + 2] : nil
        appendText(text(before: open, sign: sign, stripsLine: kind != "{"), consumed: open)
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
            if let body = rawBody() { return try readRaw(body, from: open) }
            let (tokens, sign) = try readTokens(until: "%}")
            parts.append(.statement(tokens, line: tagLine))
            closeTag(sign: sign, from: open, length: 2, trims: true)
        }
    }

    /// The text up to a tag, without the white space stripped by the tag.
    private func text(before open: Int, sign: Unicode.Scalar?, stripsLine: Bool) -> [Unicode.Scalar] {
        var text = Array(source[at..<open])
        if sign == "-" {
            while let last = text.last, PythonText.isBlank(last) { text.removeLast() }
        } else if sign != "+", stripsLine, dialect == .chat {
            let lineBegin = text.lastIndex(of: "\n").map { $0 + 1 } ?? 0
            if lineBegin > 0 || isLineStart, text[lineBegin...].allSatisfy(PythonText.isBlank) {
                text.removeSubrange(lineBegin...)
            }
        }
        return text
    }

    /// If the tag whose contents begin at `start` is just `word`: the index after it and an optional sign.
    private func end(ofTag word: String, from start: Int) -> (sign: Unicode.Scalar?, at: Int)? {
        func skipBlanks(_ index: inout Int) {
            while index < source.count, PythonText.isBlank(source[index]) { index += 1 }
        }
        var index = start
        skipBlanks(&index)
        guard has(word, at: index) else { return nil }
        index += word.unicodeScalars.count
        skipBlanks(&index)
        if has("%}", at: index) { return (nil, index) }
        guard index < source.count, source[index] == "-" || source[index] == "+", has("%}", at: index + 1) else {
            return nil
        }
        return (source[index], index + 1)
    }

    /// The start of a `raw` block's body, if the tag whose contents begin here opens one.
    private func rawBody() -> Int? {
        guard let (sign, end) = end(ofTag: "raw", from: at), sign != "+" else { return nil }
        var body = end + 2
        while sign == "-", body < source.count, PythonText.isBlank(source[body]) { body += 1 }
        return body
    }

    /// Everything up to `endraw` is text.
    private mutating func readRaw(_ body: Int, from open: Int) throws {
        let tagLine = line
        line += source[open..<body].count { $0 == "\n" }
        at = body
        isLineStart = source[body - 1] == "\n"
        var next = body
        while next < source.count {
            defer { next += 1 }
            guard has("{%", at: next) else { continue }
            let opening: Unicode.Scalar? = next + 2 < source.count ? source[next + 2] : nil
            let inside = next + (opening == "-" || opening == "+" ? 3 : 2)
            guard let (sign, end) = end(ofTag: "endraw", from: inside) else { continue }
            appendText(text(before: next, sign: opening, stripsLine: true), consumed: next)
            at = end
            closeTag(sign: sign, from: next, length: 2, trims: true)
            return
        }
        throw JinjaError.syntax(line: tagLine, reason: "'raw' without 'endraw'")
    }

    /// Appends text; `consumed` is the index where the source continues, so that stripped lines are counted.
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

    /// Skips the end of a tag at `at` and the white space it strips.
    private mutating func closeTag(sign: Unicode.Scalar?, from open: Int, length: Int, trims: Bool) {
        at += length
        if sign == "-" {
            while at < source.count, PythonText.isBlank(source[at]) { at += 1 }
        } else if sign != "+", trims, dialect == .chat, at < source.count, source[at] == "\n" {
            at += 1
        }
        line += source[open..<at].count { $0 == "\n" }
        isLineStart = source[at - 1] == "\n"
    }

    /// The tokens up to the end mark, which is not consumed, and its sign ("-" or "+").
    private mutating func readTokens(until end: String) throws -> ([JinjaToken], Unicode.Scalar?) {
        var tokens: [JinjaToken] = []
        var open: [Unicode.Scalar] = []
        var reader = JinjaTokenReader(source: source, at: at, line: line)
        while true {
            reader.skipBlanks()
            if open.isEmpty {
                for sign in (end == "}}" ? ["-"] : ["-", "+"]) as [Unicode.Scalar]
                where has(String(sign) + end, at: reader.at) {
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

// Parses statements: `if`, `for`, `set`, `with`, `filter`, `macro`, `call`, `print`, `generation`, `autoescape false`,
// `break` and `continue`, text and output. Other statements of Jinja are rejected by name. JinjaExpressionParser parses
// expressions; JinjaSyntax.swift defines the syntax tree.
// SPDX-License-Identifier: Apache-2.0

struct JinjaParser {
    private let parts: [JinjaLexer.Part]
    private var at = 0
    private var depth = 0
    private var loops = 0
    /// Number of open `if` statements.
    private var openBranches = 0
    private static let deepest = 60
    /// Names available to a macro beyond its parameters.
    private static let special: Set<String> = ["varargs", "kwargs", "caller"]

    static func parse(_ source: String, _ dialect: JinjaDialect) throws -> [JinjaStatement] {
        var parser = JinjaParser(parts: try JinjaLexer.parts(of: source, dialect))
        let (body, end) = try parser.body(until: [])
        precondition(end == nil, "a body without end words ends with the template")
        return body
    }

    private init(parts: [JinjaLexer.Part]) { self.parts = parts }

    /// The statement that ended a body: its first word and the parser behind it.
    private struct End {
        let word: String
        var rest: JinjaExpressionParser
    }

    /// Statements up to one of the end words, which is consumed. `opener` is the statement to be closed, for errors.
    private mutating func body(
        until ends: [String], opener: (word: String, line: Int)? = nil
    ) throws -> ([JinjaStatement], End?) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw JinjaError.limit(line: opener?.line ?? 1, what: "nested statements", limit: Self.deepest)
        }
        var statements: [JinjaStatement] = []
        while at < parts.count {
            let part = parts[at]
            at += 1
            switch part {
            case .text(let text, let line): statements.append(JinjaStatement(line: line, kind: .text(JinjaText(text))))
            case .output(let tokens, let line):
                var parser = JinjaExpressionParser(tokens, line: line, isInBranch: openBranches > 0)
                let value = try parser.tuple()
                try finish(parser)
                statements.append(JinjaStatement(line: line, kind: .output([value])))
            case .statement(let tokens, let line):
                let isInBranch = openBranches > 0 || tokens.first?.kind == .name("if")
                var parser = JinjaExpressionParser(tokens, line: line, isInBranch: isInBranch)
                let word = try parser.name()
                if ends.contains(word) { return (statements, End(word: word, rest: parser)) }
                statements.append(JinjaStatement(line: line, kind: try statement(word, &parser, line: line)))
            }
        }
        guard let opener else { return (statements, nil) }
        throw JinjaError.syntax(line: opener.line, reason: "'\(opener.word)' without 'end\(opener.word)'")
    }

    private func finish(_ parser: JinjaExpressionParser) throws {
        guard parser.isAtEnd else { throw parser.error("unexpected text after the expression") }
    }

    /// A body that is closed by `end…` only.
    private mutating func block(_ word: String, line: Int) throws -> [JinjaStatement] {
        let (body, end) = try body(until: ["end" + word], opener: (word, line))
        if let end { try finish(end.rest) }
        return body
    }

    private mutating func statement(
        _ word: String, _ parser: inout JinjaExpressionParser, line: Int
    ) throws -> JinjaStatement.Kind {
        switch word {
        case "if": return try conditional(&parser, line: line)
        case "for": return try loop(&parser, line: line)
        case "set": return try set(&parser, line: line)
        case "macro":
            let name = try parser.name()
            return .macro(try macro(name, try parameters(&parser), &parser, until: "macro", line: line))
        case "call":
            let parameters = parser.isNext("(") ? try parameters(&parser) : []
            guard case .call(let callee, let arguments) = try parser.expression() else {
                throw parser.error("expected the call of a macro after 'call'")
            }
            let caller = try macro("caller", parameters, &parser, until: "call", line: line)
            return .callBlock(callee, arguments, caller: caller)
        case "filter":
            let filtered = try parser.filters(.name(JinjaStatement.captured), isInline: true)
            try finish(parser)
            return .filterBlock(filtered, try block("filter", line: line))
        case "generation":
            try finish(parser)
            return .group(values: [], try block("generation", line: line))
        case "with":
            var values: [(JinjaTarget, JinjaExpression)] = []
            while !parser.isAtEnd {
                if !values.isEmpty { try parser.expect(",") }
                let target = try target(&parser, allowsAttribute: false)
                try parser.expect("=")
                values.append((target, try parser.expression()))
            }
            return .group(values: values, try block("with", line: line))
        case "autoescape":
            guard case .literal(.bool(false)) = try parser.expression() else {
                throw JinjaError.unknown(line: line, kind: "statement", name: "autoescape true")
            }
            try finish(parser)
            return .group(values: [], try block("autoescape", line: line))
        case "print":
            var values: [JinjaExpression] = []
            while !parser.isAtEnd {
                if !values.isEmpty { try parser.expect(",") }
                values.append(try parser.expression())
            }
            return .output(values)
        case "break", "continue":
            try finish(parser)
            guard loops > 0 else { throw JinjaError.syntax(line: line, reason: "'\(word)' outside of a loop") }
            return word == "break" ? .breakLoop : .continueLoop
        case "else", "elif", "endif", "endfor", "endset", "endmacro", "endcall", "endfilter", "endgeneration",
            "endwith", "endautoescape", "endraw":
            throw JinjaError.syntax(line: line, reason: "'\(word)' belongs to no open statement")
        default: throw JinjaError.unknown(line: line, kind: "statement", name: word)
        }
    }

    private mutating func conditional(
        _ parser: inout JinjaExpressionParser, line: Int
    ) throws -> JinjaStatement.Kind {
        var branches: [(condition: JinjaExpression, body: [JinjaStatement])] = []
        openBranches += 1
        defer { openBranches -= 1 }
        var condition = try parser.tuple(allowsConditional: false)
        try finish(parser)
        while true {
            let (body, end) = try body(until: ["elif", "else", "endif"], opener: ("if", line))
            branches.append((condition, body))
            guard var end, end.word == "elif" else {
                if let end { try finish(end.rest) }
                let otherwise = end?.word == "else" ? try block("if", line: line) : []
                return .conditional(branches: branches, otherwise: otherwise)
            }
            condition = try end.rest.tuple(allowsConditional: false)
            try finish(end.rest)
        }
    }

    private mutating func loop(_ parser: inout JinjaExpressionParser, line: Int) throws -> JinjaStatement.Kind {
        let target = try target(&parser, allowsAttribute: false)
        guard !target.names.contains("loop") else { throw parser.error("'loop' cannot be a name of 'for'") }
        guard parser.take("in") else { throw parser.error("expected 'in' after the names of 'for'") }
        let items = try parser.tuple(allowsConditional: false)
        let filter = parser.take("if") ? try parser.expression() : nil
        let isRecursive = parser.take("recursive")
        try finish(parser)
        loops += 1
        let (body, end) = try body(until: ["else", "endfor"], opener: ("for", line))
        loops -= 1
        if let end { try finish(end.rest) }
        let otherwise = end?.word == "else" ? try block("for", line: line) : []
        return .loop(
            JinjaLoopStatement(
                target: target, items: items, filter: filter, isRecursive: isRecursive, body: body,
                otherwise: otherwise))
    }

    private mutating func set(_ parser: inout JinjaExpressionParser, line: Int) throws -> JinjaStatement.Kind {
        let target = try target(&parser, allowsAttribute: true)
        if parser.take("=") {
            let value = try parser.tuple()
            try finish(parser)
            return .set(target, value)
        }
        let filtered = parser.isNext("|") ? try parser.filters(.name(JinjaStatement.captured)) : nil
        try finish(parser)
        return .setBlock(target, filtered: filtered, try block("set", line: line))
    }

    /// A name, several names separated by commas, or such a list in parentheses.
    private func target(
        _ parser: inout JinjaExpressionParser, allowsAttribute: Bool
    ) throws -> JinjaTarget {
        var targets: [JinjaTarget] = []
        var isTuple = false
        repeat {
            guard targets.isEmpty || !parser.isNext("in") && !parser.isNext(")") else { break }
            if parser.take("(") {
                targets.append(try target(&parser, allowsAttribute: allowsAttribute))
                try parser.expect(")")
            } else {
                let name = try parser.name()
                guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
                    throw parser.error("'\(name)' cannot be a name")
                }
                targets.append(
                    allowsAttribute && parser.take(".")
                        ? .attribute(object: name, name: try parser.name()) : .name(name))
            }
            if parser.isNext(",") { isTuple = true }
        } while parser.take(",")
        return isTuple ? .tuple(targets) : targets[0]
    }

    private func parameters(_ parser: inout JinjaExpressionParser) throws -> [JinjaMacro.Parameter] {
        try parser.expect("(")
        var parameters: [JinjaMacro.Parameter] = []
        while !parser.take(")") {
            if !parameters.isEmpty { try parser.expect(",") }
            let name = try parser.name()
            guard !Self.special.contains(name), !parameters.contains(where: { $0.name == name }) else {
                throw parser.error("the parameter '\(name)' is a duplicate or a reserved name")
            }
            guard parser.isNext("=") || parameters.last?.standard == nil else {
                throw parser.error("the parameter '\(name)' without a default follows one with a default")
            }
            parameters.append((name, parser.take("=") ? try parser.expression() : nil))
        }
        return parameters
    }

    private mutating func macro(
        _ name: String, _ parameters: [JinjaMacro.Parameter], _ parser: inout JinjaExpressionParser,
        until word: String, line: Int
    ) throws -> JinjaMacro {
        try finish(parser)
        let (outer, start) = (loops, at)
        loops = 0
        let body = try block(word, line: line)
        loops = outer
        let special = Self.special.filter { special in parts[start..<at].contains { $0.reads(special) } }
        return JinjaMacro(name: name, parameters: parameters, body: body, special: special)
    }
}

// Parses expressions by recursive descent, with one function per precedence level as in Jinja's own grammar, loosest
// first. Nesting is limited, so that a hostile template cannot exhaust the stack.
// SPDX-License-Identifier: Apache-2.0

struct JinjaExpressionParser {
    private let tokens: [JinjaToken]
    private var at = 0
    private let endLine: Int
    private var depth = 0
    /// Inside an `if`, an unknown filter or test is an error only when it is executed, as in Jinja.
    private let isInBranch: Bool
    private static let deepest = 60
    /// Limit of chained operators on one level (a + b + c …).
    private static let longestChain = 200

    init(_ tokens: [JinjaToken], line: Int, isInBranch: Bool) {
        self.tokens = tokens
        self.isInBranch = isInBranch
        endLine = tokens.last?.line ?? line
    }

    // MARK: - Tokens

    var line: Int { at < tokens.count ? tokens[at].line : endLine }
    var isAtEnd: Bool { at >= tokens.count }
    var isName: Bool { if at < tokens.count, case .name = tokens[at].kind { true } else { false } }

    func error(_ reason: String) -> JinjaError { .syntax(line: line, reason: reason) }

    /// Consumes a given mark or name if it is next.
    mutating func take(_ word: String) -> Bool {
        guard isNext(word) else { return false }
        at += 1
        return true
    }

    func isNext(_ word: String, ahead: Int = 0) -> Bool {
        guard at + ahead < tokens.count else { return false }
        switch tokens[at + ahead].kind {
        case .mark(let mark): return mark == word
        case .name(let name): return name == word
        default: return false
        }
    }

    mutating func expect(_ mark: String) throws {
        guard take(mark) else { throw error("expected '\(mark)'\(found)") }
    }

    mutating func name() throws -> String {
        guard at < tokens.count, case .name(let name) = tokens[at].kind else { throw error("expected a name\(found)") }
        at += 1
        return name
    }

    private var found: String {
        guard at < tokens.count else { return " before the end of the tag" }
        switch tokens[at].kind {
        case .name(let text), .mark(let text): return ", found '\(text)'"
        case .string(let text): return ", found the string '\(text)'"
        case .int(let value): return ", found \(value)"
        case .double(let value): return ", found \(value)"
        }
    }

    // MARK: - Levels

    /// One value, or several separated by commas, which form a tuple.
    mutating func tuple(allowsConditional: Bool = true) throws -> JinjaExpression {
        let first = try expression(allowsConditional: allowsConditional)
        guard isNext(",") else { return first }
        var items = [first]
        while take(","), !isAtEnd, !isNext("recursive") {
            items.append(try expression(allowsConditional: allowsConditional))
        }
        return .list(items, isTuple: true)
    }

    /// `then if condition else otherwise`; `allowsConditional` false for the items of a `for`, whose `if` is a filter.
    mutating func expression(allowsConditional: Bool = true) throws -> JinjaExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw JinjaError.limit(line: line, what: "nested levels", limit: Self.deepest)
        }
        var value = try disjunction()
        var chain = 0
        while allowsConditional, take("if") {
            try count(&chain)
            let condition = try disjunction()
            let otherwise = take("else") ? try expression() : nil
            value = .conditional(then: value, condition: condition, otherwise: otherwise)
        }
        return value
    }

    private func count(_ chain: inout Int) throws {
        chain += 1
        guard chain <= Self.longestChain else {
            throw JinjaError.limit(line: line, what: "operators in one expression", limit: Self.longestChain)
        }
    }

    private mutating func disjunction() throws -> JinjaExpression {
        var left = try conjunction()
        var chain = 0
        while take("or") {
            try count(&chain)
            left = .or(left, try conjunction())
        }
        return left
    }

    private mutating func conjunction() throws -> JinjaExpression {
        var left = try negation()
        var chain = 0
        while take("and") {
            try count(&chain)
            left = .and(left, try negation())
        }
        return left
    }

    private mutating func negation() throws -> JinjaExpression {
        var times = 0
        while take("not") { times += 1 }
        let value = try comparison()
        return times == 0 ? value : times % 2 == 1 ? .not(value) : .not(.not(value))
    }

    private mutating func comparison() throws -> JinjaExpression {
        let left = try sum()
        var rest: [(JinjaExpression.Comparison, JinjaExpression)] = []
        while let comparison = takeComparison() { rest.append((comparison, try sum())) }
        return rest.isEmpty ? left : .compare(left, rest)
    }

    private mutating func takeComparison() -> JinjaExpression.Comparison? {
        if isNext("not"), isNext("in", ahead: 1) {
            at += 2
            return .notContained
        }
        guard at < tokens.count else { return nil }
        let word: String
        switch tokens[at].kind {
        case .mark(let text), .name(let text): word = text
        default: return nil
        }
        guard let comparison = JinjaExpression.Comparison(rawValue: word) else { return nil }
        at += 1
        return comparison
    }

    private mutating func sum() throws -> JinjaExpression {
        try chain(["+", "-"]) { try $0.concatenation() }
    }

    private mutating func concatenation() throws -> JinjaExpression {
        try chain(["~"]) { try $0.product() }
    }

    private mutating func product() throws -> JinjaExpression {
        try chain(["*", "/", "//", "%"]) { try $0.power() }
    }

    private mutating func power() throws -> JinjaExpression {
        try chain(["**"]) { try $0.unary() }
    }

    private mutating func chain(
        _ operators: [String], _ operand: (inout Self) throws -> JinjaExpression
    ) throws -> JinjaExpression {
        var left = try operand(&self)
        var chain = 0
        while let found = operators.first(where: { isNext($0) }), let binary = JinjaExpression.Binary(rawValue: found) {
            try count(&chain)
            at += 1
            left = .binary(binary, left, try operand(&self))
        }
        return left
    }

    private mutating func unary(withFilters: Bool = true) throws -> JinjaExpression {
        var value: JinjaExpression
        if isNext("-") || isNext("+") {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.deepest else {
                throw JinjaError.limit(line: line, what: "nested levels", limit: Self.deepest)
            }
            let isNegative = isNext("-")
            at += 1
            let operand = try unary(withFilters: false)
            value = try postfix(isNegative ? .negative(operand) : .positive(operand))
        } else {
            value = try postfix(try primary())
        }
        return withFilters ? try filters(value) : value
    }

    private mutating func primary() throws -> JinjaExpression {
        guard at < tokens.count else { throw error("expected an expression\(found)") }
        switch tokens[at].kind {
        case .int(let value):
            at += 1
            return .literal(.int(value))
        case .double(let value):
            at += 1
            return .literal(.double(value))
        case .string:
            var text = ""
            while at < tokens.count, case .string(let part) = tokens[at].kind {
                text += part
                at += 1
            }
            return .literal(.string(text))
        case .name(let name):
            at += 1
            switch name {
            case "true", "True": return .literal(.bool(true))
            case "false", "False": return .literal(.bool(false))
            case "none", "None": return .literal(.none)
            default: return .name(name)
            }
        case .mark("("): return try parenthesised()
        case .mark("["):
            at += 1
            return .list(try items(until: "]"), isTuple: false)
        case .mark("{"): return try dictionary()
        case .mark: throw error("expected an expression\(found)")
        }
    }

    private mutating func parenthesised() throws -> JinjaExpression {
        try expect("(")
        if take(")") { return .list([], isTuple: true) }
        let first = try expression()
        if take(")") { return first }
        try expect(",")
        return .list([first] + (try items(until: ")")), isTuple: true)
    }

    private mutating func items(until end: String) throws -> [JinjaExpression] {
        var items: [JinjaExpression] = []
        while !take(end) {
            if !items.isEmpty { try expect(",") }
            if take(end) { break }
            items.append(try expression())
        }
        return items
    }

    private mutating func dictionary() throws -> JinjaExpression {
        try expect("{")
        var entries: [(key: JinjaExpression, value: JinjaExpression)] = []
        while !take("}") {
            if !entries.isEmpty { try expect(",") }
            if take("}") { break }
            let key = try expression()
            try expect(":")
            entries.append((key, try expression()))
        }
        return .dict(entries)
    }

    /// Attributes, items, slices and calls that follow a value.
    private mutating func postfix(_ value: JinjaExpression) throws -> JinjaExpression {
        var value = value
        var chain = 0
        while true {
            if take(".") {
                if at < tokens.count, case .int(let index) = tokens[at].kind {
                    at += 1
                    value = .item(value, .literal(.int(index)))
                } else {
                    value = .attribute(value, try name())
                }
            } else if take("[") {
                value = try subscripted(value)
            } else if isNext("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
            try count(&chain)
        }
    }

    private mutating func subscripted(_ value: JinjaExpression) throws -> JinjaExpression {
        func bound(_ parser: inout Self) throws -> JinjaExpression? {
            parser.isNext(":") || parser.isNext("]") ? nil : try parser.expression()
        }
        let start = try bound(&self)
        if let start, take("]") { return .item(value, start) }
        try expect(":")
        let end = try bound(&self)
        let step = take(":") ? try bound(&self) : nil
        try expect("]")
        return .slice(value, start: start, end: end, step: step)
    }

    mutating func arguments() throws -> JinjaArguments {
        try expect("(")
        var arguments = JinjaArguments()
        var isFirst = true
        while !take(")") {
            if !isFirst { try expect(",") }
            if !isFirst, take(")") { break }
            isFirst = false
            if arguments.mapping == nil, take("**") {
                arguments.mapping = try expression()
            } else if arguments.mapping == nil, arguments.list == nil, take("*") {
                arguments.list = try expression()
            } else if arguments.mapping == nil, isNext("=", ahead: 1), case .name(let name) = tokens[at].kind {
                at += 2
                guard !arguments.named.contains(where: { $0.name == name }) else {
                    throw error("duplicate argument '\(name)'")
                }
                arguments.named.append((name, try expression()))
            } else if arguments.named.isEmpty, arguments.list == nil, arguments.mapping == nil {
                arguments.positional.append(try expression())
            } else {
                throw error("a positional argument follows a named one, '*' or '**'")
            }
        }
        return arguments
    }

    /// `| filter(...)`, `is test` and calls of their results; with `isInline` the first filter has no bar.
    mutating func filters(_ value: JinjaExpression, isInline: Bool = false) throws -> JinjaExpression {
        var value = value
        var chain = 0
        while true {
            if isInline && chain == 0 || take("|") {
                let name = try name()
                guard isInBranch || JinjaFilters.signatures[name] != nil else {
                    throw JinjaError.unknown(line: line, kind: "filter", name: name)
                }
                value = .filter(value, name, isNext("(") ? try arguments() : JinjaArguments())
            } else if take("is") {
                value = try test(value)
            } else if isNext("(") {
                value = .call(value, try arguments())
            } else {
                return value
            }
            try count(&chain)
        }
    }

    private mutating func test(_ value: JinjaExpression) throws -> JinjaExpression {
        let isNegated = take("not")
        let name = try self.name()
        guard isInBranch || JinjaTests.signatures[name] != nil else {
            throw JinjaError.unknown(line: line, kind: "test", name: name)
        }
        var arguments = JinjaArguments()
        if isNext("(") {
            arguments = try self.arguments()
        } else if beginsArgument {
            guard !isNext("is") else { throw error("'is' after the test '\(name)'; put one of them in parentheses") }
            arguments.positional = [try postfix(try primary())]
        }
        let test = JinjaExpression.test(value, name, arguments)
        return isNegated ? .not(test) : test
    }

    /// Whether the next token is the argument of a test: `x is divisibleby 3`.
    private var beginsArgument: Bool {
        guard at < tokens.count else { return false }
        switch tokens[at].kind {
        case .name(let name): return !["else", "or", "and"].contains(name)
        case .string, .int, .double: return true
        case .mark(let mark): return mark == "[" || mark == "{"
        }
    }
}

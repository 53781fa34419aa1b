// SymPy's parse_latex: from the text of an answer to an expression, or the same failures. Every name is a plain symbol,
// `\pi` and `i` too. Relations have no difference, so that no pair with one is equal.
// SPDX-License-Identifier: Apache-2.0

enum SymPyLaTeX {
    enum Failure: Error {
        /// The parser refuses the text.
        case notLaTeX
        /// A relation, a derivative without an operand, a substitution: never equal to anything.
        case notSubtractable
        /// Beyond our limits.
        case tooLong
    }

    /// Longer answers take SymPy more than its five seconds as well.
    private static let maximumTokens = 400
    private static let maximumSteps = 60_000
    /// Python refuses to convert longer runs of digits.
    private static let maximumDigits = 4300

    static func expression(_ text: String) throws -> MathExpression {
        let scalars = Scalars(text).stripped()
        guard scalars.count <= 10_000 else { throw Failure.tooLong }
        let tokens = SymPyGrammar.tokens(scalars)
        guard tokens.count <= maximumTokens else { throw Failure.tooLong }
        var parser = GrammarParser(SymPyGrammar.grammar, tokens, steps: maximumSteps)
        let derivations: [(end: Int, node: ParseNode)]
        do { derivations = try parser.derivations() } catch { throw Failure.tooLong }
        // The start rule of SymPy's grammar does not end with the end of the text: what follows the longest expression
        // is ignored (`5)`, `1,2`), unless there is no token where its parser has to look.
        guard let best = derivations.max(by: { $0.end < $1.end }) else { throw Failure.notLaTeX }
        var last = parser.furthest
        // Behind a number and a comma it looks for three digits.
        if tokens[(best.end - 1)...].prefix(2).map(SymPyGrammar.kind) == ["DIGIT", "COMMA"] {
            last = max(
                last,
                best.end + 1 + tokens[(best.end + 1)...].prefix(2).prefix { SymPyGrammar.kind($0) == "DIGIT" }.count)
        }
        guard !tokens.prefix(last + 1).contains(where: { $0.kind == LaTeXToken.unknown }) else {
            throw Failure.notLaTeX
        }
        try refuse(tokens[best.end...])
        return try Conversion(text: scalars, tokens: tokens).relation(best.node)
    }

    /// What cannot be left behind an expression: a relation sign, since no relation is equal to anything, and an
    /// operator before a digit with a point.
    private static func refuse(_ rest: ArraySlice<LaTeXToken>) throws {
        var kinds = rest.prefix(8).map(SymPyGrammar.kind)[...]
        guard let first = kinds.popFirst() else { return }
        if ["RELATION", "EQUAL"].contains(first) { throw Failure.notSubtractable }
        guard ["SIGN", "TIMES", "OVER"].contains(first) else { return }
        if kinds.drop(while: { $0 == "SIGN" }).starts(with: ["DIGIT", "POINT"]) { throw Failure.notLaTeX }
    }

    /// From a derivation to an expression.
    private struct Conversion {
        let text: Scalars
        let tokens: [LaTeXToken]

        /// The characters of a node, without what is skipped between its tokens.
        func written(_ node: ParseNode) -> String {
            Scalars(tokens[node.tokens].flatMap { text[$0.range] }).text
        }

        func relation(_ node: ParseNode) throws -> MathExpression {
            guard node.children.count == 1 else { throw Failure.notSubtractable }
            return try sum(node.children[0])
        }

        func sum(_ node: ParseNode) throws -> MathExpression {
            var result = try product(node.children[0])
            for index in stride(from: 2, to: node.children.count, by: 2) {
                let term = try product(node.children[index])
                let isMinus = written(node.children[index - 1]) == "-"
                result = .sum([result, isMinus ? .negative(term) : term])
            }
            return result
        }

        /// `product` and `plain_product`.
        func product(_ node: ParseNode) throws -> MathExpression {
            var result = try unary(node.children[0])
            for index in stride(from: 2, to: node.children.count, by: 2) {
                let factor = try unary(node.children[index])
                let isTimes = node.children[index - 1].rule == "TIMES"
                result = isTimes ? .product([result, factor]) : .quotient(result, factor)
            }
            return result
        }

        func unary(_ node: ParseNode) throws -> MathExpression {
            if node.children[0].rule == "SIGN" {
                let operand = try unary(node.children[1])
                return written(node.children[0]) == "-" ? .negative(operand) : operand
            }
            let factors = try node.children.map(postfix)
            // An x between two factors without symbols is a multiplication sign: `2x3`.
            let kept = factors.indices.filter { index in
                let isBetween = index > 0 && index < factors.count - 1
                return
                    !(isBetween && factors[index] == .symbol("x") && !factors[index - 1].hasSymbols
                    && !factors[index + 1].hasSymbols)
            }
            return kept.count == 1 ? factors[kept[0]] : .product(kept.map { factors[$0] })
        }

        func postfix(_ node: ParseNode) throws -> MathExpression {
            var result = try power(node.children[0])
            for mark in node.children.dropFirst() {
                guard mark.rule == "BANG" else { throw Failure.notSubtractable }
                result = .function("factorial", [result])
            }
            return result
        }

        func power(_ node: ParseNode) throws -> MathExpression {
            var result = try factor(node.children[0])
            // A subscript behind an exponent has no meaning in the reference.
            for exponent in node.all("exponent") { result = .power(result, try script(exponent)) }
            return result
        }

        /// An exponent or subscript: `^2`, `_{n+1}`, `_23` of which some digits belong to the argument.
        func script(_ node: ParseNode) throws -> MathExpression {
            if let sum = node["sum"] { return try self.sum(sum) }
            if let digits = node["SOME_DIGITS"] { return try number(written(digits)) }
            guard let atom = node["atom"] else { throw Failure.notLaTeX }
            return try self.atom(atom)
        }

        func factor(_ node: ParseNode) throws -> MathExpression {
            let child = node.children[0]
            switch child.rule {
            case "atom": return try atom(child)
            case "function": return try function(child.children[0])
            case "group": return try sum(child.children[1])
            case "absolute": return .function("abs", [try sum(child.children[1])])
            default: return .function(child.rule, [try sum(child.children[1])])
            }
        }

        func atom(_ node: ParseNode) throws -> MathExpression {
            let child = node.children[0]
            switch child.rule {
            case "NUMBER": return try number(written(child))
            case "symbol":
                let name = try self.name(child)
                return name == "infty" ? .constant(.infinity) : .symbol(name)
            case "DIFFERENTIAL":
                let variable = Scalars(written(child)).dropFirst().filter { !$0.isPythonSpace && $0 != "\\" }
                return .symbol("d" + Scalars(variable).text)
            case "italic": return .symbol(child.all("LETTER").map(written).joined())
            case "fraction": return try fraction(child)
            case "binomial": return .function("binomial", try child.all("sum").map(sum))
            default: return .function(child.rule, try child.all("sum").map(sum))
            }
        }

        /// A letter or command with its subscript and primes.
        func name(_ node: ParseNode) throws -> String {
            let first = node.children[0]
            var name = written(first)
            if first.rule == "SYMBOL" { name.unicodeScalars.removeFirst() }
            if first.rule == "SYMBOL", name == "infty" { return name }
            if let subscripted = node["subscript"] {
                name += "_{" + (subscripted["sum"] ?? subscripted["atom"]).map(written)! + "}"
            }
            // Primes of commands are ignored.
            if first.rule == "LETTER", let quotes = node["QUOTES"] { name += written(quotes) }
            return name
        }

        func number(_ written: String) throws -> MathExpression {
            let digits = Scalars(written).filter { $0 != "," }
            guard digits.count <= maximumDigits else { throw Failure.tooLong }
            // Python takes no integer that begins with a zero, but zeros.
            let isInteger = !digits.contains(".")
            guard !(isInteger && digits[0] == "0" && digits.contains { $0 != "0" }) else { throw Failure.notLaTeX }
            return .number(digits.text)
        }

        func fraction(_ node: ParseNode) throws -> MathExpression {
            let sides = try node.all("sum", "DIGIT").map { side in
                side.rule == "sum" ? try sum(side) : try number(written(side))
            }
            // `\frac{dy}{dx}` is a derivative, `\frac{d}{dx}` an operator that waits for an operand.
            if case .symbol(let lower) = sides[1], Scalars(lower).count > 1, lower.utf8.first == UInt8(ascii: "d"),
                node.all("sum").last?.tokens.count == 1, case .symbol(let upper) = sides[0],
                upper.utf8.first == UInt8(ascii: "d")
            {
                guard upper != "d" else { throw Failure.notSubtractable }
                return .function("derivative", sides)
            }
            return .quotient(sides[0], sides[1])
        }

        func function(_ node: ParseNode) throws -> MathExpression {
            switch node.rule {
            case "named": return try named(node)
            case "applied":
                return .function("\\" + (try name(node.children[0])), try node.children[2].all("sum").map(sum))
            case "root":
                let parts = try node.all("sum").map(sum)
                return .root(parts.last!, parts.count == 2 ? parts[0] : .number("2"))
            case "overline": return .function("conjugate", [try sum(node.children[2])])
            case "series":
                guard let range = node["start"]?["equality"], let end = node["split_exponent"],
                    let body = node["product"], case .symbol(let variable) = try sum(range.children[0])
                else { throw Failure.notSubtractable }
                let name = node.children[0].rule == "SUM" ? "series_sum" : "series_product"
                return .function(
                    name, [.symbol(variable), try sum(range.children[2]), try script(end), try product(body)])
            default:
                // Integrals and limits are equal where they are written alike.
                return .function(node.rule, [.symbol(written(node))])
            }
        }

        func named(_ node: ParseNode) throws -> MathExpression {
            var name = String(written(node.children[0]).unicodeScalars.dropFirst())
            let argument =
                if let arguments = node["arguments"] {
                    try sum(arguments.children[0])
                } else {
                    try node["plain_product"].map(product)!
                }
            let exponent = try node["split_exponent"].map(script)
            let base = try node["split_subscript"].map(script)
            switch name {
            case "arcsin", "arccos", "arctan", "arccsc", "arcsec", "arccot":
                name = "a" + String(name.unicodeScalars.dropFirst(3))
            case "arsinh", "arcosh", "artanh": name = "a" + String(name.unicodeScalars.dropFirst(2))
            default: break
            }
            var result: MathExpression
            switch name {
            case "log", "ln": result = .function("log", [argument] + (base.map { [$0] } ?? []))
            case "lg": result = .function("log", [argument, base ?? .number("10")])
            default: result = .function(name, [argument])
            }
            guard let exponent else { return result }
            if exponent == .negative(.number("1")), Self.invertible.contains(name) {
                return .function("a" + name, [argument])
            }
            if exponent != .number("0") { result = .power(result, exponent) }
            return result
        }

        private static let invertible: Set<String> = [
            "sin", "cos", "tan", "csc", "sec", "cot", "sinh", "cosh", "tanh",
        ]
    }
}

// From derivations of VerifyGrammar to values. Every unsupported form throws, and the answer then counts as not parsed,
// as it does in the reference for most of them.
// SPDX-License-Identifier: Apache-2.0

struct VerifyConversion {
    struct Unsupported: Error {}

    private static let maximumTokens = 250

    let text: Scalars
    private let tokens: [LaTeXToken]
    /// Symbols are real unless the answer looks complex.
    let isReal: Bool

    /// The value of a normalised answer; of a chain of three or more equations that does not parse, of its last side.
    /// The steps that the parser takes are subtracted from `steps`.
    static func value(_ text: Scalars, steps: inout Int) throws -> VerifyValue {
        do { return try parsed(text, &steps) } catch {
            guard !text.contains(","), !text.contains(";") else { throw error }
            let sides = equationSides(text)
            guard sides.count > 2, let last = sides.last else { throw error }
            return try parsed(last, &steps)
        }
    }

    /// Split at equals signs that are no part of `\=`, `<=`, `!=` or `>=`.
    private static func equationSides(_ text: Scalars) -> [Scalars] {
        var sides = [Scalars()]
        for (index, scalar) in text.enumerated() {
            let before: Unicode.Scalar = index > 0 ? text[index - 1] : " "
            if scalar == "=", !["\\", "<", "!", ">"].contains(before) {
                sides.append([])
            } else {
                sides[sides.count - 1].append(scalar)
            }
        }
        return sides
    }

    private static func parsed(_ text: Scalars, _ steps: inout Int) throws -> VerifyValue {
        guard text.count <= 4000, let tokens = VerifyLexer.tokens(text), tokens.count <= maximumTokens else {
            throw Unsupported()
        }
        var parser = GrammarParser(VerifyGrammar.grammar, tokens, steps: steps)
        defer { steps = parser.stepsLeft }
        guard let whole = try parser.derivations().first(where: { $0.end == tokens.count }) else { throw Unsupported() }
        let conversion = VerifyConversion(text: text, tokens: tokens, isReal: !looksComplex(text))
        let child = whole.node.children[0]
        if child.rule == "semicolons", let number = groupedNumber(text) { return .expression(number) }
        switch child.rule {
        case "assigned": return try conversion.assigned(child)
        case "semicolons": return try conversion.setOrValue(child)
        default: return try conversion.setRelation(child)
        }
    }

    private init(text: Scalars, tokens: [LaTeXToken], isReal: Bool) {
        (self.text, self.tokens, self.isReal) = (text, tokens, isReal)
    }

    /// `1,234` is a number, not a set, `0,111` a decimal.
    private static func groupedNumber(_ text: Scalars) -> MathExpression? {
        let parts = text.stripped().pieces(",")
        guard parts.count > 1 else { return nil }
        let first = parts[0].first == "-" ? parts[0].dropFirst() : parts[0][...]
        let last = parts[parts.count - 1].pieces(".")
        let groups = parts.dropFirst().dropLast() + [last[0]]
        guard (1...3).contains(first.count), first.allSatisfy(\.isASCIIDigit), last.count <= 2,
            groups.allSatisfy({ $0.count == 3 && $0.allSatisfy(\.isASCIIDigit) }),
            last.count == 1 || !last[1].isEmpty && last[1].allSatisfy(\.isASCIIDigit)
        else { return nil }
        if first.first == "0" {
            return parts.count == 2 && last.count == 1 ? .number(Scalars(parts.joined(separator: ["."])).text) : nil
        }
        return .number(Scalars(parts.joined()).text)
    }

    private static func looksComplex(_ text: Scalars) -> Bool {
        let marks = [
            "\\mathbb{C}", "\\text{i}", "\\mathrm{i}", "\\det", "\\operatorname{tr}", "\\operatorname{rank}",
            "\\text{rank}", "\\arg{", "\\Re{", "\\Im{", "\\operatorname{Re}", "\\operatorname{Im}", "\\text{Re}",
            "\\text{Im}",
        ]
        if marks.contains(where: text.has) { return true }
        func isWord(_ index: Int) -> Bool {
            guard text.indices.contains(index) else { return false }
            return text[index] == "_" || text[index].properties.isAlphabetic || text[index].isASCIIDigit
        }
        // An i that stands alone, and `\imath`.
        return text.indices.contains { text[$0] == "i" && !isWord($0 - 1) && !isWord($0 + 1) }
            || text.find("\\imath").map { !isWord($0 + 6) } ?? false
    }

    func written(_ node: ParseNode) -> String { Scalars(tokens[node.tokens].flatMap { text[$0.range] }).text }

    func expression(_ node: ParseNode) throws -> MathExpression {
        guard let expression = try value(node).expression else { throw Unsupported() }
        return expression
    }

    /// `sum`: an expression or a matrix.
    func value(_ node: ParseNode) throws -> VerifyValue {
        var result = try product(node.children[0])
        for index in stride(from: 2, to: node.children.count, by: 2) {
            let term = try product(node.children[index])
            let isMinus = ["-", "−"].contains(written(node.children[index - 1]))
            result = try MatrixArithmetic.sum(result, isMinus ? negated(term) : term)
        }
        return result
    }

    func product(_ node: ParseNode) throws -> VerifyValue {
        var result = try unary(node.children[0])
        for index in stride(from: 2, to: node.children.count, by: 2) {
            let factor = try unary(node.children[index])
            switch node.children[index - 1].rule {
            case "TIMES": result = try MatrixArithmetic.product(result, factor)
            case "OVER": result = try MatrixArithmetic.quotient(result, factor)
            default:
                guard let left = result.expression, let right = factor.expression else { throw Unsupported() }
                result = .expression(.function("mod", [left, right]))
            }
        }
        return result
    }

    func negated(_ expression: MathExpression) -> MathExpression {
        guard case .expression(let result)? = try? negated(.expression(expression)) else {
            return .negative(expression)
        }
        return result
    }

    func negated(_ value: VerifyValue) throws -> VerifyValue {
        if let expression = value.expression {
            if let fraction = expression.rational, let minus = SmallFraction(-fraction.numerator, fraction.denominator)
            {
                return .expression(.rational(minus))
            }
            if case .number(let digits) = expression {
                return .expression(
                    .number(
                        digits.utf8.first == UInt8(ascii: "-")
                            ? String(digits.unicodeScalars.dropFirst()) : "-" + digits))
            }
            return .expression(.negative(expression))
        }
        return try MatrixArithmetic.product(.expression(.number("-1")), value)
    }

    private func unary(_ node: ParseNode) throws -> VerifyValue {
        if node.children[0].rule == "SIGN" {
            let operand = try unary(node.children[1])
            return ["-", "−"].contains(written(node.children[0])) ? try negated(operand) : operand
        }
        let factors = try node.children.map(postfix)
        guard var result = factors.last else { throw Unsupported() }
        for factor in factors.dropLast().reversed() { result = try juxtaposed(factor, result) }
        return result
    }

    /// A mixed number where an integer stands before a positive fraction, otherwise a product.
    private func juxtaposed(_ left: VerifyValue, _ right: VerifyValue) throws -> VerifyValue {
        if case .expression(let first) = left, case .expression(let second) = right,
            let integer = first.rational?.integer, let fraction = second.rational, fraction.numerator > 0
        {
            let sign = SmallFraction(integer < 0 ? -1 : 1)
            let signed = sign.flatMap { SmallFraction.product($0, fraction) }
            if let whole = SmallFraction(integer), let signed, let sum = SmallFraction.sum(whole, signed) {
                return .expression(.rational(sum))
            }
        }
        return try MatrixArithmetic.product(left, right)
    }

    private func postfix(_ node: ParseNode) throws -> VerifyValue {
        var result = try power(node.children[0])
        for mark in node.children.dropFirst() {
            switch mark.children[0].rule {
            case "BANG":
                guard let operand = result.expression else { throw Unsupported() }
                result = .expression(.function("factorial", [operand]))
            case "TRANSPOSE":
                if case .matrix(let rows) = result { result = .matrix(MatrixArithmetic.transposed(rows)) }
            case "DEGREE": break
            default: throw Unsupported()
            }
        }
        return result
    }

    private func power(_ node: ParseNode) throws -> VerifyValue {
        var result = try factor(node.children[0])
        for exponent in node.all("exponent") {
            result = try MatrixArithmetic.power(result, try script(exponent))
        }
        return result
    }

    func script(_ node: ParseNode) throws -> MathExpression {
        if let sum = node["sum"] { return try expression(sum) }
        guard let atom = node["atom"] else { throw Unsupported() }
        return try self.atom(atom)
    }

    private func factor(_ node: ParseNode) throws -> VerifyValue {
        let child = node.children[0]
        switch child.rule {
        case "group": return try value(child.children[1])
        case "formatted": return try value(child.children[2])
        case "absolute": return .expression(.function("abs", [try expression(child.children[1])]))
        case "floor", "ceiling": return .expression(.function(child.rule, [try expression(child.children[1])]))
        case "atom": return .expression(try atom(child))
        case "fraction":
            let sides = try child.all("sum").map(value)
            return try MatrixArithmetic.quotient(sides[0], sides[1])
        case "binomial":
            return .expression(.function("binomial", try child.all("sum").map(expression)))
        case "matrix", "determinant":
            let rows = try child.all("row").map { try $0.all("sum").map(expression) }
            guard rows.allSatisfy({ $0.count == rows[0].count }) else { throw Unsupported() }
            return child.rule == "matrix" ? .matrix(rows) : .expression(try MatrixArithmetic.determinant(rows))
        case "function": return .expression(try function(child.children[0]))
        default: throw Unsupported()
        }
    }

    func atom(_ node: ParseNode) throws -> MathExpression {
        let child = node.children[0]
        switch child.rule {
        case "scripted_symbol": return try scriptedSymbol(child)
        case "INFINITE":
            return .constant(.infinity)
        case "numeral": return try number(written(child.children[0]))
        case "E_NOTATION":
            let parts = written(child).utf8.split(separator: UInt8(ascii: "E")).map {
                String(decoding: $0, as: UTF8.self)
            }
            return .product([try number(parts[0]), .power(.number("10"), try number(parts[1]))])
        case "CAPITAL_E": return symbol("e")
        case "DIFFERENTIAL":
            let name = Scalars(written(child)).dropFirst().filter { !$0.isPythonSpace && $0 != "\\" }
            return symbol("d" + Scalars(name).text)
        // Percentages fail in the reference's parser with ANTLR 4.11.
        default: throw Unsupported()
        }
    }

    private func number(_ written: String) throws -> MathExpression {
        let digits = Scalars(written)
        guard digits.count <= 4300 else { throw Unsupported() }
        guard digits.allSatisfy(\.isASCIIDigit) else { return .number(digits.text) }
        let significant = digits.drop { $0 == "0" }
        return .number(significant.isEmpty ? "0" : Scalars(significant).text)
    }

    func symbol(_ name: String) -> MathExpression { .symbol(isReal ? name : name + " complex") }

    /// A symbol with its subscript; its exponent is a power.
    func scriptedSymbol(_ node: ParseNode) throws -> MathExpression {
        let base = try bareSymbol(node)
        return try node["exponent"].map { .power(base, try script($0)) } ?? base
    }

    func bareSymbol(_ node: ParseNode) throws -> MathExpression {
        let first = node.children[0]
        var name = Scalars(written(first)).stripped()
        if first.rule == "LETTER", name == ["I"] { return .constant(.i) }
        if first.rule == "ACCENT" {
            name = accented(name)
        } else if name.first == "\\" {
            name.removeFirst()
        }
        if name == ["π"] { name = Scalars("pi") }
        if name == ["θ"] { name = Scalars("theta") }
        if let subscripted = node["subscript"] {
            let inner = subscripted["arguments"] ?? subscripted["atom"]
            let text = Scalars(inner.map(written) ?? "").stripped()
            name += text.count > 1 ? Scalars("_{") + text + ["}"] : ["_"] + text
        }
        let lower = Scalars(name.text.lowercased())
        switch lower.text {
        case "pi": return .constant(.pi)
        case "gamma": return .constant(.eulerGamma)
        default: return symbol(lower.text)
        }
    }

    /// `\text{east}` is a symbol like the letters, `\vec{v}` one of its own.
    private func accented(_ text: Scalars) -> Scalars {
        guard let open = text.firstIndex(of: "{") else { return text }
        var accent = Scalars(text[1..<open]).stripped().text
        let inner = text[(open + 1)..<(text.count - 1)].filter { $0 != " " }
        switch accent {
        case "bar", "overline": accent = "bar"
        case "vec", "overrightarrow": accent = "vec"
        case "tilde", "widetilde": accent = "tilde"
        default:
            if Scalars(accent).has("text") || Scalars(accent).has("mbox") {
                return inner.filter { $0 != "(" && $0 != ")" }
            }
            if Scalars(accent).has("math") { accent = "math" }
        }
        return Scalars(accent) + ["{"] + inner + ["}"]
    }
}

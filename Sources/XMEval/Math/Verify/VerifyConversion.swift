// From derivations of VerifyGrammar to values. Every unsupported form throws, and the answer then counts as not parsed,
// as it does in the reference for most of them.
// SPDX-License-Identifier: Apache-2.0

struct VerifyConversion {
    struct Unsupported: Error {}

    private static let maximumTokens = 400
    private static let maximumSteps = 150_000

    private let text: Scalars
    private let tokens: [LaTeXToken]
    /// Symbols are real unless the answer looks complex.
    private let isReal: Bool

    /// The value of a normalised answer; of a chain of three or more equations that does not parse, of its last side.
    static func value(_ text: Scalars) throws -> VerifyValue {
        do { return try parsed(text) } catch {
            guard !text.contains(","), !text.contains(";") else { throw error }
            let sides = equationSides(text)
            guard sides.count > 2, let last = sides.last else { throw error }
            return try parsed(last)
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

    private static func parsed(_ text: Scalars) throws -> VerifyValue {
        guard text.count <= 4000, let tokens = VerifyLexer.tokens(text), tokens.count <= maximumTokens else {
            throw Unsupported()
        }
        var parser = GrammarParser(VerifyGrammar.grammar, tokens, steps: maximumSteps)
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

    private func written(_ node: ParseNode) -> String { Scalars(tokens[node.tokens].flatMap { text[$0.range] }).text }

    // MARK: Sets and relations

    private func assigned(_ node: ParseNode) throws -> VerifyValue {
        let name = try atomList(node.children[0])
        return .relation(sides: [name, try setOrValue(node.children[2])], [.equal])
    }

    /// `semicolons`: one value, a set, or a set of tuples.
    private func setOrValue(_ node: ParseNode) throws -> VerifyValue {
        let rows = try self.rows(node)
        if rows.count == 1 { return rows[0].count == 1 ? rows[0][0] : .set(rows[0]) }
        if rows.allSatisfy({ $0.count == 1 }) { return .set(rows.map { $0[0] }) }
        return .set(rows.map { .tuple($0) })
    }

    private func rows(_ node: ParseNode) throws -> [[VerifyValue]] {
        try node.all("commas", "plain_commas").map { row in
            try row.all("element", "plain_element").flatMap { try elements($0.children[0]) }
        }
    }

    private func elements(_ node: ParseNode) throws -> [VerifyValue] {
        switch node.rule {
        case "plus_minus":
            let sums = try node.all("sum").map(expression)
            if sums.count == 1 { return [.expression(negated(sums[0])), .expression(sums[0])] }
            return [.expression(.sum(sums)), .expression(.sum([sums[0], negated(sums[1])]))]
        case "set_atom": return [try setAtom(node)]
        case "relation": return [try relation(node)]
        default: return [try value(node)]
        }
    }

    private func relation(_ node: ParseNode) throws -> VerifyValue {
        var sides = [try value(node.children[0])]
        var relations: [VerifyValue.Relation] = []
        for index in stride(from: 1, to: node.children.count, by: 2) {
            let sign = node.children[index]
            let side = try value(node.children[index + 1])
            if sign.rule == "APPROX" {
                // A name for what it is close to; otherwise the exact side.
                if relations.isEmpty, sides[0].isOnlySymbols { sides = [side] }
                continue
            }
            relations.append(try relationSign(written(sign)))
            sides.append(side)
        }
        return relations.isEmpty ? sides[0] : .relation(sides: sides, relations)
    }

    private func relationSign(_ sign: String) throws -> VerifyValue.Relation {
        switch sign {
        case "=", "≡", "==", "\\equiv": return .equal
        case "<", "\\lt": return .less
        case "\\leq", "\\le", "\\leqslant", "≤", "<=": return .lessOrEqual
        case ">", "\\gt": return .greater
        case "\\geq", "\\ge", "\\geqslant", "≥", ">=": return .greaterOrEqual
        case "\\in": throw Unsupported()
        default: return .unequal
        }
    }

    private func setRelation(_ node: ParseNode) throws -> VerifyValue {
        guard node.all("SUBSET", "SUPSET").isEmpty else { throw Unsupported() }
        guard let list = node["atom_list"] else { return try setMinus(node.children[0]) }
        guard node["NOTIN"] == nil else { throw Unsupported() }
        return .relation(sides: [try atomList(list), try setRelation(node.children[2])], [.equal])
    }

    private func setMinus(_ node: ParseNode) throws -> VerifyValue {
        let sets = try node.all("set_union").map(setUnion)
        return sets.dropFirst().reduce(sets[0]) { .difference($0, $1) }
    }

    private func setUnion(_ node: ParseNode) throws -> VerifyValue {
        let sets = try node.all("set_intersection").map { try asSet(setIntersection($0), in: node) }
        return sets.count == 1 ? sets[0] : .union(sets)
    }

    private func setIntersection(_ node: ParseNode) throws -> VerifyValue {
        let sets = try node.all("set_group").map { group -> VerifyValue in
            let inner = try group["set_atom"].map(setAtom) ?? setMinus(group.children[1])
            return try asSet(inner, in: node)
        }
        return sets.count == 1 ? sets[0] : .intersection(sets)
    }

    /// Tuples among the operands of a set operation are sets.
    private func asSet(_ value: VerifyValue, in node: ParseNode) throws -> VerifyValue {
        guard node.children.count > 1 else { return value }
        if case .tuple(let elements) = value { return .set(elements) }
        guard value.isSet else { throw Unsupported() }
        return value
    }

    private func setAtom(_ node: ParseNode) throws -> VerifyValue {
        let atom = node.children[0]
        switch atom.rule {
        case "interval": return try interval(atom)
        case "literal_set":
            guard atom["NAMED_SET"] != nil else { return .finiteSet([]) }
            let letter = written(atom)
            guard !letter.utf8.elementsEqual("\\mathbb{P}".utf8) else { throw Unsupported() }
            return .namedSet(letter)
        case "tuple":
            let rows = try self.rows(atom.children[1])
            if rows.count == 1, rows[0].count == 1 { return rows[0][0] }
            return .tuple(rows.flatMap { $0 })
        default:
            guard let inner = atom["semicolons"] else { throw Unsupported() }
            return atom["BOXED"] != nil ? try setOrValue(inner) : .set(try rows(inner).flatMap { $0 })
        }
    }

    /// An interval; a tuple where it would be empty.
    private func interval(_ node: ParseNode) throws -> VerifyValue {
        let ends = try node.all("sum").map(expression)
        let isOpen = { (bracket: ParseNode) in !["L_BRACKET", "L_BRACK", "R_BRACKET", "R_BRACK"].contains(bracket.rule)
        }
        var (leftOpen, rightOpen) = (isOpen(node.children[0]), isOpen(node.children[4]))
        if ends[0].isNegativeInfinity { leftOpen = true }
        if ends[1] == .constant(.infinity) { rightOpen = true }
        guard let order = ExpressionEvaluator.order(ends[0], ends[1]) else {
            // Only of real ends is there an interval.
            guard isReal else { throw Unsupported() }
            return .interval(ends[0], ends[1], leftOpen: leftOpen, rightOpen: rightOpen)
        }
        let isTuple = leftOpen && rightOpen ? order >= 0 : !leftOpen && !rightOpen ? order > 0 : false
        if isTuple { return .tuple(ends.map { .expression($0) }) }
        if order > 0 || order == 0 && (leftOpen || rightOpen) { return .finiteSet([]) }
        if order == 0 { return .finiteSet([.expression(ends[0])]) }
        return .interval(ends[0], ends[1], leftOpen: leftOpen, rightOpen: rightOpen)
    }

    private func atomList(_ node: ParseNode) throws -> VerifyValue {
        let symbols = try node.all("scripted_symbol").map { VerifyValue.expression(try scriptedSymbol($0)) }
        return symbols.count == 1 ? symbols[0] : .tuple(symbols)
    }

    // MARK: Expressions

    private func expression(_ node: ParseNode) throws -> MathExpression {
        guard let expression = try value(node).expression else { throw Unsupported() }
        return expression
    }

    /// `sum`: an expression or a matrix.
    private func value(_ node: ParseNode) throws -> VerifyValue {
        var result = try product(node.children[0])
        for index in stride(from: 2, to: node.children.count, by: 2) {
            let term = try product(node.children[index])
            let isMinus = ["-", "−"].contains(written(node.children[index - 1]))
            result = try MatrixArithmetic.sum(result, isMinus ? negated(term) : term)
        }
        return result
    }

    private func product(_ node: ParseNode) throws -> VerifyValue {
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

    private func negated(_ expression: MathExpression) -> MathExpression {
        guard case .expression(let result)? = try? negated(.expression(expression)) else {
            return .negative(expression)
        }
        return result
    }

    private func negated(_ value: VerifyValue) throws -> VerifyValue {
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

    private func script(_ node: ParseNode) throws -> MathExpression {
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

    private func atom(_ node: ParseNode) throws -> MathExpression {
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

    private func symbol(_ name: String) -> MathExpression { .symbol(isReal ? name : name + " complex") }

    /// A symbol with its subscript; its exponent is a power.
    private func scriptedSymbol(_ node: ParseNode) throws -> MathExpression {
        let base = try bareSymbol(node)
        return try node["exponent"].map { .power(base, try script($0)) } ?? base
    }

    private func bareSymbol(_ node: ParseNode) throws -> MathExpression {
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

    // MARK: Functions

    private func function(_ node: ParseNode) throws -> MathExpression {
        switch node.rule {
        case "named": return try named(node)
        case "several":
            let arguments = try node["arguments"].map { try $0.all("sum").map(expression) } ?? []
            let name = String(written(node.children[0]).unicodeScalars.dropFirst())
            return try raised(.function(name, arguments), node)
        case "applied":
            guard case .symbol(let name) = try bareSymbol(node.children[0]), let inner = node["applied_to"] else {
                throw Unsupported()
            }
            var arguments = try inner.all("sum").map(expression)
            if let atom = inner["atom"] { arguments.append(try self.atom(atom)) }
            if let more = inner["arguments"] { arguments += try more.all("sum").map(expression) }
            return try raised(.function("\\" + name, arguments), node)
        case "root":
            let parts = try node.all("sum").map(expression)
            return .root(parts[parts.count - 1], parts.count == 2 ? parts[0] : .number("2"))
        case "exponential":
            guard let exponent = node["exponent"] else { return .constant(.e) }
            return .power(.constant(.e), try script(exponent))
        case "series":
            guard let range = node["start"]?["equality"], let end = node["exponent"], let body = node["product"],
                case .symbol(let variable) = try expression(range.children[0])
            else { throw Unsupported() }
            let name = node.children[0].rule == "SUM" ? "series_sum" : "series_product"
            guard let inner = try product(body).expression else { throw Unsupported() }
            return .function(
                name, [.symbol(variable), try expression(range.children[2]), try script(end), inner])
        default:
            // Integrals and limits are equal where they are written alike.
            return .function(node.rule, [.symbol(written(node))])
        }
    }

    private func raised(_ function: MathExpression, _ node: ParseNode) throws -> MathExpression {
        guard let exponent = try node["exponent"].map(script), exponent != .number("0") else { return function }
        return .power(function, exponent)
    }

    private func named(_ node: ParseNode) throws -> MathExpression {
        let value = try node["sum"].map(self.value) ?? node["plain_product"].map(product)
        let first = node.children[0]
        var name = String(written(first).unicodeScalars.dropFirst())
        if let operatorName = first["OPERATOR"] { name = written(operatorName) }
        if name == "det" {
            guard case .matrix(let rows)? = value else { throw Unsupported() }
            return try MatrixArithmetic.determinant(rows)
        }
        guard let argument = value?.expression else { throw Unsupported() }
        for prefix in ["arc", "ar"] where Scalars(name).matches(prefix, at: 0) {
            name = "a" + String(name.unicodeScalars.dropFirst(prefix.utf8.count))
            break
        }
        let exponent = try node["exponent"].map(script)
        switch name {
        case "log":
            return try raised(
                .function("log", [argument, try node["subscript"].map(subscriptValue) ?? .number("10")]), node)
        case "ln":
            return try raised(
                .function("log", [argument] + (try node["subscript"].map { [try subscriptValue($0)] } ?? [])), node)
        case "ceil": name = "ceiling"
        case "gamma", "Gamma": name = "gamma"
        case "sin", "cos", "tan", "csc", "sec", "cot", "sinh", "cosh", "tanh":
            if exponent == .number("-1") { return .function("a" + name, [argument]) }
        default: break
        }
        return try raised(.function(name, [argument]), node)
    }

    private func subscriptValue(_ node: ParseNode) throws -> MathExpression {
        if let atom = node["atom"] { return try self.atom(atom) }
        guard let arguments = node["arguments"], arguments.children.count == 1 else { throw Unsupported() }
        return try expression(arguments.children[0])
    }
}

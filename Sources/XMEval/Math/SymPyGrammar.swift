// The LaTeX that SymPy's parse_latex (its ANTLR backend) reads, written as our own grammar, and its tokens. What it
// refuses matters as much as what it takes: under the paper's rule an answer that does not parse is wrong.
// Next: SymPyLaTeX.swift, which makes expressions of derivations.
// SPDX-License-Identifier: Apache-2.0

enum SymPyGrammar {
    /// Operators of equal rank associate to the left. `plain` rules are arguments of `\sin x`, without functions after
    /// the first factor: `\sin x \cos y` is a product of two functions.
    static let grammar = Grammar(
        """
        relation = sum (RELATION sum | EQUAL sum)* ;
        sum = product (SIGN product)* ;
        product = unary (TIMES unary | OVER unary)* ;
        plain_product = plain_unary (TIMES plain_unary | OVER plain_unary)* ;
        unary = SIGN unary | postfix+ ;
        plain_unary = SIGN plain_unary | postfix plain_postfix* ;
        postfix = power (BANG | evaluation)* ;
        plain_postfix = plain_power (BANG | evaluation)* ;
        evaluation = BAR (above | below | above below) ;
        above = CARET L_BRACE (sum | equality) R_BRACE ;
        below = UNDERSCORE L_BRACE (sum | equality) R_BRACE ;
        equality = sum EQUAL sum ;
        power = factor (exponent subscript?)* ;
        plain_power = plain_factor (exponent subscript?)* ;
        exponent = CARET (atom | L_BRACE sum R_BRACE) ;
        subscript = UNDERSCORE (atom | L_BRACE sum R_BRACE) ;
        factor = group | absolute | function | atom | floor | ceiling ;
        plain_factor = group | absolute | atom | floor | ceiling ;
        group = L_PAREN sum R_PAREN | L_BRACKET sum R_BRACKET | L_BRACE sum R_BRACE
            | L_BRACE_LITERAL sum R_BRACE_LITERAL ;
        absolute = BAR sum BAR ;
        floor = L_FLOOR sum R_FLOOR ;
        ceiling = L_CEIL sum R_CEIL ;

        atom = symbol | NUMBER | DIFFERENTIAL | italic | fraction | binomial | bra | ket ;
        symbol = (LETTER | SYMBOL) (subscript? QUOTES? | QUOTES? subscript?) ;
        italic = MATHIT L_BRACE LETTER* R_BRACE ;
        fraction = FRAC (DIGIT | L_BRACE sum R_BRACE) (DIGIT | L_BRACE sum R_BRACE) ;
        binomial = BINOM L_BRACE sum R_BRACE L_BRACE sum R_BRACE ;
        bra = L_ANGLE sum (R_BAR | BAR) ;
        ket = (L_BAR | BAR) sum R_ANGLE ;

        function = named | applied | integral | root | overline | series | limit ;
        named = NAMED (split_subscript? split_exponent? | split_exponent? split_subscript?)
            (L_PAREN arguments R_PAREN | plain_product) ;
        split_exponent = CARET (atom | L_BRACE sum R_BRACE | SOME_DIGITS) ;
        split_subscript = UNDERSCORE (atom | L_BRACE sum R_BRACE | SOME_DIGITS) ;
        arguments = sum (COMMA sum)* ;
        applied = symbol L_PAREN arguments R_PAREN ;
        integral = INT (subscript exponent | exponent subscript)? (sum? DIFFERENTIAL | fraction | sum) ;
        root = SQRT (L_BRACKET sum R_BRACKET)? L_BRACE sum R_BRACE ;
        overline = OVERLINE L_BRACE sum R_BRACE ;
        series = (SUM | PROD) (start split_exponent | split_exponent start) product ;
        start = UNDERSCORE L_BRACE equality R_BRACE ;
        limit = LIM UNDERSCORE L_BRACE (LETTER | SYMBOL) TO sum
            (CARET (L_BRACE SIGN R_BRACE | SIGN))? R_BRACE product ;
        """,
        tokens: tokenNames, ends: ends)

    /// NUMBER is a run of digits with its groups and decimals, SOME_DIGITS any beginning of a run of digits.
    static let tokenNames = [
        "NUMBER", "SOME_DIGITS", "DIGIT", "POINT", "COMMA", "LETTER", "SYMBOL", "DIFFERENTIAL", "QUOTES", "SIGN",
        "TIMES", "OVER", "BANG", "BAR", "L_BAR", "R_BAR", "CARET", "UNDERSCORE", "RELATION", "EQUAL", "L_PAREN",
        "R_PAREN", "L_BRACKET", "R_BRACKET", "L_BRACE", "R_BRACE", "L_BRACE_LITERAL", "R_BRACE_LITERAL", "L_ANGLE",
        "R_ANGLE", "L_FLOOR", "R_FLOOR", "L_CEIL", "R_CEIL", "FRAC", "BINOM", "MATHIT", "NAMED", "INT", "SQRT",
        "OVERLINE", "SUM", "PROD", "LIM", "TO",
    ]

    static let namedFunctions: [String] = [
        "exp", "log", "lg", "ln", "sin", "cos", "tan", "csc", "sec", "cot", "arcsin", "arccos", "arctan", "arccsc",
        "arcsec", "arccot", "sinh", "cosh", "tanh", "arsinh", "arcosh", "artanh",
    ]

    private static let commands: [String: String] = {
        var commands = [
            "langle": "L_ANGLE", "rangle": "R_ANGLE", "lim": "LIM", "int": "INT", "sum": "SUM", "prod": "PROD",
            "lfloor": "L_FLOOR", "rfloor": "R_FLOOR", "lceil": "L_CEIL", "rceil": "R_CEIL", "sqrt": "SQRT",
            "overline": "OVERLINE", "times": "TIMES", "cdot": "TIMES", "div": "OVER", "mathit": "MATHIT",
        ]
        for name in namedFunctions { commands[name] = "NAMED" }
        for name in ["frac", "dfrac", "tfrac"] { commands[name] = "FRAC" }
        for name in ["binom", "dbinom", "tbinom"] { commands[name] = "BINOM" }
        for name in ["neq", "leq", "le", "leqq", "leqslant", "geq", "ge", "geqq", "geqslant"] {
            commands[name] = "RELATION"
        }
        for name in ["to", "rightarrow", "Rightarrow", "longrightarrow", "Longrightarrow"] { commands[name] = "TO" }
        return commands
    }()

    /// Skipped like white space, as are the delimiters' `\left` and `\right`.
    private static let skippedCommands: Set<String> = [
        "thinspace", "medspace", "thickspace", "quad", "qquad", "negthinspace", "negmedspace", "negthickspace", "left",
        "right", "vrule", "vcenter", "vbox", "vskip", "vspace", "hfil",
    ]
    private static let skippedSigns = Scalars(",:;!*-./\"(=")

    private static let signs: [Unicode.Scalar: String] = [
        "+": "SIGN", "-": "SIGN", "*": "TIMES", "/": "OVER", ":": "OVER", "(": "L_PAREN", ")": "R_PAREN",
        "{": "L_BRACE", "}": "R_BRACE", "[": "L_BRACKET", "]": "R_BRACKET", "|": "BAR", "_": "UNDERSCORE",
        "^": "CARET", "<": "RELATION", ">": "RELATION", "!": "BANG", ",": "COMMA", ".": "POINT",
    ]

    static func kind(_ token: LaTeXToken) -> String { token.kind < 0 ? "" : tokenNames[token.kind] }

    private static let kinds: [String: Int] = Dictionary(
        uniqueKeysWithValues: tokenNames.enumerated().map { ($1, $0) })

    /// Digits, groups of three behind a comma, decimals. A point without a digit behind it is an error of the last
    /// digit, before which SymPy's parser stops, having taken every digit for a number: `123.` is 1 · 2.
    @Sendable private static func ends(_ kind: Int, _ tokens: [LaTeXToken], _ start: Int) -> [Int] {
        let digit = kinds["DIGIT"]
        func isDigit(_ index: Int) -> Bool { index < tokens.count && tokens[index].kind == digit }
        func digitsEnd(_ from: Int) -> Int { (from...tokens.count).first { !isDigit($0) } ?? tokens.count }
        guard kind == kinds["NUMBER"] || kind == kinds["SOME_DIGITS"] else {
            return Grammar.singleEnd(kind, tokens, start)
        }
        let run = digitsEnd(start)
        guard run > start else { return [] }
        if kind == kinds["SOME_DIGITS"] { return Array((start + 1)...run).reversed() }
        var end = run
        while end < tokens.count, tokens[end].kind == kinds["COMMA"], (1...3).allSatisfy({ isDigit(end + $0) }) {
            end += 4
        }
        if end < tokens.count, tokens[end].kind == kinds["POINT"] {
            if isDigit(end + 1) {
                // The last of several decimals belongs to what follows where a second point comes: 1.2 · 3.5.
                let decimals = digitsEnd(end + 1)
                let isPoint = decimals < tokens.count && tokens[decimals].kind == kinds["POINT"]
                return [isPoint && decimals > end + 2 ? decimals - 1 : decimals]
            }
            if end > run { return [run] }
            return run > start + 1 ? [start + 1] : []
        }
        return [end]
    }

    /// Tokens up to the end or to the first text that is none. The longest match wins.
    static func tokens(_ text: Scalars) -> [LaTeXToken] {
        var tokens: [LaTeXToken] = []
        var index = 0
        while index < text.count {
            guard let (kind, end) = next(text, index) else {
                tokens.append(LaTeXToken(kind: LaTeXToken.unknown, range: index..<(index + 1)))
                return tokens
            }
            if let kind { tokens.append(LaTeXToken(kind: kinds[kind] ?? 0, range: index..<end)) }
            index = end
        }
        return tokens
    }

    /// The token at the position, with no kind where it is skipped; nil where there is none.
    private static func next(_ text: Scalars, _ start: Int) -> (kind: String?, end: Int)? {
        let scalar = text[start]
        func spacesEnd(_ from: Int) -> Int { text[from...].firstIndex { !isSpace($0) } ?? text.count }
        switch scalar {
        case _ where isSpace(scalar): return (nil, spacesEnd(start))
        case "\\": return command(text, start)
        case _ where scalar.isASCIIDigit: return ("DIGIT", start + 1)
        case "'": return ("QUOTES", text[start...].firstIndex { $0 != "'" } ?? text.count)
        case "d":
            // `d x`, `dx`, `d\theta`: a differential.
            let letter = spacesEnd(start + 1)
            guard letter < text.count else { return ("LETTER", start + 1) }
            if text[letter].isASCIILetter { return ("DIFFERENTIAL", letter + 1) }
            let name = text[(letter + 1)...].prefix { $0.isASCIILetter }
            if text[letter] == "\\", !name.isEmpty { return ("DIFFERENTIAL", name.endIndex) }
            return ("LETTER", start + 1)
        case _ where scalar.isASCIILetter: return ("LETTER", start + 1)
        case "=":
            let mark = spacesEnd(start + 1)
            return ("EQUAL", mark < text.count && text[mark] == "&" ? mark + 1 : start + 1)
        case "&":
            let equal = spacesEnd(start + 1)
            return equal < text.count && text[equal] == "=" ? ("EQUAL", equal + 1) : nil
        default: return signs[scalar].map { ($0, start + 1) }
        }
    }

    private static func command(_ text: Scalars, _ start: Int) -> (kind: String?, end: Int)? {
        let letters = text[(start + 1)...].prefix { $0.isASCIILetter }
        let end = letters.endIndex
        guard !letters.isEmpty else {
            guard end < text.count else { return nil }
            switch text[end] {
            case "{": return ("L_BRACE_LITERAL", end + 1)
            case "}": return ("R_BRACE_LITERAL", end + 1)
            case let sign: return skippedSigns.contains(sign) ? (nil, end + 1) : nil
            }
        }
        let name = Scalars(letters).text
        let hasBar = end < text.count && text[end] == "|"
        if hasBar, name == "left" { return ("L_BAR", end + 1) }
        if hasBar, name == "right" { return ("R_BAR", end + 1) }
        if name == "int", text.matches("\\limits", at: end) { return ("INT", end + 7) }
        if skippedCommands.contains(name) { return (nil, end) }
        return (commands[name] ?? "SYMBOL", end)
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { [" ", "\t", "\r", "\n"].contains(scalar) }
}

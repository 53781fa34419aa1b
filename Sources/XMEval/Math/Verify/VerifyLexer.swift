// Tokens of VerifyGrammar: at every place the longest that matches, which is why `^T` is a transposition, `tr` a word
// and `e` the base of the natural logarithm.
// SPDX-License-Identifier: Apache-2.0

enum VerifyLexer {
    private static let kinds: [String: Int] = Dictionary(
        uniqueKeysWithValues: VerifyGrammar.tokenNames.enumerated().map { ($1, $0) })

    static func kind(_ name: String) -> Int { kinds[name] ?? LaTeXToken.unknown }

    /// Nil where some text is no token.
    static func tokens(_ text: Scalars) -> [LaTeXToken]? {
        var tokens: [LaTeXToken] = []
        var index = 0
        while index < text.count {
            guard let (kind, end) = next(text, index) else { return nil }
            if let kind { tokens.append(LaTeXToken(kind: self.kind(kind), range: index..<end)) }
            index = end
        }
        return tokens
    }

    private static func next(_ text: Scalars, _ start: Int) -> (kind: String?, end: Int)? {
        let scalar = text[start]
        if [" ", "\t", "\r", "\n"].contains(scalar) { return (nil, start + 1) }
        if scalar == "\\" { return command(text, start) }
        if scalar.isASCIIDigit || scalar == "." { return number(text, start) }
        if scalar == "d" {
            let letter = text[(start + 1)...].firstIndex { ![" ", "\t", "\r", "\n"].contains($0) } ?? text.count
            if letter < text.count, text[letter].isASCIILetter {
                return word(text, start) ?? ("DIFFERENTIAL", letter + 1)
            }
            if letter < text.count, text[letter] == "\\" {
                let name = text[(letter + 1)...].prefix(while: \.isASCIILetter)
                if !name.isEmpty { return ("DIFFERENTIAL", name.endIndex) }
            }
        }
        if scalar.isASCIILetter {
            if let word = word(text, start) { return word }
            return (scalar == "e" ? "SMALL_E" : scalar == "E" ? "CAPITAL_E" : "LETTER", start + 1)
        }
        return signs.first { text.matches($0.text, at: start) }.map { ($0.kind, start + $0.text.unicodeScalars.count) }
    }

    /// Names of operators, which are words also where no `\operatorname` precedes them.
    private static func word(_ text: Scalars, _ start: Int) -> (kind: String?, end: Int)? {
        let run = text[start...].prefix(while: \.isASCIILetter)
        guard run.count > 1 else { return nil }
        let longest = words.filter { text.matches($0.key, at: start) }.max { $0.key.utf8.count < $1.key.utf8.count }
        return longest.map { ($0.value, start + $0.key.utf8.count) }
    }

    private static let words: [String: String] = {
        var words: [String: String] = [:]
        for name in ["arsinh", "arcsinh", "arcosh", "arccosh", "artanh", "arctanh", "floor", "ceil"] {
            words[name] = "OPERATOR"
        }
        for name in [
            "gcd", "lcm", "eye", "zeros", "ones", "cols", "rows", "diag", "norm", "rank", "trace", "tr", "rref",
            "hstack", "vstack", "orth", "ortho", "orthogonal", "orthogonalize", "nullspace", "eig", "eigen",
            "diagonalize", "eigenvals", "eigenvalues", "eigenvects", "eigenvectors", "svd", "SVD", "matrix", "pmatrix",
            "bmatrix", "vmatrix",
        ] {
            words[name] = "UNUSED"
        }
        return words
    }()

    private static func number(_ text: Scalars, _ start: Int) -> (kind: String?, end: Int)? {
        func digitsEnd(_ from: Int) -> Int { text[from...].firstIndex { !$0.isASCIIDigit } ?? text.count }
        var end = digitsEnd(start)
        if end < text.count, text[end] == ".", digitsEnd(end + 1) > end + 1 { end = digitsEnd(end + 1) }
        guard end > start else { return nil }
        if text.matches("E", at: end) {
            let exponent = end + 1 < text.count && ["+", "-"].contains(text[end + 1]) ? end + 2 : end + 1
            let last = exponent <= text.count ? digitsEnd(exponent) : exponent
            if last > exponent { return ("E_NOTATION", last) }
        }
        let percent = end < text.count && text[end].isPythonSpace ? end + 1 : end
        for sign in ["\\%", "%"] where text.matches(sign, at: percent) {
            return ("PERCENT_NUMBER", percent + sign.unicodeScalars.count)
        }
        return ("NUMBER", end)
    }

    private static func command(_ text: Scalars, _ start: Int) -> (kind: String?, end: Int)? {
        let letters = text[(start + 1)...].prefix(while: \.isASCIILetter)
        let end = letters.endIndex
        guard !letters.isEmpty else {
            return signs.first { text.matches($0.text, at: start) }.map {
                ($0.kind, start + $0.text.unicodeScalars.count)
            }
        }
        let name = Scalars(letters).text
        if let set = namedSets.first(where: { text.matches($0, at: start) }) {
            return ("NAMED_SET", start + set.utf8.count)
        }
        if accents.contains(name), let accent = braced(text, end) { return ("ACCENT", accent) }
        if name == "begin" || name == "end" { return environment(text, start, end, isStart: name == "begin") }
        if let other = symbols[name] { return (other, text.matches(" ", at: end) ? end + 1 : end) }
        if name == "gamma" || name == "Gamma" {
            return text.matches(" ", at: end) ? ("GREEK", end + 1) : ("GAMMA", end)
        }
        if name == "infty", text.matches("\\%", at: end) || text.matches("%", at: end) {
            return ("INFINITE", text[end] == "%" ? end + 1 : end + 2)
        }
        if name == "not", text.matches("\\equiv", at: end) { return ("COMPARISON", end + 6) }
        if name == "lbrace" || name == "rbrace" {
            if text.matches("\\lbrace\\rbrace", at: start) { return ("EMPTY_SET", start + 14) }
        }
        if skipped.contains(name) { return (nil, end) }
        return commands[name].map { ($0, end) }
    }

    /// `\text{…}` and the like, up to the first closing brace.
    private static func braced(_ text: Scalars, _ end: Int) -> Int? {
        let open = end < text.count && [" ", "\t", "\r", "\n"].contains(text[end]) ? end + 1 : end
        guard text.matches("{", at: open) else { return nil }
        return text[open...].firstIndex(of: "}").map { $0 + 1 }
    }

    private static func environment(
        _ text: Scalars, _ start: Int, _ end: Int, isStart: Bool
    ) -> (kind: String?, end: Int)? {
        for name in ["matrix", "pmatrix", "bmatrix"] where text.matches("{\(name)}", at: end) {
            return (isStart ? "MATRIX_START" : "MATRIX_END", end + name.utf8.count + 2)
        }
        if text.matches("{vmatrix}", at: end) { return (isStart ? "DET_START" : "DET_END", end + 9) }
        guard text.matches("{array}", at: end) else { return nil }
        guard isStart else { return ("ARRAY_END", end + 7) }
        guard text.matches("{", at: end + 7) else { return nil }
        let close = text[(end + 8)...].firstIndex { !["c", "l", "r"].contains($0) }
        guard let close, text[close] == "}" else { return nil }
        return ("ARRAY_START", close + 1)
    }

    private static let namedSets = ["N", "Z", "Q", "R", "C", "P"].map { "\\mathbb{\($0)}" }

    private static let accents: Set<String> = [
        "acute", "bar", "overline", "breve", "check", "widecheck", "dot", "ddot", "grave", "hat", "tilde", "widetilde",
        "vec", "overrightarrow", "bm", "boldsymbol", "text", "textit", "textbf", "textnormal", "mathbb", "mathbin",
        "mathbf", "mathcal", "mathclap", "mathclose", "mathfrak", "mathinner", "mathit", "mathnormal", "mathop",
        "mathopen", "mathord", "mathpunct", "mathrel", "mathring", "mathrlap", "mathrm", "mathscr", "mathsf", "mathtt",
        "mbox",
    ]

    private static let skipped: Set<String> = [
        "thinspace", "medspace", "thickspace", "quad", "qquad", "negthinspace", "negmedspace", "negthickspace", "vrule",
        "vcenter", "vbox", "vskip", "vspace", "hfil",
    ]

    /// Symbols; a space behind one belongs to it.
    private static let symbols: [String: String] = {
        var symbols: [String: String] = [:]
        for name in [
            "alpha", "beta", "delta", "Delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "Theta", "vartheta",
            "iota", "kappa", "lambda", "Lambda", "mu", "nu", "xi", "Xi", "omicron", "pi", "Pi", "varpi", "rho",
            "varrho", "sigma", "Sigma", "varsigma", "tau", "upsilon", "Upsilon", "phi", "Phi", "varphi", "chi", "psi",
            "Psi", "omega", "Omega",
        ] {
            symbols[name] = "GREEK"
        }
        for name in [
            "Bbbk", "wp", "nabla", "bigstar", "angle", "nexists", "diagdown", "measuredangle", "eth", "diagup",
            "sphericalangle", "clubsuit", "varnothing", "Diamond", "complement", "diamondsuit", "imath", "Finv",
            "triangledown", "heartsuit", "jmath", "Game", "triangle", "spadesuit", "ell", "hbar", "vartriangle",
            "hslash", "blacklozenge", "lozenge", "blacksquare", "mho", "blacktriangle", "sharp", "prime", "Im", "flat",
            "square", "backprime", "Re", "natural", "surd", "circledS",
        ] {
            symbols[name] = "OTHER"
        }
        return symbols
    }()

    private static let commands: [String: String] = {
        var commands = [
            "over": "OVER", "times": "TIMES", "cdot": "TIMES", "div": "OVER", "mod": "MOD", "infty": "INFINITE",
            "lgroup": "L_GROUP", "rgroup": "R_GROUP", "lbrace": "L_BRACE_CMD", "rbrace": "R_BRACE_CMD",
            "lbrack": "L_BRACK", "rbrack": "R_BRACK", "phantom": "PHANTOM", "boxed": "BOXED", "lvert": "L_VERT",
            "rvert": "R_VERT", "vert": "VERT", "lfloor": "L_FLOOR", "rfloor": "R_FLOOR", "llcorner": "L_FLOOR",
            "lrcorner": "R_FLOOR", "lceil": "L_CEIL", "rceil": "R_CEIL", "ulcorner": "L_CEIL", "urcorner": "R_CEIL",
            "lim": "LIM", "int": "INT", "sum": "SUM", "prod": "PROD", "sqrt": "SQRT", "choose": "CHOOSE",
            "operatorname": "OPERATORNAME", "in": "IN", "notin": "NOTIN", "subseteq": "SUBSET", "supseteq": "SUPSET",
            "cup": "UNION", "cap": "INTERSECTION", "setminus": "SET_MINUS", "pm": "PLUS_MINUS", "mp": "PLUS_MINUS",
            "emptyset": "EMPTY_SET", "equiv": "EQUIV", "approx": "APPROX", "exponentialE": "SMALL_E",
        ]
        for name in [
            "log", "ln", "exp", "sin", "cos", "tan", "csc", "sec", "cot", "arcsin", "arccos", "arctan", "arccsc",
            "arcsec", "arccot", "sinh", "cosh", "tanh", "arsinh", "arcosh", "artanh", "arcsinh", "arccosh", "arctanh",
            "floor", "ceil", "det",
        ] {
            commands[name] = "NAMED"
        }
        for name in ["gcd", "lcm", "max", "min"] { commands[name] = "SEVERAL" }
        for name in ["frac", "dfrac", "tfrac", "cfrac"] { commands[name] = "FRAC" }
        for name in ["binom", "dbinom", "tbinom"] { commands[name] = "BINOM" }
        for name in ["lt", "leq", "le", "leqslant", "gt", "geq", "ge", "geqslant", "ne", "neq"] {
            commands[name] = "COMPARISON"
        }
        for name in ["to", "rightarrow", "Rightarrow", "longrightarrow", "Longrightarrow"] { commands[name] = "TO" }
        return commands
    }()

    /// Longer signs come before their beginnings. No kind: skipped.
    private static let signs: [(text: String, kind: String?)] = [
        ("^{\\\\top}", "TRANSPOSE"), ("^{\\circle}", "DEGREE"), ("^{\\degree}", "DEGREE"), ("^{\\circ}", "DEGREE"),
        ("^{T}", "TRANSPOSE"), ("^{°}", "DEGREE"), ("^\\circle", "DEGREE"), ("^\\degree", "DEGREE"),
        ("^\\circ", "DEGREE"), ("^T", "TRANSPOSE"), ("^°", "DEGREE"), ("'", "TRANSPOSE"), ("^", "CARET"),
        ("_", "UNDERSCORE"), ("\\{\\}", "EMPTY_SET"), ("\\{", "L_BRACE_VISUAL"), ("\\}", "R_BRACE_VISUAL"),
        ("\\(", "L_PAREN_VISUAL"), ("\\)", "R_PAREN_VISUAL"), ("\\|", "NORM"), ("\\\\", "ROW"),
        ("\\$\\infty", "INFINITE"), ("\\$", nil), ("\\,", nil), ("\\:", nil), ("\\;", nil), ("\\!", nil),
        ("!==", "COMPARISON"), ("!=", "COMPARISON"), ("!", "BANG"), ("==", "EQUIV"), ("~=", "APPROX"),
        ("<->", "UNUSED"), ("<=>", "UNUSED"), ("<=", "COMPARISON"), (">=", "COMPARISON"), ("<", "COMPARISON"),
        (">", "COMPARISON"), ("≤", "COMPARISON"), ("≥", "COMPARISON"), ("≠", "COMPARISON"), ("≈", "APPROX"),
        ("=", "ASSIGN"), ("≡", "ASSIGN"), ("+", "SIGN"), ("-", "SIGN"), ("−", "SIGN"), ("*", "TIMES"), ("×", "TIMES"),
        ("⋅", "TIMES"), ("∗", "TIMES"), ("∙", "TIMES"), ("/", "OVER"), ("÷", "OVER"), ("∕", "OVER"), (":", "OVER"),
        ("(", "L_PAREN"), (")", "R_PAREN"), ("{", "L_BRACE"), ("}", "R_BRACE"), ("[", "L_BRACKET"),
        ("]", "R_BRACKET"), ("|", "BAR"), ("&", "COLUMN"), (",", "COMMA"), (";", "SEMICOLON"), ("π", "GREEK"),
        ("θ", "GREEK"), ("∪", "UNION"), ("∩", "INTERSECTION"), ("∖", "SET_MINUS"), ("±", "PLUS_MINUS"),
        ("∓", "PLUS_MINUS"), ("∅", "EMPTY_SET"), ("∉", "NOTIN"), ("⊆", "SUBSET"), ("⊇", "SUPSET"), ("ℕ", "NAMED_SET"),
        ("ℤ", "NAMED_SET"), ("ℚ", "NAMED_SET"), ("ℝ", "NAMED_SET"), ("ℂ", "NAMED_SET"),
    ]
}

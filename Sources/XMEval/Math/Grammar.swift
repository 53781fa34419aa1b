// A context-free grammar, read from a text in EBNF. Both LaTeX grammars of the reference checkers are ambiguous (`x(2)`
// is a product and a function call) and are resolved by order: of two derivations, the one that takes the earlier
// alternative, or goes round a loop once more, at the first place where they differ. That is what ANTLR's ALL(*) does
// with a text that has a derivation; SymPyLaTeX.swift says what it does with others. Next: GrammarParser.swift.
// SPDX-License-Identifier: Apache-2.0

/// `Token` kinds are written in capitals, rules in small letters: `sum = product (SIGN product)* ;`.
struct Grammar: Sendable {
    indirect enum Pattern: Sendable {
        case token(Int)
        case rule(Int)
        case sequence([Pattern])
        case choice([Pattern])
        /// One round at most.
        case optional(Pattern)
        case loop(Pattern)
    }

    /// Of rules; the first is where parsing begins. Undefined small-letter names are an error of the programmer.
    let ruleNames: [String]
    let rules: [Pattern]
    let tokenNames: [String]
    /// Where a token that begins at the position may end, the preferred end first. A number is several tokens.
    let ends: @Sendable (_ kind: Int, _ tokens: [LaTeXToken], _ start: Int) -> [Int]

    init(
        _ text: String, tokens: [String], ends: @escaping @Sendable (Int, [LaTeXToken], Int) -> [Int] = Self.singleEnd
    ) {
        var words = Self.words(text)[...]
        var names: [String] = []
        for (index, word) in words.enumerated() where word == "=" { names.append(words[index - 1]) }
        var patterns: [Pattern] = []
        while !words.isEmpty {
            words = words.dropFirst(2)
            patterns.append(Self.choice(&words, names, tokens))
            precondition(words.popFirst() == ";", "rule \(names[patterns.count - 1]) does not end with a semicolon")
        }
        ruleNames = names
        rules = patterns
        tokenNames = tokens
        self.ends = ends
    }

    @Sendable static func singleEnd(_ kind: Int, _ tokens: [LaTeXToken], _ start: Int) -> [Int] {
        start < tokens.count && tokens[start].kind == kind ? [start + 1] : []
    }

    func token(_ name: String) -> Int {
        guard let index = tokenNames.firstIndex(of: name) else { preconditionFailure("no token \(name)") }
        return index
    }

    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCIILetter || scalar == "_" {
                word.unicodeScalars.append(scalar)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = ""
            if !scalar.isPythonSpace { words.append(String(scalar)) }
        }
        return words
    }

    private static func choice(_ words: inout ArraySlice<String>, _ names: [String], _ tokens: [String]) -> Pattern {
        var alternatives = [sequence(&words, names, tokens)]
        while words.first == "|" {
            words.removeFirst()
            alternatives.append(sequence(&words, names, tokens))
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private static func sequence(_ words: inout ArraySlice<String>, _ names: [String], _ tokens: [String]) -> Pattern {
        var items: [Pattern] = []
        while let word = words.first, ![";", "|", ")"].contains(word) {
            words.removeFirst()
            var item: Pattern
            if word == "(" {
                item = choice(&words, names, tokens)
                words.removeFirst()
            } else if let rule = names.firstIndex(of: word) {
                item = .rule(rule)
            } else if let token = tokens.firstIndex(of: word) {
                item = .token(token)
            } else {
                preconditionFailure("the grammar has neither a rule nor a token \(word)")
            }
            switch words.first {
            case "?": item = .optional(item)
            case "*": item = .loop(item)
            case "+": item = .sequence([item, .loop(item)])
            default:
                items.append(item)
                continue
            }
            words.removeFirst()
            items.append(item)
        }
        return items.count == 1 ? items[0] : .sequence(items)
    }
}

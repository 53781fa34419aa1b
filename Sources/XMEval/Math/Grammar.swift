// A context-free grammar, read from a text in EBNF, and its parser. Both LaTeX grammars of the reference checkers are
// ambiguous (`x(2)` is a product and a function call) and are resolved by order: of two derivations, the one that takes
// the earlier alternative, or goes round a loop once more, at the first place where they differ. The parser therefore
// keeps, for every rule and position, one derivation per end position, in that order. It needs O(n³) steps at most,
// and a step limit.
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

/// A token: its kind as the grammar numbers it, and where it stands in the text.
struct LaTeXToken {
    /// Of a text that no token matches; the parser ends here.
    static let unknown = -1

    var kind: Int
    var range: Range<Int>
}

/// A node of a derivation: a rule with its parts, or a token.
final class ParseNode {
    let rule: String
    let tokens: Range<Int>
    let children: [ParseNode]

    init(rule: String, tokens: Range<Int>, children: [ParseNode]) {
        self.rule = rule
        self.tokens = tokens
        self.children = children
    }

    /// The first child of that name.
    subscript(name: String) -> ParseNode? { children.first { $0.rule == name } }
    func all(_ names: String...) -> [ParseNode] { children.filter { names.contains($0.rule) } }
}

/// Why a text has no derivation, or none within the limits.
enum ParseFailure: Error {
    case noDerivation
    case tooLong
}

struct GrammarParser {
    /// The parts of a rule so far, the latest first; shared between derivations that begin alike.
    private final class Parts {
        let node: ParseNode
        let before: Parts?
        init(_ node: ParseNode, _ before: Parts?) { (self.node, self.before) = (node, before) }
    }

    private typealias Partial = (end: Int, parts: Parts?)

    private let grammar: Grammar
    private let tokens: [LaTeXToken]
    private var memo: [[(end: Int, node: ParseNode)]?]
    private(set) var stepsLeft: Int
    private var depth = 0
    /// The last token that was looked at: what stands before it begins some sentence of the grammar.
    private(set) var furthest = 0

    /// As deep as rules may call each other; a parenthesis takes about a dozen.
    private static let maximumDepth = 1000

    init(_ grammar: Grammar, _ tokens: [LaTeXToken], steps: Int) {
        self.grammar = grammar
        self.tokens = tokens
        memo = Array(repeating: nil, count: grammar.rules.count * (tokens.count + 1))
        stepsLeft = steps
    }

    /// Derivations of the first rule from the first token on: one per end, in the order of preference.
    mutating func derivations() throws -> [(end: Int, node: ParseNode)] { try derivations(rule: 0, from: 0) }

    private mutating func derivations(rule: Int, from start: Int) throws -> [(end: Int, node: ParseNode)] {
        let key = start * grammar.rules.count + rule
        if let known = memo[key] { return known }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw ParseFailure.tooLong }
        let name = grammar.ruleNames[rule]
        let found = try extend([(start, nil)], with: grammar.rules[rule]).map { partial in
            var children: [ParseNode] = []
            var part = partial.parts
            while let last = part {
                children.append(last.node)
                part = last.before
            }
            let node = ParseNode(rule: name, tokens: start..<partial.end, children: children.reversed())
            return (end: partial.end, node: node)
        }
        memo[key] = found
        return found
    }

    /// Every partial derivation followed by the pattern, in order, the first for each end.
    private mutating func extend(_ partials: [Partial], with pattern: Grammar.Pattern) throws -> [Partial] {
        var result: [Partial] = []
        for partial in partials {
            stepsLeft -= 1
            guard stepsLeft > 0 else { throw ParseFailure.tooLong }
            switch pattern {
            case .token(let kind):
                furthest = max(furthest, partial.end)
                for end in grammar.ends(kind, tokens, partial.end) {
                    let node = ParseNode(rule: grammar.tokenNames[kind], tokens: partial.end..<end, children: [])
                    add([(end, Parts(node, partial.parts))], to: &result)
                }
            case .rule(let rule):
                let found = try derivations(rule: rule, from: partial.end)
                add(found.map { ($0.end, Parts($0.node, partial.parts)) }, to: &result)
            case .sequence(let items):
                var extended = [partial]
                for item in items where !extended.isEmpty { extended = try extend(extended, with: item) }
                add(extended, to: &result)
            case .choice(let alternatives):
                for alternative in alternatives { add(try extend([partial], with: alternative), to: &result) }
            case .optional(let item):
                add(try extend([partial], with: item), to: &result)
                add([partial], to: &result)
            case .loop(let item):
                var seen: Set<Int> = []
                try goRound(item, partial, &seen, &result)
            }
        }
        return result
    }

    /// One round more is preferred to leaving the loop.
    private mutating func goRound(
        _ item: Grammar.Pattern, _ partial: Partial, _ seen: inout Set<Int>, _ result: inout [Partial]
    ) throws {
        guard seen.insert(partial.end).inserted else { return }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw ParseFailure.tooLong }
        for next in try extend([partial], with: item) { try goRound(item, next, &seen, &result) }
        add([partial], to: &result)
    }

    private mutating func add(_ partials: [Partial], to result: inout [Partial]) {
        for partial in partials where !result.contains(where: { $0.end == partial.end }) {
            stepsLeft -= result.count
            result.append(partial)
        }
    }
}

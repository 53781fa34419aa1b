// Parses tokens by an ambiguous grammar: for every rule and position, one derivation per end, in the order of
// preference that Grammar.swift describes.
// SPDX-License-Identifier: Apache-2.0

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

/// A text that is too long or too deep to parse within the limits.
struct ParseLimitReached: Error {}

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
        guard depth <= Self.maximumDepth else { throw ParseLimitReached() }
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
            guard stepsLeft > 0 else { throw ParseLimitReached() }
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
        guard depth <= Self.maximumDepth else { throw ParseLimitReached() }
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

// Makes texts from a grammar and a state: what a command is called, what an action's feedback says.
// SPDX-License-Identifier: Apache-2.0

package struct TextNarrator: Sendable {
    package let grammar: TextGrammar
    package let index: FactIndex
    /// [object]: what texts call it.
    package let names: [String]

    /// Symbols nested deeper refer to themselves.
    static let maximumDepth = 100

    package init(grammar: TextGrammar, index: FactIndex, names: [String]) {
        (self.grammar, self.index, self.names) = (grammar, index, names)
    }

    /// The text of `symbols` in `state`, with the variables of `binding`.
    package func text(
        of symbols: [TextSymbol], in state: PDDLState, binding: TextBinding = TextBinding()
    ) throws(GrammarError) -> String {
        var output = ""
        for symbol in symbols { try write(symbol, state, binding, 0, &output) }
        return output
    }

    package func text(of symbol: String, in state: PDDLState) throws(GrammarError) -> String {
        try text(of: [.nonterminal(symbol)], in: state)
    }

    private func write(
        _ symbol: TextSymbol, _ state: PDDLState, _ binding: TextBinding, _ depth: Int, _ output: inout String
    ) throws(GrammarError) {
        switch symbol {
        case .literal(let text): output += text
        case .value(let expression): output += try value(of: expression, binding)
        case .nonterminal(let name):
            guard depth < Self.maximumDepth else {
                throw .endless(source: grammar.source, symbol: name, limit: Self.maximumDepth)
            }
            for part in try production(of: name, state, binding) { try write(part, state, binding, depth + 1, &output) }
        case .each(let content, let query, let isList):
            var matches: [TextBinding] = []
            if let query {
                index.forEachAnswer(to: query, in: state, from: binding) { answer in
                    matches.append(answer)
                    return true
                }
            } else {
                matches = [binding]
            }
            if isList, matches.isEmpty { try write(.nonterminal("list_empty"), state, binding, depth + 1, &output) }
            for (number, match) in matches.enumerated() {
                if isList, number > 0 {
                    let separator = number == matches.count - 1 ? "list_last_separator" : "list_separator"
                    try write(.nonterminal(separator), state, binding, depth + 1, &output)
                }
                try write(content, state, match, depth + 1, &output)
            }
        }
    }

    /// The first production whose condition holds.
    private func production(
        of symbol: String, _ state: PDDLState, _ binding: TextBinding
    ) throws(GrammarError) -> [TextSymbol] {
        guard let productions = grammar.productions[symbol] else {
            throw .unknownSymbol(source: grammar.source, symbol: symbol)
        }
        for production in productions
        where production.condition.map({ index.hasAnswer(to: $0, in: state, from: binding) }) ?? true {
            return try production.text.get()
        }
        throw .noProduction(source: grammar.source, symbol: symbol)
    }

    private func value(of expression: TextExpression, _ binding: TextBinding) throws(GrammarError) -> String {
        var text = ""
        for alternative in expression.alternatives {
            text = ""
            for term in alternative {
                switch term {
                case .literal(let literal): text += literal
                case .property(let variable, let property):
                    guard let object = binding.object(named: variable) else {
                        throw .unboundVariable(source: grammar.source, name: variable)
                    }
                    switch property {
                    case .name: text += names[object]
                    case .id: text += index.ground.task.objects[object].name
                    case .type:
                        text += index.ground.task.objects[object].type.map { index.ground.task.types.names[$0] } ?? ""
                    case .definite: text += "the"
                    case .indefinite: text += "a"
                    }
                }
            }
            if !text.isEmpty { return text }
        }
        return text
    }

    /// Whether the text is the same in every state of the problem: no query in it asks for facts that change.
    package func isFixed(_ symbols: [TextSymbol], depth: Int = 0) -> Bool {
        guard depth < Self.maximumDepth else { return false }
        return symbols.allSatisfy { symbol in
            switch symbol {
            case .literal, .value: true
            case .nonterminal(let name):
                (grammar.productions[name] ?? []).allSatisfy { production in
                    (production.condition.map(isFixed) ?? true)
                        && ((try? production.text.get()).map { isFixed($0, depth: depth + 1) } ?? true)
                }
            case .each(let content, let query, let isList):
                (query.map(isFixed) ?? true) && isFixed([content], depth: depth + 1)
                    && (!isList
                        || isFixed(
                            ["list_empty", "list_separator", "list_last_separator"].map { .nonterminal($0) },
                            depth: depth + 1))
            }
        }
    }

    private func isFixed(_ query: FactQuery) -> Bool {
        query.literals.allSatisfy { literal in
            let predicate = index.ground.task.predicates.firstIndex { $0.name == literal.predicate }
            return predicate.map { !index.ground.isFluent[$0] } ?? true
        }
    }
}

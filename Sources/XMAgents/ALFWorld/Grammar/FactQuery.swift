// A conjunctive query of a text grammar, `pred(x:type, …) & …`, and its answers in a state. TextWorld's rules hold:
// from left to right, facts in sorted order, distinct variables stand for distinct entities, and `not_p(x)` asks
// whether an action made p(x) false, not whether it is false.
// SPDX-License-Identifier: Apache-2.0

package struct FactQuery: Sendable, Equatable {
    /// A variable is its name and its type together: `r:object` is not `r:receptacle`.
    package struct Variable: Sendable, Hashable {
        package var name: String
        package var type: String
    }

    package struct Literal: Sendable, Equatable {
        package var predicate: String
        package var asksDeleted: Bool
        package var arguments: [Variable]
    }

    package var literals: [Literal]

    package init(_ text: String, source: String) throws(GrammarError) {
        func fault(_ reason: String) -> GrammarError { .invalidQuery(source: source, query: text, reason: reason) }
        var scanner = WordScanner(text)
        var literals: [Literal] = []
        repeat {
            guard case .word(let name)? = scanner.next() else { throw fault("expected the name of a predicate") }
            guard scanner.accept("(") else { throw fault("expected '(' after '\(name)'") }
            var arguments: [Variable] = []
            while !scanner.accept(")") {
                if !arguments.isEmpty, !scanner.accept(",") { throw fault("expected ',' or ')' in '\(name)'") }
                guard case .word(let variable)? = scanner.next() else {
                    throw fault("expected a variable in '\(name)'")
                }
                var type = variable
                if scanner.accept(":") {
                    guard case .word(let given)? = scanner.next() else { throw fault("expected a type after ':'") }
                    type = given
                }
                arguments.append(Variable(name: variable, type: type))
            }
            let isNegated = name.utf8.starts(with: "not_".utf8)
            literals.append(
                Literal(
                    predicate: isNegated ? String(name.utf8.dropFirst(4)) ?? name : name, asksDeleted: isNegated,
                    arguments: arguments))
        } while scanner.accept("&")
        if scanner.next() != nil { throw fault("expected '&' between its parts") }
        self.literals = literals
    }
}

/// What the variables of a text stand for. The newest value of a name is the one that expressions see.
package struct TextBinding: Sendable {
    package private(set) var entries: [(variable: FactQuery.Variable, object: Int)] = []

    package init() {}

    package subscript(_ variable: FactQuery.Variable) -> Int? {
        entries.last { $0.variable == variable }?.object
    }

    package func object(named name: String) -> Int? { entries.last { $0.variable.name == name }?.object }

    func isTaken(_ object: Int) -> Bool { entries.contains { $0.object == object } }

    package mutating func bind(_ variable: FactQuery.Variable, to object: Int) { entries.append((variable, object)) }

    mutating func cut(to count: Int) { entries.removeSubrange(count...) }

    var count: Int { entries.count }
}

/// Facts in the order and by the arguments that queries need, made once for a problem.
package struct FactIndex: Sendable {
    let ground: GroundTask
    private let predicateNumbers: [String: Int]
    private let byPredicate: [[Int]]  // [predicate]: facts
    private let byArgument: [Key: [Int]]
    /// [declared type][object's type]: the place of the object's type in the order of kinds, from 0; -1: no kind of it.
    private let kindOrder: [[Int]]

    private struct Key: Hashable {
        var predicate: Int
        var position: Int
        var object: Int
    }

    package init(_ ground: GroundTask) {
        self.ground = ground
        let types = ground.task.types
        predicateNumbers = Dictionary(
            uniqueKeysWithValues: zip(ground.task.predicates.map(\.name), ground.task.predicates.indices))
        var (byPredicate, byArgument) = ([[Int]](repeating: [], count: ground.task.predicates.count), [Key: [Int]]())
        for (fact, atom) in ground.facts.enumerated() {
            byPredicate[atom.predicate].append(fact)
            for (position, object) in atom.arguments.enumerated() {
                byArgument[Key(predicate: atom.predicate, position: position, object: object), default: []].append(fact)
            }
        }
        (self.byPredicate, self.byArgument) = (byPredicate, byArgument)
        kindOrder = types.names.indices.map { declared in
            var order = [Int](repeating: -1, count: types.names.count)
            order[declared] = 0
            for (place, kind) in types.kinds(of: declared).enumerated() { order[kind] = place + 1 }
            return order
        }
    }

    /// Every answer to `query` in `state` that agrees with `binding`, in TextWorld's order, as extensions of it. Stops
    /// when `visit` returns false.
    package func forEachAnswer(
        to query: FactQuery, in state: PDDLState, from binding: TextBinding, _ visit: (TextBinding) -> Bool
    ) {
        var binding = binding
        _ = answer(query.literals[...], state, &binding, visit)
    }

    package func hasAnswer(to query: FactQuery, in state: PDDLState, from binding: TextBinding) -> Bool {
        var found = false
        forEachAnswer(to: query, in: state, from: binding) { _ in
            found = true
            return false
        }
        return found
    }

    private func answer(
        _ literals: ArraySlice<FactQuery.Literal>, _ state: PDDLState, _ binding: inout TextBinding,
        _ visit: (TextBinding) -> Bool
    ) -> Bool {
        guard let literal = literals.first else { return visit(binding) }
        for fact in facts(of: literal, state, binding) {
            let count = binding.count
            var matches = true
            for (variable, object) in zip(literal.arguments, ground.facts[fact].arguments) {
                if let known = binding[variable] {
                    matches = known == object
                } else if binding.isTaken(object) {
                    matches = false
                } else {
                    binding.bind(variable, to: object)
                }
                if !matches { break }
            }
            if matches, !answer(literals.dropFirst(), state, &binding, visit) { return false }
            binding.cut(to: count)
        }
        return true
    }

    /// The facts of a literal's predicate that hold (or were deleted) and may match: by the kinds of the arguments'
    /// types first, where a type has kinds, then by name.
    private func facts(of literal: FactQuery.Literal, _ state: PDDLState, _ binding: TextBinding) -> [Int] {
        guard let predicate = predicateNumbers[literal.predicate],
            ground.task.predicates[predicate].arity == literal.arguments.count
        else { return [] }
        var candidates = byPredicate[predicate]
        for (position, variable) in literal.arguments.enumerated() {
            guard let object = binding[variable] else { continue }
            let matching = byArgument[Key(predicate: predicate, position: position, object: object)] ?? []
            if matching.count < candidates.count { candidates = matching }
        }
        let declared = literal.arguments.map { ground.task.types[$0.type] ?? -1 }
        if declared.contains(-1) { return [] }
        var ranked: [(rank: [Int], fact: Int)] = []
        for fact in candidates where literal.asksDeleted ? state.isDeleted[fact] : state.holds[fact] {
            let rank = zip(declared, ground.facts[fact].arguments).map { type, object in
                ground.task.objects[object].type.map { kindOrder[type][$0] } ?? -1
            }
            if !rank.contains(-1) { ranked.append((rank, fact)) }
        }
        // Breadth first: facts of the declared types, then those with a kind of it in one argument, from the first
        // argument on, then in two.
        if ranked.contains(where: { $0.rank != ranked[0].rank }) {
            ranked.sort { left, right in
                let (near, far) = (left.rank.count { $0 != 0 }, right.rank.count { $0 != 0 })
                if near != far { return near < far }
                if left.rank == right.rank { return left.fact < right.fact }
                return left.rank.map { $0 == 0 ? .max : $0 }
                    .lexicographicallyPrecedes(right.rank.map { $0 == 0 ? .max : $0 })
            }
        }
        return ranked.map(\.fact)
    }
}
